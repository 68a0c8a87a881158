"""What to stream from a RealSense: the boxes and SOURCE say the same."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from app.capture.cameras.realsense_choice import StreamChoice, parse_choice
from app.capture.usb import FoundCamera
from widgets.source.stream_panel import ANY, StreamPanel, describe_use

TWO = (FoundCamera("D435", "0123"), FoundCamera("SR305", "42"))
ALL = StreamChoice("0123", 848, 480, 90, "hand", True, 200, 800, True)


@pytest.fixture
def panel(application, qtbot):
    panel = StreamPanel()
    qtbot.addWidget(panel)
    panel.opened = []
    panel.open_wanted.connect(panel.opened.append)
    panel.show()
    return panel


def down(qtbot, box, times=1):
    box.setFocus()
    for _ in range(times):
        qtbot.keyClick(box, Qt.Key.Key_Down)


def tick(qtbot, box):
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))


def test_everything_that_source_can_say_can_be_chosen_by_hand(panel, qtbot):
    panel.show_cameras(TWO)
    down(qtbot, panel.serial)
    qtbot.keyClick(panel.size_box, Qt.Key.Key_Up)
    down(qtbot, panel.fps, 2)
    down(qtbot, panel.preset)
    for box in (panel.temporal, panel.threshold, panel.colour):
        tick(qtbot, box)
    assert panel.choice == ALL
    qtbot.mouseClick(panel.open_button, Qt.MouseButton.LeftButton)
    assert panel.opened == ["realsense:0123,848x480,90fps,hand,temporal,200-800mm,colour"]
    qtbot.mouseClick(panel.back, Qt.MouseButton.LeftButton)
    assert panel.choice == StreamChoice("0123")


@pytest.mark.parametrize(
    "choice",
    [
        StreamChoice(),
        ALL,
        StreamChoice(width=480, height=270, fps=15),  # not offered, but open
        StreamChoice(preset="short-range", near_mm=0, far_mm=100),
        StreamChoice(near_mm=5000, far_mm=5001),
        StreamChoice("gone", colour=True),
    ],
)
def test_what_is_open_is_shown_and_opens_again(panel, choice):
    panel.show_choice(ALL)
    panel.show_choice(choice)
    assert panel.choice == choice
    panel.open_button.click()
    assert parse_choice(panel.opened[0].partition(":")[2] or "0") == (
        choice if ":" in panel.opened[0] else StreamChoice("0")
    )


def test_nearer_stays_nearer(panel, qtbot):
    tick(qtbot, panel.threshold)
    for box, text in ((panel.near, "900"), (panel.far, "100"), (panel.near, "19990")):
        box.setFocus()
        box.selectAll()
        qtbot.keyClicks(box, text)
        qtbot.keyClick(box, Qt.Key.Key_Return)
        assert box.value() == int(text)
        assert panel.near.value() < panel.far.value()
    parse_choice(panel.choice.spec.partition(":")[2])


def test_cameras_come_and_go_and_the_chosen_one_stays(panel, qtbot):
    panel.show_cameras(TWO)
    texts = [panel.serial.itemText(k) for k in range(panel.serial.count())]
    assert texts == [ANY, "D435, 0123", "SR305, 42"]
    down(qtbot, panel.serial, 2)
    panel.show_cameras(TWO[:1])
    assert panel.choice.serial == "42"
    assert "not there" in panel.serial.currentText()
    panel.show_cameras(())
    panel.show_cameras(TWO)
    assert panel.serial.currentText() == "SR305, 42"
    assert panel.opened == []


def test_what_is_used_is_said():
    text = describe_use(ALL, 640, 480, 30.0)
    for part in ("640 × 480", "30 fps", "hand", "temporal", "200 to 800 mm", "colour"):
        assert part in text
