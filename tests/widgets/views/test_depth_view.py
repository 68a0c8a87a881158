"""The depth image: colours, overlay, read-out, clicks, empty states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.frames import ColourImage, Frame, FrameResult
from app.geometry import project, unproject
from app.skeleton import FINGER_RGB, TIPS
from tests.widgets import fakes
from tests.widgets.pixels import grab, middle, near
from widgets.parts import theme
from widgets.parts.colours import MAPS, DepthColours
from widgets.parts.palette import DARK, LIGHT
from widgets.views.depth_bar import DepthBar
from widgets.views.depth_style import DepthStyle
from widgets.views.depth_view import DepthView


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


def restyle(view, **changes):
    view.restyle(replace(view.drawn_as, **changes))


def test_wall_and_missing_readings_have_the_panel_colour_and_the_hand_has_not(view):
    frame = fakes.make_frame(3)
    restyle(view, show_skeleton=False, show_cube=False)
    view.set_result(fakes.make_result(frame))
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
    restyle(view, show_cube=False)
    frame = fakes.make_frame(7)
    for finger, tip in enumerate(TIPS):
        joints = np.full((21, 3), np.nan, np.float32)
        joints[tip] = fakes.camera_joints(7)[tip]
        view.set_result(fakes.make_result(frame, joints_mm=joints))
        blob = near(grab(view), FINGER_RGB[finger], 12)
        scale = min(size[0] / 640, size[1] / 480)
        corner = (np.array(size) - scale * np.array([640, 480])) / 2
        expected = corner + scale * (project(joints[tip], frame.intrinsics) + 0.5)
        assert blob.sum() > 8
        assert np.abs(middle(blob) - expected).max() < 2


def test_overlays_can_be_switched_off(view):
    result = fakes.make_result(fakes.make_frame(2))
    pictures = []
    for skeleton, cube in ((True, True), (True, False), (False, False)):
        restyle(view, show_skeleton=skeleton, show_cube=cube)
        view.set_result(result)
        pictures.append(grab(view))
    assert (pictures[0] != pictures[1]).any(-1).sum() > 200
    assert (pictures[1] != pictures[2]).any(-1).sum() > 500
    assert not near(pictures[2], FINGER_RGB[0], 6)[100:, :650].any()


def test_hovering_reads_x_y_z(view, qtbot):
    frame = fakes.make_frame(4)
    view.set_result(fakes.make_result(frame))
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
    result = fakes.make_result(fakes.make_frame(5))
    view.set_result(result)
    low, high = view.depth_range()
    depths = result.first.joints_mm[:, 2]
    assert low < depths.min() < depths.max() < high
    for index in range(6, 46):
        view.set_result(fakes.nothing(fakes.make_frame(index, with_hand=False)))
    low, high = view.depth_range()
    assert low < 1200 < high  # the wall: the whole scene is seen
    restyle(view, range_mode="fixed", near_mm=333.0, far_mm=777.0)
    view.set_result(result)
    assert view.depth_range() == (333.0, 777.0)


def test_the_badge_tells_a_hand_from_none(view):
    frame = fakes.make_frame(1)
    view.set_result(fakes.make_result(frame))
    assert near(grab(view)[:50, :200], theme.GOOD, 12).sum() > 20
    view.set_result(fakes.nothing(frame))
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
        view.set_result(fakes.make_result(fakes.make_frame(k)))
    application.processEvents()
    application.processEvents()
    assert len(painted) == 1


def test_the_mask_tints_the_hand_and_nothing_else(view):
    frame = fakes.make_frame(3)
    result = fakes.make_result(frame)
    restyle(view, show_skeleton=False, show_cube=False)
    view.set_result(result)
    plain = grab(view)
    restyle(view, show_mask=True)
    changed = (grab(view) != plain).any(-1)
    u, v = np.round(project(fakes.camera_joints(3)[9], frame.intrinsics)).astype(int)
    place = at(view, (u, v))
    assert changed[place.y(), place.x()]
    for pixel in ((5, 400), (600, 440)):  # no reading; the wall
        place = at(view, pixel)
        assert not changed[place.y(), place.x()]
    restyle(view, show_mask=False)
    assert np.array_equal(grab(view), plain)


def test_a_colour_picture_is_shown_in_its_corner_where_there_is_one(view):
    frame = fakes.make_frame(3)
    red = np.zeros((48, 64, 3), np.uint8)
    red[..., 0] = 250
    view.set_result(fakes.make_result(frame))
    assert not near(grab(view), (250, 0, 0), 6).any()
    view.set_result(fakes.make_result(replace(frame, colour=ColourImage(red))))
    rows, columns = np.nonzero(near(grab(view), (250, 0, 0), 6))
    assert rows.mean() > view.height() / 2
    assert columns.mean() > view.width() / 2
    assert len(rows) > 0.05 * view.width() * view.height()
    restyle(view, show_colour=False)
    assert not near(grab(view), (250, 0, 0), 6).any()


def test_equalised_colours_give_every_distance_as_many(application):
    rng = np.random.default_rng(0)
    raw = rng.choice(np.array([0, 300, 310, 5000, 5005], np.uint16), (60, 80))
    out = np.zeros(raw.shape, np.uint32)
    steps = DepthColours("#010203").paint_equalised(raw, out)
    assert (out[raw == 0] == 0xFF010203).all()
    assert len({int(out[raw == step][0]) for step in (300, 310, 5000, 5005)}) == 4
    assert list(steps[[0, -1]]) == [5005, 300]
    assert (np.diff(steps) <= 0).all()


def test_the_legend_of_equalised_colours_tells_their_distances(view):
    restyle(view, range_mode="equalised")
    view.set_result(fakes.make_result(fakes.make_frame(2)))
    before = grab(view)
    restyle(view, range_mode="hand")
    assert (grab(view) != before).any(-1).sum() > 2000


def test_the_keyboard_points_at_a_pixel(view, qtbot):
    frame = fakes.make_frame(4)
    view.set_result(fakes.make_result(frame))
    view.start_aiming()
    start = view.aim
    hand = project(fakes.camera_joints(4).mean(0), frame.intrinsics)
    assert np.abs(np.array(start) - hand).max() <= 1
    assert "z" in view.hover_text
    for key, modifier in (
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier),
    ):
        qtbot.keyClick(view, key, modifier)
    assert view.aim == (start[0] + 20, start[1] - 2)
    assert near(grab(view), theme.WARN, 12).sum() > 20  # the cross
    with qtbot.waitSignal(view.pointed) as signal:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert signal.args == [start[0] + 20, start[1] - 2]
    assert view.aim is None


def test_escape_ends_aiming_and_the_cross_stays_in_the_image(view, qtbot):
    view.start_aiming()
    assert view.aim is None  # nothing to point at
    view.set_frame(fakes.make_frame(0))
    view.start_aiming()
    for _ in range(40):
        qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.aim[0] == 0
    with qtbot.assertNotEmitted(view.pointed, wait=10):
        qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.aim is None


def test_a_warning_is_read_over_the_image(view):
    view.set_result(fakes.make_result(fakes.make_frame(1)))
    before = grab(view)[45:80, :300]
    view.set_warning("The depth unit cannot be right")
    after = grab(view)[45:80, :300]
    assert near(after, theme.WARN, 12).sum() > near(before, theme.WARN, 12).sum() + 20


def test_the_light_theme_reaches_the_background(view, application):
    view.set_result(fakes.make_result(fakes.make_frame(1)))
    try:
        theme.apply_theme(application, "light")
        place = at(view, (5, 400))
        assert near(grab(view), LIGHT.PANEL, 3)[place.y(), place.x()]
    finally:
        theme.apply_theme(application, "dark")
    assert near(grab(view), DARK.PANEL, 3)[place.y(), place.x()]


def test_the_picture_is_the_image_without_what_lies_beside_it(view):
    view.resize(900, 400)
    view.set_result(fakes.make_result(fakes.make_frame(1)))
    picture = view.picture()
    assert abs(picture.width() / picture.height() - 640 / 480) < 0.02


def test_the_bar_stands_as_the_image_is_drawn_at_first(application, qtbot):
    bar = DepthBar()
    qtbot.addWidget(bar)
    assert bar.chosen() == DepthStyle()
    with qtbot.waitSignal(bar.changed) as signal:
        bar.overlays["mask"].click()
    assert signal.args == [replace(DepthStyle(), show_mask=True)]


def test_two_hands_are_drawn_and_named(view):
    frame = fakes.make_frame(6)
    two = fakes.make_two(frame)
    restyle(view, show_cube=False)
    view.set_result(FrameResult(frame, two.hands[:1]))
    one = grab(view)
    view.set_result(two)
    changed = (grab(view) != one).any(-1)
    where = at(view, project(two.hands[1].joints_mm[9], frame.intrinsics))
    assert changed[where.y() - 4 : where.y() + 5, where.x() - 4 : where.x() + 5].any()
    assert changed[:50, :300].any()  # the badge tells of both


def test_colour_alone_is_the_picture_itself(view):
    rgb = np.zeros((300, 400, 3), np.uint8)
    rgb[:, :200], rgb[:, 200:] = (250, 0, 0), (0, 0, 250)
    hand = fakes.make_hand(fakes.make_frame(2))
    camera = replace(fakes.CAMERA, width=400, height=300, cx=199.5, cy=149.5)
    view.set_result(FrameResult(Frame(0, 0, 0.0, 0.0, colour=ColourImage(rgb, camera)), (hand,)))
    seen = grab(view)
    assert near(seen, (250, 0, 0), 6).sum() > 3 * near(seen, FINGER_RGB[0], 12).sum() > 0
    assert near(seen, (0, 0, 250), 6).any()
    assert view.pixel_at(view.image_rect().center()) == (200, 150)
    view.set_result(fakes.make_result(fakes.make_frame(3)))  # and depth again
    assert not near(grab(view), (0, 0, 250), 6).any()
