"""The tracker's decisions: following, losing, finding again, two hands, clicks, gaps and epochs."""

from __future__ import annotations

import numpy as np
import pytest

from app.frames import HandRegion
from app.geometry import project
from app.segmentation.locate import HandLocator
from app.segmentation.tracker import (
    CHECK_EVERY,
    FORGET_GAP_S,
    KEEP_MM,
    MAX_SPEED_MM_S,
    OFFSET_LIMIT_MM,
    PATIENCE,
    RECALL_S,
    REJECTED_S,
    HandTracker,
    _Hand,
)

from .conftest import frame_of, rays, sphere_depth

STEP_S = 1 / 30
LEFT, RIGHT = np.array([-150.0, 0, 560]), np.array([150.0, 0, 560])


class Finder(HandLocator):
    """Names the given balls as hands, in the given order.

    Counts how often the whole frame is searched.
    """

    def __init__(self):
        super().__init__()
        self.hands: list[tuple[np.ndarray, float]] = []
        self.searches = 0

    def locate(self, frame, limit=4, cube_mm=250.0, min_score=0.3, far=True):
        self.searches += 1
        found = [HandRegion(np.array(c, np.float32), s) for c, s in self.hands if s >= min_score]
        return sorted(found, key=lambda r: -r.score)


class World:
    """Balls of a hand's size in front of the camera."""

    def __init__(self, intrinsics):
        self.intrinsics, self.direction = intrinsics, rays(intrinsics)
        self.finder = Finder()
        self.tracker = HandTracker(self.finder)
        self.index, self.t_s, self.epoch = 0, 0.0, 0

    def show(self, *balls, scores=None, step_s=STEP_S, named=True):
        self.index += 1
        self.t_s += step_s
        scores = scores or [0.9 - 0.1 * i for i in range(len(balls))]
        named = [named] * len(balls) if isinstance(named, bool) else named
        self.finder.hands = [(b, s) for b, s, n in zip(balls, scores, named, strict=True) if n]
        depth = np.full(self.direction.shape[:2], np.inf)
        for ball in balls:
            depth = np.minimum(depth, sphere_depth(self.direction, np.asarray(ball, float), 55.0))
        frame = frame_of(depth, self.intrinsics, self.index, self.t_s, self.epoch)
        return self.tracker.update(frame)


def near(region, place, tolerance=40.0):
    return region is not None and np.linalg.norm(region.centre_mm - place) < tolerance


@pytest.fixture
def world(small):
    return World(small)


def test_a_moving_hand_is_followed_without_searching(world):
    place = LEFT.copy()
    first = world.show(place)
    assert near(first, place)
    assert not first.tracked
    for _ in range(12):
        place = place + np.array([25.0, 3, -4])  # 0.75 m/s
        region = world.show(place, named=False)
        assert near(region, place)
        assert region.tracked
    assert world.finder.searches == 1


def test_the_prediction_carries_a_fast_hand(world):
    """At 10 frames a second each step is longer than half a cube, so that speed must be used."""
    place = np.array([-560.0, 0, 950])
    world.show(place)
    for stride in (60, 110, 150, 180, 200, 205, 205):
        place = place + np.array([stride, 0, 0])
        assert near(world.show(place, named=False, step_s=0.1), place, 50)
    assert world.finder.searches == 1


def test_the_followed_hand_is_kept_when_a_better_one_appears(world):
    world.show(LEFT)
    for _ in range(3 * CHECK_EVERY):
        assert near(world.show(LEFT, RIGHT, scores=[0.5, 0.99]), LEFT)
    assert world.finder.searches > 2


def test_a_click_chooses_the_other_hand(world, small):
    world.show(LEFT, RIGHT)
    world.tracker.point_at(tuple(project(RIGHT, small)))
    region = world.show(LEFT, RIGHT)
    assert near(region, RIGHT)
    assert not region.tracked
    assert near(world.show(LEFT, RIGHT), RIGHT)


def test_a_click_into_nothing_changes_nothing(world):
    world.show(LEFT)
    for pixel in ((5, 5), (-40, 900)):
        world.tracker.point_at(pixel)
        assert near(world.show(LEFT), LEFT)


def test_a_vanished_hand_is_no_hand_and_is_found_again(world):
    world.show(LEFT)
    world.show(LEFT)
    assert world.show() is None
    assert not world.tracker.following
    assert world.show() is None
    assert near(world.show(LEFT), LEFT)


def test_a_weak_find_must_be_seen_twice(world):
    assert world.show(LEFT, scores=[0.4]) is None
    assert near(world.show(LEFT, scores=[0.4]), LEFT)
    world.tracker.reset()
    assert world.show(LEFT, scores=[0.4]) is None
    assert world.show(RIGHT + np.array([0, 0, 200]), scores=[0.4]) is None


