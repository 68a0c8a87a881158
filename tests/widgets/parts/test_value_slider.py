"""A row of a panel: dragged, clicked beside its handle, typed, reset."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from widgets.parts.value_slider import STEPS, ValueSlider

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def row(application, qtbot):
    row = ValueSlider("Index bend", -2.0, 2.5, 0.0, " σ", tip="Right bends it.")
    qtbot.addWidget(row)
    row.resize(360, 30)
    row.show()
    return row


def type_in(qtbot, row, text: str) -> None:
    row.box.selectAll()
    qtbot.keyClick(row.box, Qt.Key.Key_Delete)
    row.box.lineEdit().insert(text)  # QTest types no minus of print
    qtbot.keyClick(row.box, Qt.Key.Key_Return)


@pytest.mark.parametrize("share", [0.1, 0.35, 0.8])
def test_a_click_beside_the_handle_brings_it_there(row, qtbot, share):
    slider, released = row.slider, []
    row.released.connect(lambda: released.append(1))
    place = QPoint(round(share * slider.width()), slider.height() // 2)
    qtbot.mousePress(slider, LEFT, pos=place)
    assert row.held
    assert slider.value() / STEPS == pytest.approx(share, abs=0.06)
    qtbot.mouseMove(slider, place + QPoint(20, 0))
    assert slider.value() / STEPS == pytest.approx(share + 20 / slider.width(), abs=0.08)
    qtbot.mouseRelease(slider, LEFT, pos=place + QPoint(20, 0))
    assert not row.held
    assert released == [1]


def test_a_click_on_the_handle_leaves_it_where_it_is(row, qtbot):
    before = row.slider.value()
    share = before / STEPS
    at = QPoint(round(6 + share * (row.slider.width() - 12)), row.slider.height() // 2)
    qtbot.mouseClick(row.slider, LEFT, pos=at)
    assert row.slider.value() == before


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.5", 1.5), ("−1,2", -1.2), ("-0.5 σ", -0.5), ("+2", 2.0), ("9", 2.5), ("-77", -2.0)],
)
def test_a_value_can_be_typed_and_is_kept_within_the_ends(row, qtbot, text, value):
    moved = []
    row.moved.connect(moved.append)
    type_in(qtbot, row, text)
    assert row.value == pytest.approx(value)
    assert moved == [pytest.approx(value)]
    shown = f"{value:+.1f}".replace("-", "−")
    assert row.box.text() == f"{shown} σ"
    assert row.slider.value() / STEPS == pytest.approx((value + 2) / 4.5, abs=0.002)


def test_what_is_no_number_changes_nothing(row, qtbot):
    row.set_value(1.0)
    for text in ("", "abc", "nan", "1e999"):
        type_in(qtbot, row, text)
        assert row.value == 1.0
        assert row.box.text() == "+1.0 σ"


def test_a_value_beyond_the_ends_is_shown_as_it_is(row):
    moved = []
    row.moved.connect(moved.append)
    row.set_value(4.2)
    assert row.box.text() == "+4.2 σ"
    assert row.slider.value() == STEPS
    row.set_value(-0.04)
    assert row.box.text() == "0.0 σ"
    assert moved == []


def test_the_way_back_and_the_tips(row, qtbot):
    row.set_value(1.0)
    qtbot.mouseClick(row.back, LEFT)
    assert row.value == 0.0
    assert not row.back.isEnabled()
    assert row.slider.toolTip() == row.label.toolTip() == "Right bends it."
    assert "−2.0 to 2.5" in row.box.toolTip()
