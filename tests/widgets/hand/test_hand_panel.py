"""Hand and camera panels: every control says what the user wants, and shows what is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.capture.camera_presets import PRESETS
from app.config import CameraConfig
from app.frames import Intrinsics
from app.inference.camera_check import Finding
from app.skeleton import MEAN_HAND_MM
from tests.widgets.fakes import CAMERA
from widgets.hand.camera_panel import AS_SOURCE, OWN, CameraPanel
from widgets.hand.hand_panel import HandPanel


@pytest.fixture
def hand(application, qtbot):
    panel = HandPanel()
    qtbot.addWidget(panel)
    panel.show()
    return panel


@pytest.fixture
def camera(application, qtbot):
    panel = CameraPanel()
    qtbot.addWidget(panel)
    panel.show_source(CAMERA, 1.0)
    panel.show()
    return panel


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def type_into(qtbot, box, text: str):
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)


# --- the hand ---------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["left", "right", "auto"])
def test_a_side_is_chosen_and_excludes_the_others(hand, qtbot, side):
    with qtbot.waitSignal(hand.side_wanted) as signal:
        click(qtbot, hand.sides[side])
    assert signal.args == [side]
    assert [name for name, button in hand.sides.items() if button.isChecked()] == [side]


def test_the_cube_by_mouse_and_by_steps(hand, qtbot):
    with qtbot.waitSignal(hand.cube_wanted) as signal:
        hand.cube.slider.setValue(hand.cube.slider.maximum())
    assert signal.args == [400.0]
    hand.show_cube(250.0)
    with qtbot.waitSignal(hand.cube_wanted) as signal:
        hand.change_cube(-1)
    assert signal.args == [240.0]
    for _ in range(50):
        hand.change_cube(-1)
    assert hand.cube.value == 160.0


def test_the_size_is_measured_until_the_user_says_it(hand, qtbot):
    assert not hand.hand_size.isEnabled()
    hand.show_hand("left", 1.1, 275.0, 480.0)
    assert hand.hand_size.value == pytest.approx(1.1 * MEAN_HAND_MM)
    assert "Left hand, 48 cm away" in hand.state.text()
    assert "275 mm" in hand.state.text()
    with qtbot.waitSignal(hand.size_wanted) as signal:
        hand.measured.click()
    assert signal.args == [pytest.approx(1.1)]  # it stays as it was measured
    assert hand.hand_size.isEnabled()
    hand.show_hand("left", 0.8, 200.0, 480.0)
    assert hand.hand_size.value == pytest.approx(1.1 * MEAN_HAND_MM)
    with qtbot.waitSignal(hand.size_wanted) as signal:
        qtbot.keyClick(hand.hand_size.slider, Qt.Key.Key_Home)
    assert signal.args[0] * MEAN_HAND_MM == pytest.approx(120.0)
    with qtbot.waitSignal(hand.size_wanted) as signal:
        hand.measured.click()
    assert signal.args == [0.0]


def test_no_hand_is_said(hand):
    hand.show_hand(None, 1.0, 0.0, 0.0)
    assert hand.state.text() == "No hand"


def test_pointing_and_finding_have_buttons(hand, qtbot):
    with qtbot.waitSignals([hand.point_wanted, hand.find_wanted]):
        click(qtbot, hand.point)
        click(qtbot, hand.find_again)


# --- the camera -------------------------------------------------------------------------------


def test_without_a_source_nothing_can_be_entered(application, qtbot):
    panel = CameraPanel()
    qtbot.addWidget(panel)
    assert not any(box.isEnabled() for box in panel.fields.values())
    assert not panel.preset.isEnabled()


def test_the_sources_own_numbers_are_shown(camera):
    assert camera.fields["fx"].value() == 475.0
    assert camera.fields["depth_unit_mm"].value() == 1.0
    assert camera.preset.currentText() == AS_SOURCE
    assert "68°" in camera.view.text()
    assert not camera.back.isEnabled()


def test_only_what_is_changed_is_known_better(camera, qtbot):
    with qtbot.waitSignal(camera.camera_wanted) as signal:
        type_into(qtbot, camera.fields["fx"], "610.5")
    assert signal.args == [CameraConfig(fx=610.5)]
    camera.show_camera(signal.args[0])
    assert camera.preset.currentText() == OWN
    assert camera.back.isEnabled()
    with qtbot.waitSignal(camera.camera_wanted) as signal:
        type_into(qtbot, camera.fields["depth_unit_mm"], "0.125")
    assert signal.args == [CameraConfig(fx=610.5, depth_unit_mm=0.125)]
    with qtbot.waitSignal(camera.camera_wanted) as signal:
        click(qtbot, camera.back)
    assert signal.args == [CameraConfig()]


def test_a_preset_fills_the_fields(camera, qtbot):
    index = camera.preset.findText("Kinect v1")
    with qtbot.waitSignal(camera.camera_wanted) as signal:
        camera.preset.setCurrentIndex(index)
        camera.preset.activated.emit(index)
    camera.show_camera(signal.args[0])
    assert camera.fields["fx"].value() == 585.0
    assert camera.preset.currentText() == "Kinect v1"


def test_presets_of_another_image_size_cannot_be_chosen(camera):
    enabled = {
        camera.preset.itemText(k): camera.preset.model().item(k).isEnabled()
        for k in range(camera.preset.count())
    }
    assert set(enabled) == {AS_SOURCE, OWN, *(preset.name for preset in PRESETS)}
    assert enabled["RealSense SR305 / SR300"]
    assert not enabled["Kinect v2"]


def test_lens_distortion_can_be_left_out_where_there_is_some(camera, qtbot):
    assert not camera.pinhole.isEnabled()
    camera.show_source(replace(CAMERA, distortion=(0.1, 0, 0, 0, 0)))
    with qtbot.waitSignal(camera.camera_wanted) as signal:
        camera.pinhole.click()
    assert signal.args == [CameraConfig(pinhole=True)]


def test_findings_are_read_and_their_cure_is_a_click(camera, qtbot):
    fix = CameraConfig(depth_unit_mm=0.125)
    camera.show_findings(
        [Finding("wrong", "Too far", fix, "Use 0.125 mm"), Finding("good", "The lens is fine")]
    )
    first, second, third = camera.findings.rows
    assert first.text.text() == "Too far"
    assert first.fix.text() == "Use 0.125 mm"
    assert first.mark.accessibleName() == "wrong"
    assert second.isVisible()
    assert not second.fix.isVisible()
    assert not third.isVisible()
    with qtbot.waitSignal(camera.camera_wanted) as signal:
        click(qtbot, first.fix)
    assert signal.args == [fix]
    camera.show_findings([])
    assert not first.isVisible()


def test_the_unit_is_looked_for_once_at_a_time(camera, qtbot):
    with qtbot.waitSignal(camera.unit_search_wanted):
        click(qtbot, camera.search)
    camera.set_searching(True)
    assert not camera.search.isEnabled()
    camera.set_searching(False)
    assert camera.search.isEnabled()


def test_both_fit_a_narrow_dock(hand, camera):
    for panel in (hand, camera):
        assert panel.minimumSizeHint().width() <= 250


def test_another_source_has_its_own_presets(camera):
    camera.show_source(Intrinsics(512, 424, 365.0, 365.0, 256.0, 212.0), 1.0)
    index = camera.preset.findText("Kinect v2")
    assert camera.preset.model().item(index).isEnabled()
