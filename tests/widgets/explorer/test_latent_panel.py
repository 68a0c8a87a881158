"""The latent explorer: sliders and z say the same; draw, walk, freeze, reset."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.explore.directions import principal
from app.geometry import matrix_from_6d
from app.latent import pose_part
from app.latent.walk import LatentWalk
from tests.widgets import fakes
from widgets.explorer import latent_rows
from widgets.explorer.latent_panel import LatentPanel
from widgets.parts.value_slider import STEPS

SPACE = fakes.make_space()
DIRECTIONS = tuple(principal(SPACE, k, f"Direction {k}") for k in range(fakes.N_CODE))


@pytest.fixture
def panel(application, qtbot):
    panel = LatentPanel()
    qtbot.addWidget(panel)
    panel.resize(320, 620)
    panel.set_space(fakes.make_ready(DIRECTIONS))
    panel.show()
    yield panel
    panel.stop()


def press(qtbot, slider, key, times=1):
    for _ in range(times):
        qtbot.keyClick(slider.slider, key)


def test_there_is_a_row_for_every_direction_angle_and_axis(panel):
    assert len(panel.rows.directions) == fakes.N_CODE
    assert len(panel.rows.sliders) == len(panel.rows.directions) + 6


def test_a_key_on_a_slider_moves_its_direction_only_and_begins_exploring(panel, qtbot):
    row = panel.rows.directions[2]
    with qtbot.waitSignals([panel.changed, panel.mode_changed]):
        press(qtbot, row, Qt.Key.Key_Right, 20)
    assert panel.exploring
    coordinates = SPACE.coordinates(panel.z)
    assert coordinates[2] == pytest.approx(row.value, abs=1e-5)
    assert row.value > 0.2
    assert np.allclose(np.delete(coordinates, 2), 0, atol=1e-6)
    assert row.box.text() == f"+{row.box.value():.1f} σ"
    assert row.box.value() == pytest.approx(row.value, abs=0.051)


def test_dragging_the_handle_moves_it(panel, qtbot):
    slider = panel.rows.directions[0].slider
    start = QPoint(slider.width() // 2, slider.height() // 2)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(slider, start + QPoint(40, 0))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    assert SPACE.coordinates(panel.z)[0] > 0.5


def test_the_wheel_over_a_slider_changes_nothing(panel, qtbot):
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    slider = panel.rows.directions[0].slider
    event = QWheelEvent(
        QPointF(20, 5), slider.mapToGlobal(QPointF(20, 5)), QPoint(), QPoint(0, 240),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, 0,
    )  # fmt: skip
    QApplication.sendEvent(slider, event)
    assert panel.rows.directions[0].value == 0


def test_orientation_and_place_reach_z(panel, qtbot):
    panel.rows.angles[0].slider.setValue(panel.rows.angles[0].slider.maximum() * 3 // 4)
    rotation = matrix_from_6d(panel.z[-9:-3])
    expected = pose_part.rotation_from_angles((90.0, 0.0, 0.0))
    assert np.allclose(rotation, expected, atol=1e-5)
    panel.rows.origin[1].slider.setValue(panel.rows.origin[1].slider.maximum())
    assert panel.z[-2] * pose_part.HALF_CUBE_MM == pytest.approx(60.0, abs=1e-3)


@pytest.mark.parametrize("angles", [(0, 0, 0), (170, -60, 20), (-90, 45, -179), (10, 89, 0)])
def test_angles_survive_the_way_through_z(angles):
    z = pose_part.with_angles(SPACE.neutral(), angles)
    assert np.allclose(pose_part.angles_of(z), angles, atol=0.01)


def test_the_mean_hand_is_at_zero_degrees():
    assert np.allclose(pose_part.angles_of(SPACE.neutral()), 0, atol=1e-5)


def test_reset_of_a_row_and_of_all(panel, qtbot):
    first, second = panel.rows.directions[:2]
    press(qtbot, first, Qt.Key.Key_Right, 9)
    press(qtbot, second, Qt.Key.Key_Left, 9)
    assert first.back.isEnabled()
    first.back.click()
    assert SPACE.coordinates(panel.z)[0] == pytest.approx(0, abs=1e-6)
    assert SPACE.coordinates(panel.z)[1] < 0
    assert not first.back.isEnabled()
    panel.rows.angles[1].slider.setValue(20)
    panel.header.reset_button.click()
    assert np.allclose(panel.z, SPACE.neutral())
    assert all(row.value == 0 for row in panel.rows.sliders)


def test_a_seed_draws_the_same_hand_again(panel):
    panel.header.seed_box.setValue(7)
    panel.header.draw_button.click()
    first = panel.z.copy()
    assert panel.header.seed_box.value() == 8
    panel.header.draw_button.click()
    assert not np.allclose(panel.z, first)
    panel.header.seed_box.setValue(7)
    panel.header.draw_button.click()
    assert np.allclose(panel.z, first)


def test_the_last_live_hand_before_a_pause_is_shown(panel, qtbot):
    for index in (8, 9, 10):  # faster than the sliders follow
        panel.follow(fakes.make_hand(fakes.make_frame(index)))
    last = pytest.approx(np.sin(10 / 15), abs=1e-5)
    assert panel.rows.directions[0].value != last
    qtbot.waitUntil(lambda: panel.rows.directions[0].value == last)


def test_the_sliders_follow_the_live_hand_until_one_is_moved(panel, qtbot):
    first = fakes.make_hand(fakes.make_frame(8))
    panel.follow(first)
    live = panel.z.copy()
    assert panel.rows.directions[0].value == pytest.approx(np.sin(8 / 15), abs=1e-5)
    press(qtbot, panel.rows.directions[1], Qt.Key.Key_Right, 5)
    panel.follow(fakes.make_hand(fakes.make_frame(20)))
    assert panel.z[0] == pytest.approx(live[0], abs=1e-5)
    assert panel.frozen is first
    panel.header.live_button.click()
    assert panel.z[0] == pytest.approx(np.sin(20 / 15), abs=1e-5)
    assert panel.frozen is None


def test_freeze_takes_the_live_hand(panel):
    assert not panel.freeze_button.isEnabled()
    panel.follow(fakes.make_hand(fakes.make_frame(11)))
    panel.freeze_button.click()
    assert panel.exploring
    assert np.allclose(panel.z, panel.frozen.z)
    panel.forget_live()
    assert not panel.freeze_button.isEnabled()


def test_the_walk_moves_smoothly_from_where_the_hand_is_and_stops(panel, qtbot):
    press(qtbot, panel.rows.directions[0], Qt.Key.Key_Right, 60)
    before, seen = panel.z.copy(), []
    panel.changed.connect(lambda: seen.append(panel.z.copy()))
    panel.walk_button.click()
    qtbot.waitUntil(lambda: len(seen) > 12, timeout=20_000)
    panel.walk_button.click()
    assert not panel.walking
    steps = np.diff([before, *seen], axis=0)
    assert np.abs(seen[-1] - before).max() > 1e-3
    assert np.abs(steps).max() < 0.35
    count = len(seen)
    qtbot.wait(60)
    assert len(seen) == count
    assert panel.exploring


def test_a_touched_slider_ends_the_walk(panel, qtbot):
    panel.walk_button.click()
    assert panel.walking
    press(qtbot, panel.rows.directions[0], Qt.Key.Key_Right)
    assert not panel.walking
    panel.walk_button.click()
    panel.header.live_button.click()
    assert not panel.walking


def test_a_walk_begins_where_it_is_told():
    z = pose_part.with_origin(pose_part.with_angles(SPACE.neutral(), (30, 10, -20)), (8, -4, 2))
    z = SPACE.along(z, 1, 1.3)
    walk = pose_part.walk_from(SPACE, z, seed=3)
    assert isinstance(walk, LatentWalk)
    assert np.allclose(walk.current(), z, atol=1e-4)


def test_without_a_network_nothing_can_be_moved(application, qtbot):
    panel = LatentPanel()
    qtbot.addWidget(panel)
    panel.walk_button.click()
    panel.draw()
    panel.reset_all()
    panel.explore()
    assert not panel.body.isEnabled()
    assert not panel.exploring
    assert not panel.walking


def test_rows_in_another_order_still_move_their_own_direction(application, qtbot):
    panel = LatentPanel()
    qtbot.addWidget(panel)
    panel.set_space(fakes.make_ready((principal(SPACE, 4, "Ring"), principal(SPACE, 1, "Thumb"))))
    panel.rows.directions[0].slider.setValue(STEPS)
    assert SPACE.coordinates(panel.z)[4] == pytest.approx(2.5, abs=1e-5)
    panel.rows.show_z(SPACE.along(SPACE.neutral(), 1, -1.0))
    assert [row.value for row in panel.rows.directions] == pytest.approx([0.0, -1.0], abs=1e-5)


def test_sliders_of_the_shape_stand_apart(application, qtbot):
    panel = LatentPanel()
    qtbot.addWidget(panel)
    panel.resize(320, 900)
    panel.set_space(
        fakes.make_ready((principal(SPACE, 1, "Thumb"), principal(SPACE, 0, "Hand size", "Shape")))
    )
    panel.show()
    thumb, size = panel.rows.directions
    assert size.parentWidget() is not None
    above, heading = panel.rows._headings
    assert [above.text(), heading.text()] == ["Fingers", "Shape"]
    assert size.y() > heading.y() > thumb.y() > above.y()
    size.slider.setValue(STEPS)
    assert SPACE.coordinates(panel.z)[0] == pytest.approx(2.5, abs=1e-5)
    panel.set_space(fakes.make_ready(DIRECTIONS))
    assert [heading.text() for heading in panel.rows._headings] == ["Fingers"]


def test_a_slider_that_would_lead_a_finger_into_the_hand_stops_and_says_so(
    panel, qtbot, monkeypatch
):
    monkeypatch.setattr(latent_rows, "clear_share", lambda *_: 0.5)
    row = panel.rows.directions[1]
    row.box.setValue(2.0)
    assert row.value == pytest.approx(1.0, abs=1e-5)
    assert SPACE.coordinates(panel.z)[1] == pytest.approx(1.0, abs=1e-5)
    assert panel.header.hint.text() == "Direction 1 stops: fingers would collide."
    monkeypatch.undo()
    row.box.setValue(1.5)
    assert "stops" not in panel.header.hint.text()