def test_a_thing_that_the_search_no_longer_names_is_dropped(world):
    world.show(LEFT)
    regions = [world.show(LEFT, named=False) for _ in range(CHECK_EVERY + PATIENCE + 2)]
    assert all(near(r, LEFT) for r in regions[:CHECK_EVERY])
    assert regions[-1] is None


def test_the_network_keeps_what_it_sees_and_drops_what_it_does_not(world):
    world.show(LEFT)
    for _ in range(2 * CHECK_EVERY):
        world.tracker.confirm(LEFT, 0.9)
        assert near(world.show(LEFT, named=False), LEFT)
    assert world.finder.searches == 1
    for _ in range(PATIENCE):
        assert world.tracker.following
        world.tracker.confirm(LEFT, 0.05)
    assert not world.tracker.following


def test_a_find_that_the_network_refuses_yields_to_the_next_best(world):
    assert near(world.show(LEFT, RIGHT, scores=[0.9, 0.8]), LEFT)
    world.tracker.confirm(LEFT, 0.05)
    assert near(world.show(LEFT, RIGHT, scores=[0.9, 0.8]), RIGHT)


def test_the_centre_goes_where_the_joints_say(world):
    """The joints' mean lies 25 mm above the surface's centre.

    The tracker learns the offset and keeps it.
    """
    truth = LEFT + np.array([0, -25.0, 0])
    world.show(LEFT)
    for _ in range(8):
        world.tracker.confirm(truth, 0.9)
        region = world.show(LEFT, named=False)
    bare = np.linalg.norm(
        HandLocator()
        .follow(frame_of(sphere_depth(world.direction, LEFT, 55.0), world.intrinsics), LEFT)
        .centre_mm
        - truth
    )
    assert np.linalg.norm(region.centre_mm - truth) < 0.5 * bare


def test_slow_recordings_are_searched_and_keep_their_hand(world):
    """Frames 0.667 s apart: no prediction, but the hand near the old place wins."""
    world.show(LEFT, RIGHT, scores=[0.9, 0.8])
    for step in range(4):
        moved = LEFT + np.array([0, 30.0 * step, 0])
        before = world.finder.searches
        assert near(world.show(moved, RIGHT, scores=[0.7, 0.95], step_s=0.667), moved)
        assert world.finder.searches == before + 1


def test_a_hand_that_went_far_in_a_slow_recording_is_found(world):
    world.show(LEFT)
    assert near(
        world.show(RIGHT + np.array([0, 80, 100.0]), step_s=0.667), RIGHT + np.array([0, 80, 100.0])
    )


@pytest.mark.parametrize("break_it", ["epoch", "backwards", "long gap"])
def test_what_does_not_belong_together_is_forgotten(world, break_it):
    world.show(LEFT)
    world.show(LEFT)
    if break_it == "epoch":
        world.epoch += 1
    step = {"epoch": STEP_S, "backwards": -5.0, "long gap": FORGET_GAP_S + 1}[break_it]
    region = world.show(LEFT, RIGHT, scores=[0.6, 0.9], step_s=step)
    assert near(region, RIGHT)
    assert not region.tracked


def test_centres_are_read_only(world):
    for region in (world.show(LEFT), world.show(LEFT)):
        assert not region.centre_mm.flags.writeable
        assert region.centre_mm.dtype == np.float32


def shift(place: np.ndarray, *by_mm: float) -> np.ndarray:
    return place + np.array(by_mm)


def hand_at(place=LEFT, seen_s=1.0) -> _Hand:
    return _Hand(0.9, np.array(place), seen_s, np.zeros(3), False)


def test_speed_is_learnt_at_half_weight_and_bounded():
    hand = hand_at()
    hand.measure(shift(LEFT, 100, 0, 0), 1.1)
    np.testing.assert_allclose(hand.velocity, (500, 0, 0))
    hand.measure(shift(LEFT, 200, 0, 0), 1.2)
    np.testing.assert_allclose(hand.velocity, (750, 0, 0))
    hand.measure(shift(LEFT, 300, 0, 0), 1.2)  # the same moment: no speed, but the place
    np.testing.assert_allclose(hand.velocity, (750, 0, 0))
    np.testing.assert_allclose(hand.centre_mm, shift(LEFT, 300, 0, 0))
    fast = hand_at()
    fast.measure(shift(LEFT, 0, 900, 0), 1.1)
    np.testing.assert_allclose(fast.velocity, (0, MAX_SPEED_MM_S / 2, 0))


