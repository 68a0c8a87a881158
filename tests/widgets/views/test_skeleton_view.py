"""The 3-D skeleton: it is there, in the middle, in its colours, and turns with the mouse."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.frames import FrameResult
from app.geometry import project
from app.skeleton import FINGER_RGB, TIPS, mirror
from tests.widgets import fakes
from tests.widgets.pixels import grab, middle, near, to_array
from widgets.parts import theme
from widgets.parts.palette import LIGHT
from widgets.views import vtk_view
from widgets.views.skeleton_view import LAYERS, SkeletonView
from widgets.views.view_camera import PRESETS


@pytest.fixture
def view(application, qtbot):
    view = SkeletonView()
    qtbot.addWidget(view)
    view.resize(420, 360)
    view.buttons.hide()
    view.show()
    view.tools.hide()
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


def test_a_surface_with_alpha_is_covered_by_the_picture(view):
    """Such a one is what Qt paints on under Wayland: what is not opaque shows what lies behind."""
    view.set_joints(fakes.camera_joints(2))
    surface = QImage(view.size(), QImage.Format.Format_ARGB32_Premultiplied)
    surface.fill(Qt.GlobalColor.transparent)
    view.render(surface, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    pixels = np.frombuffer(surface.constBits(), np.uint32)
    assert pixels.size == view.width() * view.height()
    assert (pixels >> 24 == 255).all()


def test_many_hands_between_two_paints_are_rendered_once(view, application, qtbot):
    grab(view)
    application.processEvents()
    before = view.renders
    for k in range(6):
        view.set_joints(fakes.camera_joints(k))
    qtbot.waitUntil(lambda: view.renders > before)
    application.processEvents()
    assert view.renders == before + 1


def test_where_rendering_is_slow_only_the_users_hand_does_not_wait(
    view, application, qtbot, monkeypatch
):
    grab(view)
    application.processEvents()
    before = view.renders
    monkeypatch.setattr(vtk_view, "REST", 1e9)
    monkeypatch.setattr(vtk_view, "LONGEST_REST_S", 3600.0)
    view.set_joints(fakes.camera_joints(0))
    application.processEvents()
    assert view.renders == before
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    application.processEvents()
    assert view.renders == before + 1
    monkeypatch.setattr(vtk_view, "LONGEST_REST_S", 0.0)
    view.set_joints(fakes.camera_joints(1))
    application.processEvents()
    assert view.renders == before + 2


def test_after_shutdown_nothing_breaks(view, application):
    view.set_joints(fakes.camera_joints(0))
    grab(view)
    view.shutdown()
    view.set_joints(fakes.camera_joints(1))
    view.resize(300, 200)
    grab(view)
    view.shutdown()


def shown(view, *layers):
    """The view with these layers only."""
    for name, button in view.layer_buttons.items():
        button.setChecked(name in layers)
    view.tools.hide()
    return grab(view)


def test_every_layer_has_a_button_that_shows_and_hides_it(view):
    for index in range(4):
        view.show_result(fakes.make_result(fakes.make_frame(index)))
    nothing = shown(view)
    for name in LAYERS:
        assert (shown(view, name) != nothing).any(-1).sum() > 60, name
    assert np.array_equal(shown(view), nothing)


def test_the_cloud_is_the_readings_of_the_hand(view):
    result = fakes.make_result(fakes.make_frame(5))
    view.layer_buttons["cloud"].setChecked(True)
    view.show_result(result)
    cloud = view.layers["cloud"]
    points = cloud.points[: cloud.count]
    assert cloud.count > 500
    gap = np.linalg.norm(points[:, None] - view.joints_shown, axis=-1).min(1)
    assert np.percentile(gap, 95) < 40
    assert np.isfinite(cloud.points).all()


def test_the_skin_lies_over_the_joints_and_a_left_hands_is_the_mirror_image(view):
    view.layer_buttons["skin"].setChecked(True)
    skins = []
    right = fakes.make_result(fakes.make_frame(5))
    joints = mirror(right.first.joints_mm)
    left = fakes.make_result(right.frame, hand="left", joints_mm=joints)
    for result in (right, left):
        view.recentre()
        view.show_result(result)
        skins.append(view.layers["skin"].vertices.copy())
        gap = np.linalg.norm(skins[-1][:, None] - view.joints_shown, axis=-1)
        assert gap.min(0).max() < 25  # every joint has skin nearby
        assert np.percentile(gap.min(1), 95) < 60  # and no skin is far from the joints
    assert np.allclose(skins[1], mirror(skins[0]), atol=0.01)


def test_trails_follow_the_tips_and_end_where_time_jumps(view):
    view.layer_buttons["trails"].setChecked(True)
    for index in range(10):
        view.show_result(fakes.make_result(fakes.make_frame(index)))
    trails = view.layers["trails"]
    assert trails.length == 10
    assert np.allclose(trails.points[:, -1], view.joints_shown[TIPS], atol=1e-3)
    moved = trails.points[:, -1] - trails.points[:, -6]
    true = fakes.camera_joints(9)[TIPS] - fakes.camera_joints(4)[TIPS]
    assert np.allclose(moved, true, atol=1e-3)
    view.show_result(fakes.make_result(fakes.make_frame(9)))  # the same moment again
    assert trails.length == 10
    view.show_result(fakes.make_result(fakes.make_frame(200)))
    assert trails.length == 1
    view.show_result(fakes.nothing(fakes.make_frame(201)))
    assert not any(view.layers[name].visible for name in ("bones", "cloud", "skin", "trails"))


def test_the_sensors_view_shows_what_the_depth_image_shows(view):
    result = fakes.make_result(fakes.make_frame(8))
    view.show_result(result)
    view.recentre()
    view.look_from("Sensor")
    view.show_result(result)
    seen = view.project(view.joints_shown)
    image = project(result.first.joints_mm, result.frame.intrinsics)
    seen, image = seen - seen.mean(0), image - image.mean(0)
    scale = np.linalg.norm(seen) / np.linalg.norm(image)
    # The eye looks at the hand's middle, the sensor beside it: nearly the same picture.
    assert np.abs(seen / scale - image).max() < 4


def test_the_sensors_view_goes_with_the_hand_until_the_mouse_takes_it(view, qtbot):
    view.show_result(fakes.make_result(fakes.make_frame(0)))
    view.look_from("Sensor")
    camera = view.renderer.GetActiveCamera()
    before = camera.GetPosition()
    view.show_result(fakes.make_result(fakes.make_frame(12)))
    moved = camera.GetPosition()
    assert np.abs(np.subtract(moved, before)).max() > 3
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 200))
    view.show_result(fakes.make_result(fakes.make_frame(24)))
    assert camera.GetPosition() == pytest.approx(moved)


def test_a_picture_has_the_size_that_is_asked_for_and_the_screen_keeps_its_own(view):
    view.set_joints(fakes.camera_joints(2))
    on_screen = grab(view)
    picture = to_array(view.picture(840))
    assert picture.shape == (720, 840, 3)
    assert hue_mask(picture, 2).sum() > 2 * hue_mask(on_screen, 2).sum()
    assert np.array_equal(grab(view), on_screen)


def test_lines_and_points_are_as_thick_on_a_finer_screen(view, monkeypatch):
    view.show_result(fakes.make_result(fakes.make_frame(2)))
    for name in ("bones", "cloud"):
        view.toggle(name)
    shares = []
    for ratio in (1.0, 2.0, 3.0, 1.0):
        monkeypatch.setattr(view, "devicePixelRatioF", lambda ratio=ratio: ratio)
        view.invalidate()
        grab(view)
        picture = to_array(view.picture())
        assert picture.shape == (360 * ratio, 420 * ratio, 3)
        teal = (picture[..., 1].astype(int) - picture[..., 0] > 50) & (picture[..., 1] > 90)
        shares.append((near(picture, theme.LINE).mean(), teal.mean()))
    floor, cloud = zip(*shares, strict=True)
    assert min(floor) > 0.75 * max(floor) > 0.005
    assert min(cloud) > 0.75 * max(cloud) > 0.005
    assert shares[0] == shares[3]


def test_the_floor_has_the_themes_colour(view, application):
    try:
        theme.apply_theme(application, "light")
        assert near(grab(view), LIGHT.PANEL, 3).mean() > 0.5
    finally:
        theme.apply_theme(application, "dark")


def test_a_layer_switched_on_between_two_hands_waits_for_the_second(view):
    view.show_result(fakes.make_result(fakes.make_frame(0)))
    view.recentre()  # exploring begins: recentred before the next hand is there
    view.switch("cloud", True)
    view.switch("skin", True)
    view.show_result(fakes.make_result(fakes.make_frame(1)))
    assert view.has_hand


def test_the_bones_of_a_second_hand_are_there_while_it_is(view):
    frame = fakes.make_frame(6)
    two = fakes.make_two(frame)

    def shown(hands) -> np.ndarray:
        view.recentre()
        view.show_result(FrameResult(frame, hands))
        view.look_from("Sensor")
        return grab(view)

    alone, both = shown(two.hands[:1]), shown(two.hands)
    assert (alone != both).any(-1).sum() > 100
    assert np.array_equal(shown(two.hands[:1]), alone)
    view.layer_buttons["bones"].setChecked(False)
    assert np.array_equal(shown(two.hands), shown(two.hands[:1]))
