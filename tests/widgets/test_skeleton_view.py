"""The 3-D skeleton: it is there, in the middle, in its colours, and turns with the mouse."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.skeleton import FINGER_RGB, TIPS
from tests.widgets import fakes
from tests.widgets.pixels import grab, middle
from widgets import theme
from widgets.skeleton_view import PRESETS, SkeletonView


@pytest.fixture
def view(application, qtbot):
    view = SkeletonView()
    qtbot.addWidget(view)
    view.resize(420, 360)
    view.buttons.hide()
    view.show()
    yield view
    view.shutdown()


def hue_mask(picture: np.ndarray, finger: int) -> np.ndarray:
    """Pixels whose colour has the finger's hue, whatever the light."""
    wanted = np.array(FINGER_RGB[finger], float)
    rgb = picture.astype(float)
    length = np.linalg.norm(rgb, axis=-1)
    along = (rgb @ wanted) / (np.linalg.norm(wanted) * np.maximum(length, 1))
    return (along > 0.995) & (length > 110)


def test_every_finger_is_seen_in_its_colour(view):
    view.set_joints(fakes.camera_joints(2))
    picture = grab(view)
    for finger in range(5):
        assert hue_mask(picture, finger).sum() > 40


def test_tips_are_where_the_camera_projects_them(view):
    view.look_from("Front")
    view.set_joints(fakes.camera_joints(2))
    picture = grab(view)
    places = view.project(view.joints_shown[TIPS])
    for finger, (x, y) in enumerate(places):
        x, y = int(x), int(y)
        assert hue_mask(picture, finger)[y - 4 : y + 5, x - 4 : x + 5].any()


def test_from_the_front_it_stands_as_in_the_depth_image(view):
    view.look_from("Front")
    view.set_joints(fakes.camera_joints(0))
    picture = grab(view)
    thumb, little = middle(hue_mask(picture, 0)), middle(hue_mask(picture, 4))
    joints = fakes.camera_joints(0)
    assert np.sign(thumb[0] - little[0]) == np.sign(joints[4, 0] - joints[20, 0])
    tip, wrist = view.project(view.joints_shown[[12, 0]])
    assert tip[1] < wrist[1]  # fingers up


@pytest.mark.parametrize("far_mm", [300.0, 450.0, 1400.0])
def test_the_hand_stays_in_view_wherever_it_is(view, far_mm):
    joints = fakes.camera_joints(0)
    view.set_joints(joints - joints.mean(0) + np.array([300, -200, far_mm], np.float32))
    where = view.project(view.joints_shown)
    assert (where > 0).all()
    assert (where < (view.width(), view.height())).all()


@pytest.mark.parametrize("size", [(170, 400), (420, 360), (900, 130)])
def test_the_whole_hand_fits_any_shape_of_the_view(view, size):
    view.resize(*size)
    view.set_joints(fakes.camera_joints(0))
    grab(view)
    where = view.project(view.joints_shown)
    assert (where > 0).all()
    assert (where < size).all()


def test_presets_and_dragging_turn_it(view, qtbot):
    view.set_joints(fakes.camera_joints(3))
    seen = [view.project(view.joints_shown)]
    for name in ("Front", "Side", "Top", "Reset"):
        view.look_from(name)
        grab(view)
        seen.append(view.project(view.joints_shown))
    assert np.allclose(seen[0], seen[4])
    assert all(np.abs(seen[k] - seen[k + 1]).max() > 10 for k in range(1, 4))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 180))
    qtbot.mouseMove(view, QPoint(260, 180))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(260, 180))
    assert np.abs(view.project(view.joints_shown) - seen[4]).max() > 10


def test_every_preset_has_a_button(view):
    names = {b.text(): b for b in view.buttons.children() if hasattr(b, "text")}
    assert set(names) == set(PRESETS)
    view.set_joints(fakes.camera_joints(3))
    before = view.project(view.joints_shown)
    names["Side"].click()
    assert np.abs(view.project(view.joints_shown) - before).max() > 10


def test_no_hand_shows_none(view):
    view.set_joints(fakes.camera_joints(3))
    grab(view)
    view.set_joints(None)
    picture = grab(view)
    assert not any(hue_mask(picture, f).any() for f in range(2))


def test_background_has_the_panel_colour(view):
    view.set_joints(None)
    corner = grab(view)[2, view.width() // 2]
    assert tuple(corner) == pytest.approx(
        tuple(int(theme.PANEL[k : k + 2], 16) for k in (1, 3, 5)), abs=2
    )


def test_many_hands_between_two_paints_are_rendered_once(view, application):
    grab(view)
    application.processEvents()
    before = view.renders
    for k in range(6):
        view.set_joints(fakes.camera_joints(k))
    application.processEvents()
    assert view.renders == before + 1


def test_after_shutdown_nothing_breaks(view, application):
    view.set_joints(fakes.camera_joints(0))
    grab(view)
    view.shutdown()
    view.set_joints(fakes.camera_joints(1))
    view.resize(300, 200)
    grab(view)
    view.shutdown()