def test_the_joints_offset_is_learnt_at_half_weight_bounded_and_not_from_afar():
    hand = hand_at()
    hand.learn(shift(LEFT, 0, 40, 0))
    np.testing.assert_allclose(hand.offset, (0, 20, 0))
    np.testing.assert_allclose(hand.centre_mm, shift(LEFT, 0, 40, 0))
    hand.learn(shift(LEFT, 0, 1.5 * OFFSET_LIMIT_MM, 0))
    np.testing.assert_allclose(hand.offset, (0, 10 + OFFSET_LIMIT_MM / 2, 0))
    before = hand.offset.copy()
    hand.learn(shift(LEFT, 0, 3 * OFFSET_LIMIT_MM, 0))
    np.testing.assert_allclose(hand.offset, before)
    hand.measure(RIGHT, 1.1)
    np.testing.assert_allclose(hand.centre_mm, RIGHT + before)
    assert hand.region(True).tracked
    np.testing.assert_allclose(hand.region(False).centre_mm, RIGHT + before)


def test_a_sure_frame_between_doubts_keeps_the_hand(world):
    world.show(LEFT)
    world.tracker.confirm(LEFT, 0.9)
    for _ in range(3):
        for confidence in (*[0.05] * (PATIENCE - 1), 0.9):
            world.tracker.confirm(LEFT, confidence)
            assert world.tracker.following


def test_a_refused_place_ranks_behind_others_for_a_while(world):
    scores = [0.9, 0.6]
    assert near(world.show(LEFT, RIGHT, scores=scores), LEFT)
    world.tracker.confirm(LEFT, 0.05)
    assert near(world.show(LEFT, RIGHT, scores=scores), RIGHT)
    world.tracker.confirm(RIGHT, 0.05)
    step_s = 0.4 * REJECTED_S
    assert near(world.show(LEFT, RIGHT, scores=scores, step_s=step_s), LEFT)  # both are: the better
    world.tracker.confirm(LEFT, 0.05)
    world.show(LEFT, RIGHT, scores=[0.9, 0.8], step_s=1.2 * REJECTED_S)
    assert near(world.show(LEFT, RIGHT, scores=[0.9, 0.8]), LEFT)  # forgiven


def test_a_place_that_was_refused_is_not_recalled(world):
    """Lost there by the network: the best hand wins, not the one near the old place."""
    world.show(LEFT)
    world.tracker.confirm(LEFT, 0.05)
    region = world.show(shift(LEFT, 30, 0, 0), RIGHT, scores=[0.8, 0.7])
    assert near(region, RIGHT)


@pytest.mark.parametrize(("wait_s", "again"), [(0.8 * RECALL_S, True), (1.3 * RECALL_S, False)])
def test_a_lost_hand_is_known_again_near_its_place_for_a_while(world, wait_s, again):
    world.show(LEFT)
    world.show(LEFT)
    assert world.show() is None
    place = shift(LEFT, 0, 0.6 * KEEP_MM, 0)
    region = world.show(place, shift(RIGHT, 60, 0, 0), scores=[0.6, 0.9], step_s=wait_s)
    assert near(region, place if again else shift(RIGHT, 60, 0, 0))
    assert region.again == again


def test_a_hand_that_is_followed_is_not_found_again(world):
    world.show(LEFT)
    for _ in range(2 * CHECK_EVERY):  # searched as a whole now and then
        region = world.show(LEFT)
        assert region.tracked
        assert not region.again


def test_a_hand_that_stops_short_is_not_lost(world):
    """The prediction goes on by its speed; where nothing is there, the old place is tried."""
    place = shift(LEFT, -200, 0, 0)
    for _ in range(5):
        world.show(place, step_s=0.1)
        place = shift(place, 120, 0, 0)
    stopped = shift(place, -120, 0, 0)
    searches = world.finder.searches
    assert near(world.show(stopped, named=False, step_s=0.1), stopped)
    assert world.finder.searches == searches


def test_a_click_takes_the_nearest_of_what_is_under_it(world, small):
    """On an edge the hand, not what is behind it; the depth is in the sensor's own unit."""
    world.show(LEFT)
    edge = project(shift(RIGHT, 50, 0, 0), small)
    world.tracker.point_at((float(edge[0]), float(edge[1])))
    assert near(world.show(LEFT, RIGHT, shift(RIGHT, 90, 0, 330)), RIGHT, 60)
    world.tracker.point_at((0.0, 0.0))  # a corner: half of the patch is beyond the picture
    assert near(world.show(LEFT, RIGHT, named=False), RIGHT)


def test_a_click_is_forgotten_once_it_was_tried(world, small):
    world.tracker.point_at(tuple(project(RIGHT, small)))
    assert near(world.show(LEFT), LEFT)
    assert near(world.show(LEFT, RIGHT), LEFT)
    world.tracker.point_at(tuple(project(RIGHT, small)))
    world.epoch += 1  # what was clicked before a jump still holds
    assert near(world.show(LEFT, RIGHT), RIGHT)
