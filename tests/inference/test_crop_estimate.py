"""What is believed of a crop's estimate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.inference.crop_estimate import (
    CropEstimate,
    complete,
    estimate_both_sides,
    estimate_crop,
    is_hand,
    mirror_crop,
    settle,
)
from app.inference.handedness import CLIP, map_residual
from app.inference.timing import Stopwatch
from app.segmentation.crop import make_crop
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
