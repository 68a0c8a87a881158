"""Trackball, map, keyframes, walks, known poses and the score: driven as a user would."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from app.explore.directions import principal
from app.explore.score import Anatomy, LatentScore
from app.geometry import rotation_about
from app.latent import pose_part
from app.latent.path import Between
from app.latent.space import FACING
from app.skeleton import joint_colours
from tests.widgets import fakes
from tests.widgets.pixels import grab, middle, near
from widgets.explorer.latent_map import REACH
from widgets.explorer.latent_panel import FOLLOW_MS, LatentPanel
from widgets.explorer.walk_page import ARC, LINE, STEPS, WALK
from widgets.parts import theme

SPACE = fakes.make_space()
DIRECTIONS = tuple(principal(SPACE, k, f"Direction {k}") for k in range(fakes.N_CODE))
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(application, qtbot):
    panel = LatentPanel()
    qtbot.addWidget(panel)
    panel.resize(320, 900)
    panel.set_space(fakes.make_ready(DIRECTIONS))
    panel.show()
    yield panel
    panel.stop()


@pytest.fixture
def on_map(panel):
    panel.pages.setCurrentWidget(panel.plane)
    return panel


@pytest.fixture
def on_walks(panel):
    """A and B set: index directions 0 and 1 differ."""
    panel.pages.setCurrentWidget(panel.walks)
    panel.go_to(SPACE.along(SPACE.neutral(), 0, 2.0))
    panel.walks.mark_buttons["A"].click()
    panel.go_to(SPACE.along(SPACE.neutral(), 1, -2.0))
    panel.walks.mark_buttons["B"].click()
    return panel


def drag(qtbot, widget, start: QPoint, end: QPoint) -> None:
    qtbot.mousePress(widget, LEFT, pos=start)
    qtbot.mouseMove(widget, end)
    qtbot.mouseRelease(widget, LEFT, pos=end)


# --- trackball ------------------------------------------------------------------------------------


def test_dragging_the_ball_to_the_right_turns_the_hand_about_the_vertical(panel, qtbot):
    ball = panel.rows.ball
    centre = ball.ball().center().toPoint()
    reach = round(ball.ball().width() / 4)
    drag(qtbot, ball, centre, centre + QPoint(reach, 0))
    yaw, pitch, roll = pose_part.angles_of(panel.z)
    assert abs(yaw) == pytest.approx(60, abs=4)  # twice the 30 degrees between the two places
    assert max(abs(pitch), abs(roll)) < 3
    assert panel.rows.angles[0].value == pytest.approx(yaw, abs=0.01)
    # What faced the viewer has gone to the right.
    front = pose_part.rotation_of(panel.z) @ FACING.T @ np.array([0, 0, -1.0])
    assert front[0] > 0.7
    assert panel.exploring


@pytest.mark.parametrize(
    ("key", "axis", "sign"),
    [(Qt.Key.Key_Left, 1, 1), (Qt.Key.Key_Up, 0, -1), (Qt.Key.Key_PageDown, 2, 1)],
)
def test_keys_turn_the_ball_by_five_degrees(panel, qtbot, key, axis, sign):
    qtbot.keyClick(panel.rows.ball, key)
    expected = rotation_about(np.eye(3)[axis], sign * np.radians(5)) @ FACING
    np.testing.assert_allclose(pose_part.rotation_of(panel.z), expected, atol=1e-5)


def test_the_ball_shows_the_hand_as_it_is_turned(panel, qtbot):
    colour = tuple(int(v) for v in joint_colours()[20])
    little = middle(near(grab(panel.rows.ball), colour, 40))
    panel.rows.angles[2].slider.setValue(0)  # roll by 180 degrees
    turned = middle(near(grab(panel.rows.ball), colour, 40))
    centre = panel.rows.ball.ball().center()
    np.testing.assert_allclose(little + turned, [2 * centre.x(), 2 * centre.y()], atol=8)
    assert np.linalg.norm(little - turned) > 15


# --- map ------------------------------------------------------------------------------------------


def test_dragging_on_the_map_moves_two_coordinates_and_no_other(on_map, qtbot):
    chart = on_map.plane.map
    drag(qtbot, chart, chart.place(np.zeros(6)).toPoint(), chart.place(np.full(6, 1.5)).toPoint())
    coordinates = SPACE.coordinates(on_map.z)
    assert coordinates[:2] == pytest.approx([1.5, 1.5], abs=2 * REACH / chart.field().width())
    assert np.allclose(coordinates[2:], 0, atol=1e-6)
    assert on_map.rows.directions[0].value == pytest.approx(coordinates[0], abs=1e-5)
    assert on_map.exploring


def test_arrows_move_on_the_map_and_stop_at_its_edge(on_map, qtbot):
    chart = on_map.plane.map
    qtbot.keyClick(chart, Qt.Key.Key_Up)
    qtbot.keyClick(chart, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert SPACE.coordinates(on_map.z)[:2] == pytest.approx([-0.5, 0.1], abs=1e-5)
    for _ in range(8):
        qtbot.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert SPACE.coordinates(on_map.z)[0] == pytest.approx(REACH)


def test_other_axes_are_other_directions(on_map, qtbot):
    plane = on_map.plane
    plane.across.setFocus()
    qtbot.keyClick(plane.across, Qt.Key.Key_Down)
    qtbot.keyClick(plane.across, Qt.Key.Key_Down)
    plane.across.activated.emit(plane.across.currentIndex())
    assert plane.map.axes == (2, 1)
    qtbot.keyClick(plane.map, Qt.Key.Key_Right)
    assert SPACE.coordinates(on_map.z)[2] == pytest.approx(0.1, abs=1e-5)
    assert SPACE.coordinates(on_map.z)[0] == pytest.approx(0, abs=1e-6)


def test_the_ground_is_brightest_where_hands_are(on_map):
    picture = grab(on_map.plane.map).astype(int).sum(-1)
    chart = on_map.plane.map

    def brightness(across: float, up: float) -> float:
        place = chart.place(np.array([across, up])).toPoint()
        return float(
            np.median(picture[place.y() - 4 : place.y() + 5, place.x() - 4 : place.x() + 5])
        )

    assert brightness(0.9, 0.3) > brightness(1.9, 0.3) + 20 > brightness(2.8, 2.8) + 40


def test_the_frame_of_the_map_falls_on_whole_pixels(on_map):
    plane = on_map.plane.map
    field, frame = plane.field(), near(grab(plane), theme.LINE, 2)
    assert (frame.sum(0) > 0.95 * field.height()).sum() == 2
    assert (frame.sum(1) > 0.95 * field.width()).sum() == 2


def test_the_live_hand_and_its_trail_are_on_the_map(on_map, qtbot):
    chart = on_map.plane.map
    assert near(grab(chart), theme.GOOD, 12).sum() == 0
    for index in (6, 14, 22):
        on_map.follow(fakes.make_hand(fakes.make_frame(index)))
        qtbot.wait(FOLLOW_MS + 30)
    green = near(grab(chart), theme.GOOD, 40)
    at = chart.place(SPACE.coordinates(fakes.make_hand(fakes.make_frame(22)).z))
    assert green[round(at.y()), round(at.x()) + 2]
    one_dot = green.sum()
    first = chart.place(SPACE.coordinates(fakes.make_hand(fakes.make_frame(6)).z))
    assert first.x() < at.x() - 10
    on_map.forget_live()
    assert near(grab(chart), theme.GOOD, 12).sum() == 0
    assert one_dot > 30


def test_keyframes_and_the_ring_are_where_their_hands_are(on_walks):
    on_walks.pages.setCurrentWidget(on_walks.plane)
    chart = on_walks.plane.map
    on_walks.go_to(SPACE.along(SPACE.neutral(), 2, 1.0))  # out of the way
    amber = near(grab(chart), theme.WARN, 60)
    for name, place in (("A", (2.0, 0.0)), ("B", (0.0, -2.0))):
        at = chart.place(np.array(place))
        assert amber[round(at.y()) - 5, round(at.x())], name
    on_line = chart.place(np.array([1.0, -1.0])).toPoint()
    assert amber[on_line.y() - 2 : on_line.y() + 3, on_line.x() - 2 : on_line.x() + 3].any()


def test_a_known_pose_is_named_under_the_cursor(on_map):
    chart = on_map.plane.map
    index = int(np.argmax([abs(c[0]) for c in chart.marks.known]))
    place = chart.place(chart.marks.known[index])
    assert chart.known_at(place + QPointF(2, 1)) is not None
    assert chart.known_at(chart.field().topLeft() + QPointF(3, 3)) is None


# --- keyframes and walks --------------------------------------------------------------------------


def test_scrubbing_shows_the_hand_between_the_keyframes(on_walks, qtbot):
    walks = on_walks.walks
    assert walks.way.currentIndex() == LINE
    for _ in range(5):
        qtbot.keyClick(walks.scrubber, Qt.Key.Key_PageUp)
    assert walks.share == pytest.approx(0.5)
    ends = walks.keyframes["A"], walks.keyframes["B"]
    np.testing.assert_allclose(on_walks.z, Between(*ends, SPACE).at(0.5), atol=1e-5)
    assert SPACE.coordinates(on_walks.z)[:2] == pytest.approx([1.0, -1.0], abs=1e-5)
    walks.way.setFocus()
    qtbot.keyClick(walks.way, Qt.Key.Key_Down)
    assert walks.way.currentIndex() == ARC
    qtbot.keyClick(walks.scrubber, Qt.Key.Key_Right)
    along = SPACE.coordinates(on_walks.z)[:2]
    assert np.linalg.norm(along) == pytest.approx(2.0, abs=0.01)  # a slerp keeps the length


def test_without_keyframes_nothing_can_be_played(panel, qtbot):
    walks = panel.walks
    assert not walks.play_button.isEnabled()
    assert not walks.scrubber.isEnabled()
    assert not walks.export_button.isEnabled()
    panel.mark("A")
    assert walks.path is None
    panel.mark("B")
    assert walks.play_button.isEnabled()


def test_a_keyframe_card_shows_its_hand_and_goes_there(on_walks, qtbot):
    card = on_walks.walks.cards["A"]
    colour = tuple(int(v) for v in joint_colours()[8])
    assert near(grab(card), colour, 40).sum() > 10
    qtbot.mouseClick(card, LEFT)
    np.testing.assert_array_equal(on_walks.z, on_walks.walks.keyframes["A"])


def test_playing_goes_to_and_fro(on_walks, qtbot):
    walks, seen = on_walks.walks, []
    walks.seconds_box.setValue(0.5)
    on_walks.changed.connect(lambda: seen.append(float(SPACE.coordinates(on_walks.z)[0])))
    qtbot.mouseClick(walks.play_button, LEFT)

    def returned() -> bool:
        if not seen or min(seen) > 0.35:
            return False
        return max(seen[int(np.argmin(seen)) :]) > 1.65

    qtbot.waitUntil(returned, timeout=20_000)
    assert walks.play_button.isChecked()
    qtbot.mouseClick(walks.play_button, LEFT)
    count = len(seen)
    qtbot.wait(80)
    assert len(seen) == count
    assert walks.share == pytest.approx(1 - seen[-1] / 2, abs=0.01)


def test_a_random_walk_can_be_scrubbed_and_played_again(panel, qtbot):
    seen = []
    panel.changed.connect(lambda: seen.append(panel.z.copy()))
    qtbot.mouseClick(panel.walk_button, LEFT)
    qtbot.waitUntil(lambda: len(seen) > 30, timeout=20_000)
    qtbot.mouseClick(panel.walk_button, LEFT)
    walks, last = panel.walks, panel.z.copy()
    assert walks.way.currentIndex() == WALK
    walks.scrubber.setValue(STEPS)
    np.testing.assert_allclose(panel.z, last, atol=1e-4)
    walks.scrubber.setValue(0)
    np.testing.assert_allclose(panel.z, SPACE.neutral(), atol=1e-4)
    assert walks.play_button.isEnabled()


def test_the_step_slider_sets_how_far_the_walk_strays(panel, qtbot):
    panel.header.stride_slider.setFocus()
    qtbot.keyClick(panel.header.stride_slider, Qt.Key.Key_Home)
    qtbot.keyClick(panel.header.speed_slider, Qt.Key.Key_End)
    assert panel.walker.stride == pytest.approx(0.2)
    assert panel.walker.speed == pytest.approx(3.0)


def test_a_new_network_forgets_keyframes(on_walks):
    on_walks.set_space(fakes.make_ready(DIRECTIONS))
    assert on_walks.walks.keyframes == {}
    assert on_walks.walks.path is None
    assert on_walks.plane.map.marks.start is None


# --- score and known poses ------------------------------------------------------------------------


def verdict(realism: float, rank: float, beyond: float = 0.0) -> LatentScore:
    return LatentScore(realism, rank, ((2, 4.0), (0, 7.0), (5, 12.0)), Anatomy(beyond, 0.0))


def test_the_score_says_realism_prior_and_joints(panel):
    score = panel.header.score
    panel.show_score(verdict(0.82, 0.4))
    assert score.texts() == ["Realism 82 %", "Prior 40 %", "Joints within their limits"]
    good = near(grab(score), theme.GOOD, 12).sum()
    panel.show_score(verdict(0.1, 0.001, beyond=31.0))
    assert score.texts()[2] == "No hand does this: a joint 31° beyond its limit"
    bad = near(grab(score), theme.BAD, 12).sum()
    assert 0 < bad < good
    assert near(grab(score), theme.GOOD, 12).sum() == 0
    panel.show_score(None)
    assert near(grab(score), theme.BAD, 12).sum() == 0
    assert score.accessibleDescription() == "Realism –; Prior –; Joints –"


def test_a_known_pose_is_taken_without_turning_the_hand(on_map, qtbot):
    on_map.go_to(pose_part.with_angles(SPACE.neutral(), (30, 10, -20)))
    on_map.show_score(verdict(0.8, 0.5))
    cards = on_map.plane.cards
    assert [card.line for card in cards] == ["4 mm", "7 mm", "12 mm"]
    assert cards[0].title == "Fist"
    known = fakes.make_ready().references[2].z
    qtbot.mouseClick(cards[0], LEFT)
    np.testing.assert_allclose(on_map.z[: fakes.N_CODE], known[: fakes.N_CODE])
    assert pose_part.angles_of(on_map.z) == pytest.approx((30, 10, -20), abs=0.01)
    on_map.show_score(None)
    assert not cards[0].isEnabled()
