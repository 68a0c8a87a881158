"""The depth image: colours, overlay, read-out, clicks, empty states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.geometry import project, unproject
from app.skeleton import FINGER_RGB, TIPS
from tests.widgets import fakes
from tests.widgets.pixels import grab, middle, near
from widgets import theme
from widgets.colours import MAPS, DepthColours
from widgets.depth_view import DepthView


@pytest.fixture
def view(application, qtbot):
    view = DepthView()
    qtbot.addWidget(view)
    view.resize(720, 500)
    view.show()
    return view


def at(view, pixels):
    """QPoint in the widget of an image pixel."""
    return QPoint(*(int(v) for v in np.round(view.to_widget(np.array(pixels, float)) - 0.5)))


def test_wall_and_missing_readings_have_the_panel_colour_and_the_hand_has_not(view):
    frame = fakes.make_frame(3)
    view.restyle(show_skeleton=False, show_cube=False)
    view.set_estimate(fakes.make_estimate(frame))
    picture = grab(view)
    u, v = np.round(project(fakes.camera_joints(3)[9], frame.intrinsics)).astype(int)
    for pixel in ((5, 400), (400, 460)):  # no reading; the wall beyond the range
        point = at(view, pixel)
        assert near(picture, theme.PANEL, 2)[point.y(), point.x()]
    point = at(view, (u, v))
    assert not near(picture, theme.PANEL, 40)[point.y(), point.x()]


def test_nearer_is_brighter_and_the_range_is_kept():
    raw = np.array([[0, 300, 400, 500, 600, 601]], np.uint16)
    for name in MAPS:
        colours = DepthColours("#010203", name)
        pixels = colours.paint(raw, 300.0, 600.0, 1.0, np.zeros((1, 6), np.uint32))
        assert pixels[0, 0] == pixels[0, 5] == 0xFF010203
        if name != "Turbo":
            light = [sum((int(p) >> s) & 255 for s in (0, 8, 16)) for p in pixels[0, 1:5]]
            assert light == sorted(light, reverse=True)


def test_the_depth_unit_is_respected():
    colours = DepthColours("#000000")
    fine = colours.paint(
        np.array([[3200]], np.uint16), 300, 600, 0.125, np.zeros((1, 1), np.uint32)
    )
    plain = colours.paint(np.array([[400]], np.uint16), 300, 600, 1.0, np.zeros((1, 1), np.uint32))
    assert fine[0, 0] == plain[0, 0]


@pytest.mark.parametrize("size", [(720, 500), (460, 600), (1500, 620)])
def test_every_joint_is_painted_where_it_projects(view, size):
    view.resize(*size)
    view.restyle(show_cube=False)
    frame = fakes.make_frame(7)
    for finger, tip in enumerate(TIPS):
        joints = np.full((21, 3), np.nan, np.float32)
        joints[tip] = fakes.camera_joints(7)[tip]
        view.set_estimate(replace(fakes.make_estimate(frame), joints_mm=joints))
        blob = near(grab(view), FINGER_RGB[finger], 12)
        scale = min(size[0] / 640, size[1] / 480)
        corner = (np.array(size) - scale * np.array([640, 480])) / 2
        expected = corner + scale * (project(joints[tip], frame.intrinsics) + 0.5)
        assert blob.sum() > 8
        assert np.abs(middle(blob) - expected).max() < 2


def test_overlays_can_be_switched_off(view):
    estimate = fakes.make_estimate(fakes.make_frame(2))
    pictures = []
    for skeleton, cube in ((True, True), (True, False), (False, False)):
        view.restyle(show_skeleton=skeleton, show_cube=cube)
        view.set_estimate(estimate)
        pictures.append(grab(view))
    assert (pictures[0] != pictures[1]).any(-1).sum() > 200
    assert (pictures[1] != pictures[2]).any(-1).sum() > 500
    assert not near(pictures[2], FINGER_RGB[0], 6)[100:, :650].any()


def test_hovering_reads_x_y_z(view, qtbot):
    frame = fakes.make_frame(4)
    view.set_estimate(fakes.make_estimate(frame))
    u, v = np.round(project(fakes.camera_joints(4)[9], frame.intrinsics)).astype(int)
    qtbot.mouseMove(view, at(view, (u, v)))
    x, y, z = unproject(np.array([u, v], float), np.float64(frame.depth_mm[v, u]), frame.intrinsics)
    assert view.hover_text == f"x {x:.0f}  y {y:.0f}  z {z:.0f} mm"
    qtbot.mouseMove(view, at(view, (4, 300)))
    assert "no reading" in view.hover_text


def test_a_click_names_the_pixel(view, qtbot):
    view.set_frame(fakes.make_frame(0))
    with qtbot.waitSignal(view.pointed) as signal:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, (211, 97)))
    assert np.abs(np.array(signal.args) - (211, 97)).max() <= 1
    with qtbot.assertNotEmitted(view.pointed, wait=20):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))


def test_the_range_follows_the_hand_and_gives_way_when_it_is_gone(view):
    estimate = fakes.make_estimate(fakes.make_frame(5))
    view.set_estimate(estimate)
    low, high = view.depth_range()
    assert low < estimate.joints_mm[:, 2].min() < estimate.joints_mm[:, 2].max() < high
    for index in range(6, 46):
        view.set_estimate(fakes.nothing(fakes.make_frame(index, with_hand=False)))
    low, high = view.depth_range()
    assert low < 1200 < high  # the wall: the whole scene is seen
    view.restyle(range_mode="fixed", near_mm=333.0, far_mm=777.0)
    view.set_estimate(estimate)
    assert view.depth_range() == (333.0, 777.0)


def test_the_badge_tells_a_hand_from_none(view):
    frame = fakes.make_frame(1)
    view.set_estimate(fakes.make_estimate(frame))
    assert near(grab(view)[:50, :200], theme.GOOD, 12).sum() > 20
    view.set_estimate(fakes.nothing(frame))
    badge = grab(view)[:50, :200]
    assert not near(badge, theme.GOOD, 12).any()
    assert near(badge, theme.FAINT, 12).sum() > 20


def test_empty_states_say_something(view):
    view.clear()
    nothing = grab(view)
    view.clear("Nothing is open", "Ctrl+O opens a recording.")
    assert (grab(view) != nothing).any(-1).sum() > 300
    assert view.pixel_at(view.rect().center().toPointF()) is None


def test_frames_between_two_paints_count_once(view, qtbot, application):
    grab(view)
    painted = []
    view.frame_painted.connect(lambda: painted.append(1))
    for k in range(5):
        view.set_estimate(fakes.make_estimate(fakes.make_frame(k)))
    application.processEvents()
    application.processEvents()
    assert len(painted) == 1
