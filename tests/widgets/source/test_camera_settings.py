"""The live settings of a camera as widgets: every one is moved by hand and shows what is true."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QStyle, QStyleOptionSlider

from app.capture.controls import Control
from tests.widgets.source.fake_camera import CONTROLS
from widgets.source.camera_settings import CameraControls
from widgets.source.setting_rows import Scale
from widgets.source.source_panel import SourcePanel


@pytest.fixture
def panel(application, qtbot):
    panel = CameraControls()
    qtbot.addWidget(panel)
    panel.orders = []
    panel.wanted.connect(lambda name, value: panel.orders.append((name, value)))
    panel.show_controls(CONTROLS)
    panel.resize(300, 260)
    panel.show()
    return panel


def changed(**values):
    return tuple(replace(c, value=values.get(c.name, c.value)) for c in CONTROLS)


def handle_of(slider):
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    parts = QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle
    return slider.style().subControlRect(*parts, slider).center()


def test_a_switch_by_mouse_and_by_space(panel, qtbot):
    laser = panel.rows["laser"].box
    assert laser.isChecked()
    qtbot.mouseClick(laser, Qt.MouseButton.LeftButton, pos=QPoint(8, laser.height() // 2))
    laser.setFocus()
    qtbot.keyClick(laser, Qt.Key.Key_Space)
    assert panel.orders == [("laser", 0.0), ("laser", 1.0)]


def test_a_slider_by_keys_and_mouse_and_its_number(panel, qtbot):
    row = panel.rows["laser_power"]
    row.slider.setFocus()
    qtbot.keyClick(row.slider, Qt.Key.Key_Right)
    assert panel.orders.pop() == ("laser_power", 180.0)  # a step of this camera
    assert row.box.value() == 180
    start = handle_of(row.slider)
    qtbot.mousePress(row.slider, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(row.slider, start + QPoint(500, 0))
    assert panel.orders[-1] == ("laser_power", 360.0)
    assert row.held
    panel.show_controls(CONTROLS)
    assert row.box.value() == 360  # nobody takes it out of the user's hand
    qtbot.mouseRelease(row.slider, Qt.MouseButton.LeftButton, pos=start + QPoint(500, 0))
    panel.show_controls(CONTROLS)
    assert row.box.value() == 150
    panel.orders.clear()
    row.box.setFocus()
    row.box.selectAll()
    qtbot.keyClicks(row.box, "100")
    assert panel.orders == []  # not before it is finished
    qtbot.keyClick(row.box, Qt.Key.Key_Return)
    assert panel.orders == [("laser_power", 90.0)]
    assert row.box.value() == 90


def test_a_choice_by_keys(panel, qtbot):
    box = panel.rows["preset"].box
    assert [box.itemText(k) for k in range(box.count())] == ["Custom", "Default", "Hand"]
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert panel.orders == [("preset", 1.0)]


def test_what_is_true_is_shown_and_tells_nobody(panel):
    panel.show_controls(changed(preset=2.0, laser=0.0, laser_power=30.0, gain=99.0))
    assert panel.rows["preset"].box.currentText() == "Hand"
    assert not panel.rows["laser"].box.isChecked()
    assert panel.rows["laser_power"].box.value() == 30
    assert panel.rows["laser_power"].slider.value() == 1
    assert panel.rows["gain"].box.value() == 99
    assert panel.orders == []


def test_what_an_order_is_on_its_way_to_is_left_alone(panel):
    panel.show_controls(changed(laser=0.0, gain=99.0), {"laser"})
    assert panel.rows["laser"].box.isChecked()
    assert panel.rows["gain"].box.value() == 99


def test_what_the_camera_sets_itself_cannot_be_turned(panel):
    exposure = panel.rows["exposure"]
    assert not exposure.slider.isEnabled()
    assert "itself" in exposure.box.toolTip()
    free = [replace(c, read_only=False) for c in CONTROLS]
    panel.show_controls(free)
    assert panel.rows["exposure"] is exposure  # the same row: nothing jumps
    assert exposure.slider.isEnabled()


def test_another_camera_has_other_rows_and_none_hides_it(panel):
    panel.show_controls(CONTROLS[:2])
    assert list(panel.rows) == ["preset", "laser"]
    assert panel.isVisible()
    panel.show_controls(())
    assert not panel.isVisible()
    panel.show_controls(CONTROLS)
    assert list(panel.rows) == [c.name for c in CONTROLS]
    assert panel.isVisible()


def test_a_long_list_scrolls_and_does_not_push_the_dock(application, qtbot):
    panel = SourcePanel()
    qtbot.addWidget(panel)
    before = panel.minimumSizeHint().height()
    many = [Control(f"c{k}", f"Control {k}", 0.0, 0.0, 9.0, 1.0) for k in range(40)]
    panel.controls.show_controls(many)
    panel.show_page("Camera")
    panel.resize(300, 400)
    panel.show()
    assert panel.minimumSizeHint().height() == before
    last = panel.controls.rows["c39"].slider
    scroll = panel.pages.currentWidget()
    assert scroll.verticalScrollBar().maximum() > 500
    scroll.ensureWidgetVisible(last)
    assert not last.visibleRegion().isEmpty()


@pytest.mark.parametrize(
    "limits", [(0, 360, 30), (1, 165000, 1), (16, 248, 1), (0, 1, 0.001), (-5, 5, 0), (3, 3, 1)]
)
def test_every_position_is_a_value_and_every_value_has_its_position(limits):
    low, high, step = limits
    scale = Scale(low, high, step)
    values = [scale.value(position) for position in range(scale.positions + 1)]
    assert (values[0], values[-1]) == (low, high)
    assert values == sorted(values)
    for value in values[:: max(1, len(values) // 50)]:
        if step:
            assert abs((value - low) / step - round((value - low) / step)) < 1e-6
        assert abs(scale.value(scale.position(value)) - value) <= max(step, 1e-9)
    assert scale.position(low - 10) == 0
    assert scale.value(scale.position(high + 10)) == high
