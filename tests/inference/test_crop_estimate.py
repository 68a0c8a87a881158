"""What is believed of a crop's estimate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.inference.crop_estimate import (
    GOOD_RESIDUAL,
    GOOD_SIGMA_MM,
    LOST_SIGMA_MM,
    RESIDUAL_SCALE,
    SIGMA_SCALE_MM,
    CropEstimate,
    complete,
    cut_crop,
    estimate_both_sides,
    estimate_crop,
    hand_presence,
    is_hand,
    mirror_crop,
    settle,
    with_refinement,
)
from app.inference.handedness import CLIP, map_residual
from app.inference.timing import Stopwatch
from app.segmentation.crop import camera_to_crop, make_crop
from tests.inference.fakes import CENTRE_MM, FakeEngine, hand_frame

CROP = make_crop(hand_frame(), CENTRE_MM, 250.0)
SEEN = CropEstimate(
    CROP, np.zeros(4, np.float32), np.full((21, 3), 500, np.float32), sigma_mm=4.0, presence=0.9
)  # fmt: skip


def drawn(shift: float) -> CropEstimate:
    """The same joints, presence and sigma, its map so many half cubes behind what was seen."""
    covered = CROP.image < 1
    return replace(SEEN, synthesised=np.where(covered, CROP.image + np.float32(shift), 1.0))


def test_a_map_that_does_not_explain_the_crop_lowers_the_confidence():
    exact, near, far = (drawn(shift).confidence() for shift in (0.0, 0.2, 0.39))
    assert exact == pytest.approx(SEEN.presence)
    assert exact > 1.2 * near > 1.4 * far
    nowhere = replace(SEEN, synthesised=np.ones_like(CROP.image))
    assert nowhere.confidence() < 0.5 * exact


def test_a_residual_that_noise_explains_costs_nothing():
    assert map_residual(CROP.image, drawn(0.05).synthesised) == pytest.approx(0.05, abs=1e-3)
    assert drawn(0.05).confidence() == drawn(0.0).confidence()
    assert map_residual(CROP.image, drawn(0.9).synthesised) <= CLIP


def test_confidence_falls_with_sigma_and_presence_and_without_a_map_knows_no_residual():
    assert SEEN.confidence() == pytest.approx(0.9)
    assert replace(SEEN, sigma_mm=30.0).confidence() < 0.3
    assert replace(SEEN, presence=0.45).confidence() == pytest.approx(0.45)


def test_belief_is_of_a_hand_at_all():
    assert replace(SEEN, sigma_mm=25.0).belief() == pytest.approx(0.9)
    assert replace(SEEN, sigma_mm=90.0).belief() < 0.2


def test_a_sigma_or_residual_larger_by_its_scale_takes_off_a_factor_of_e():
    least = SEEN.presence / np.e
    doubtful = replace(SEEN, sigma_mm=GOOD_SIGMA_MM + SIGMA_SCALE_MM)
    assert doubtful.confidence() == pytest.approx(least)
    assert replace(SEEN, sigma_mm=2 * LOST_SIGMA_MM).belief() == pytest.approx(least)
    residual = map_residual(CROP.image, drawn(0.39).synthesised)
    expected = SEEN.presence * np.exp(-(residual - GOOD_RESIDUAL) / RESIDUAL_SCALE)
    assert drawn(0.39).confidence() == pytest.approx(expected)
    both = replace(drawn(0.39), sigma_mm=doubtful.sigma_mm)
    assert both.confidence() == pytest.approx(expected / np.e)
    assert (SEEN.hand, SEEN.off_centre_mm > 100) == ("right", True)


def test_a_joint_on_the_camera_is_no_hand():
    joints = SEEN.joints_mm.copy()
    joints[3, 2] = 0
    assert not replace(SEEN, joints_mm=joints).sound


def test_the_presence_of_a_crop_is_that_of_the_likelier_side():
    class Sides(FakeEngine):
        answers = (0.3, 0.8)

        def estimate(self, images):
            assert np.array_equal(images[1], images[0][:, ::-1])
            seen = super().estimate(images)
            return replace(seen, presence=np.array(self.answers))

    engine = Sides()
    assert hand_presence(engine, CROP) == 0.8
    engine.answers = (0.6, np.nan)
    assert hand_presence(engine, CROP) == 0.6


def test_evidence_that_is_no_number_says_nothing():
    class Broken(FakeEngine):
        def estimate(self, images):
            seen = super().estimate(images)
            return replace(seen, sigma_norm=seen.sigma_norm * np.float32(np.nan))

    assert estimate_both_sides(Broken(), CROP, Stopwatch())[2] == 0.0


class Turn:
    """A refiner that moves every joint by `mm`."""

    def __init__(self, mm: float):
        self.mm = mm

    def refine(self, crop, z, joints_norm, sigma_norm):
        self.first = joints_norm
        return (z + 1, joints_norm + self.mm / (crop.cube_mm / 2)) if self.mm else (z, joints_norm)


def test_a_refined_estimate_has_moved_joints_and_a_map_of_its_own():
    engine = FakeEngine()
    seen = complete(engine, None, estimate_crop(engine, CROP, "right", Stopwatch()), Stopwatch())
    refiner = Turn(10.0)
    better = with_refinement(refiner, seen, Stopwatch())
    moved = camera_to_crop(better.joints_mm, CROP) - camera_to_crop(seen.joints_mm, CROP)
    assert np.allclose(moved, 10 / 125, atol=1e-4)
    assert np.allclose(refiner.first, camera_to_crop(seen.joints_mm, CROP), atol=1e-5)
    assert np.array_equal(better.z, seen.z + 1)
    assert better.synthesised is None
    assert not better.z.flags.writeable
    assert with_refinement(Turn(0.0), seen, Stopwatch()) is seen
    assert with_refinement(Turn(np.nan), seen, Stopwatch()) is seen
    bad = replace(seen, presence=np.nan)
    assert with_refinement(refiner, bad, Stopwatch()) is bad
    bare = replace(seen, sigmas_norm=None)
    assert with_refinement(refiner, bare, Stopwatch()) is bare


def test_no_cube_can_be_behind_the_camera_and_the_time_is_counted_all_the_same():
    watch = Stopwatch()
    assert cut_crop(hand_frame(), np.array([0, 0, -5.0]), 250.0, watch) is None
    assert "crop" in watch.stage_ms
    assert cut_crop(hand_frame(), CENTRE_MM, 250.0, watch) is not None


def test_expected_errors_are_read_in_millimetres():
    seen = estimate_crop(FakeEngine(), CROP, "right", Stopwatch())
    assert seen.sigma_mm == pytest.approx(0.05 * 125)
    assert np.allclose(seen.sigmas_norm, 0.05)


@pytest.mark.parametrize(
    "change",
    [
        {"sigma_mm": np.nan},
        {"presence": np.nan},
        {"z": np.full(4, np.inf, np.float32)},
        {"joints_mm": np.full((21, 3), np.nan, np.float32)},
        {"joints_mm": np.full((21, 3), -1, np.float32)},
    ],
)
def test_what_cannot_be_used_is_no_hand(change):
    bad = replace(SEEN, **change)
    assert not bad.sound
    assert (bad.confidence(), bad.belief(), is_hand(bad, 0.0)) == (0.0, 0.0, False)
    assert is_hand(SEEN, 0.9)
    assert not is_hand(SEEN, 0.91)
    assert not is_hand(None, 0.0)


def test_both_sides_are_read_each_by_its_own_crop():
    engine = FakeEngine()
    right, left, evidence = estimate_both_sides(engine, CROP, Stopwatch())
    assert (right.hand, left.hand) == ("right", "left")
    assert evidence > 0
    assert estimate_both_sides(engine, mirror_crop(CROP), Stopwatch())[2] < 0
    alone = estimate_crop(engine, CROP, "left", Stopwatch())
    assert np.allclose(alone.joints_mm, left.joints_mm, atol=1e-3)


def test_a_map_is_drawn_once_and_only_where_it_is_wanted():
    engine = FakeEngine()
    seen = estimate_crop(engine, CROP, "right", Stopwatch())
    assert complete(engine, None, seen, Stopwatch(), synthesise=False) is seen
    whole = complete(engine, None, seen, Stopwatch())
    assert np.array_equal(whole.synthesised, CROP.image)
    assert complete(engine, None, whole, Stopwatch()) is whole


def at(offset_mm: float) -> CropEstimate:
    """An estimate whose joints lie so far beside its crop."""
    joints = np.broadcast_to(CENTRE_MM + np.float32([offset_mm, 0, 0]), (21, 3))
    return replace(SEEN, joints_mm=joints)


def test_settling_ends_where_the_joints_lie_in_the_middle_or_passes_are_used_up():
    for offsets, passes, count in (((30, 9, 2), 3, 3), ((30, 9, 2), 1, 2), ((5, 0), 3, 1)):
        left, asked = list(offsets), []

        def look(centre_mm, left=left, asked=asked):
            asked.append(centre_mm)
            return at(left.pop(0))

        seen = settle(look, CENTRE_MM, 6.0, passes, lambda one: is_hand(one, 0.5))
        assert seen.off_centre_mm == pytest.approx(offsets[count - 1], abs=0.01)
        assert len(asked) == count
        for before, centre_mm in zip(offsets, asked[1:], strict=False):
            assert centre_mm[0] - CENTRE_MM[0] == pytest.approx(before, abs=0.01)


def test_a_second_crop_without_a_hand_does_not_count():
    first = at(30)
    for second in (None, replace(first, presence=0.1)):
        answers = [first, second]
        seen = settle(lambda _, a=answers: a.pop(0), CENTRE_MM, 6, 3, lambda one: is_hand(one, 0.5))
        assert seen is first
