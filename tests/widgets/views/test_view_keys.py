"""The views in the whole window: their keys, and what connects them with the hand's dock."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.widgets import fakes

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def still(make_window, qtbot):
    """A window without threads that shows one hand."""
    window = make_window(start=False)
    for controller in window.controllers:
        controller.begin()
    window.hub.shown.emit(fakes.make_result(fakes.make_frame(2)))
    window.activateWindow()
    return window


@pytest.mark.parametrize(
    ("key", "button"),
    [
        (Qt.Key.Key_1, lambda w: w.depth_bar.overlays["skeleton"]),
        (Qt.Key.Key_2, lambda w: w.depth_bar.overlays["cube"]),
        (Qt.Key.Key_M, lambda w: w.depth_bar.overlays["mask"]),
        (Qt.Key.Key_3, lambda w: w.skeleton.layer_buttons["bones"]),
        (Qt.Key.Key_4, lambda w: w.skeleton.layer_buttons["cloud"]),
        (Qt.Key.Key_5, lambda w: w.skeleton.layer_buttons["skin"]),
        (Qt.Key.Key_6, lambda w: w.skeleton.layer_buttons["trails"]),
        (Qt.Key.Key_7, lambda w: w.skeleton.layer_buttons["floor"]),
    ],
)
def test_switches_have_keys(still, qtbot, key, button):
    before = button(still).isChecked()
    qtbot.keyClick(still, key)
    assert button(still).isChecked() != before


def test_other_keys_of_the_views(still, qtbot):
    before = still.skeleton.renderer.GetActiveCamera().GetPosition()
    qtbot.keyClick(still, Qt.Key.Key_2, CONTROL)
    assert still.skeleton.renderer.GetActiveCamera().GetPosition() != before
    qtbot.keyClick(still, Qt.Key.Key_Plus)
    qtbot.keyClick(still, Qt.Key.Key_Plus)
    qtbot.keyClick(still, Qt.Key.Key_Minus)
    assert still.session.estimator.config.cube_mm == 260.0


def test_while_aiming_the_arrows_are_the_crosss(still, qtbot):
    qtbot.keyClick(still, Qt.Key.Key_H)
    start = still.depth_view.aim
    forward = still.actions_by_name["forward"].triggered
    with qtbot.assertNotEmitted(forward, wait=10):
        qtbot.keyClick(still.depth_view, Qt.Key.Key_Right, SHIFT)
    assert still.depth_view.aim == (start[0] + 20, start[1])
    qtbot.keyClick(still.depth_view, Qt.Key.Key_Escape)
    with qtbot.waitSignal(forward):
        qtbot.keyClick(still, Qt.Key.Key_Right)


def test_the_hands_dock_reaches_the_depth_view(still, qtbot):
    qtbot.mouseClick(still.hand.hand.point, Qt.MouseButton.LeftButton)
    assert still.depth_view.aim is not None
    still.hand.warned.emit("The camera's numbers cannot be right")
    assert still.depth_view.warning == "The camera's numbers cannot be right"
