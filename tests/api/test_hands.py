"""The pictures of a hand that programs get: the crop's, in millimetres and the right way round."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.api.hands import distances_mm, frame_hands
from app.frames import DepthFrame, FrameResult, HandCrop, HandEstimate, Intrinsics, read_only

CENTRE_MM = np.array([30.0, 40.0, 1200.0], np.float32)


def estimate(track: int = 1, mirrored: bool = False) -> HandEstimate:
    image = np.ones((128, 128), np.float32)
    image[10, 20], image[64, 64] = -1.0, 0.0
    crop = HandCrop(image, CENTRE_MM, 250.0, np.eye(3, dtype=np.float32), mirrored)
    joints = np.arange(63, dtype=np.float32).reshape(21, 3)
    return HandEstimate(
        hand="left" if mirrored else "right",
        confidence=0.75,
        joints_mm=read_only(joints),
        joints_raw_mm=read_only(joints + 1),
        z=read_only(np.arange(4, dtype=np.float32)),
        crop=crop,
        synthesised=read_only(image[::-1].copy()),
        track=track,
    )


def result(*hands: HandEstimate) -> FrameResult:
    depth = read_only(np.zeros((4, 6), np.uint16))
    return FrameResult(DepthFrame(7, 0, 0.5, 1.5, depth, Intrinsics(6, 4, 5, 5, 3, 2)), hands)


def test_a_hand_comes_with_all_that_is_known_of_it():
    given = estimate(track=3)
    seen = frame_hands(result(given))
    (hand,) = seen.hands
    assert seen.frame.index == 7
    assert (hand.side, hand.track, hand.confidence) == ("right", 3, 0.75)
    np.testing.assert_array_equal(hand.joints_mm, given.joints_mm)
    np.testing.assert_array_equal(hand.latent, given.z)
    np.testing.assert_array_equal(hand.synthesised_mm, hand.seen_mm[::-1])


def test_distances_lie_in_the_cube_round_the_centre():
    crop = estimate().crop
    mm = distances_mm(crop.image, crop)
    assert mm.dtype == np.float32
    assert mm[64, 64] == pytest.approx(np.linalg.norm(CENTRE_MM), abs=1e-3)
    assert mm[10, 20] == pytest.approx(np.linalg.norm(CENTRE_MM) - 125, abs=1e-3)
    assert np.count_nonzero(mm) == 2


def test_a_left_hand_is_shown_as_the_camera_sees_it():
    right, left = (
        distances_mm(e.crop.image, e.crop) for e in (estimate(), estimate(mirrored=True))
    )
    np.testing.assert_array_equal(left, right[:, ::-1])


def test_any_number_of_hands_is_passed_on():
    two = frame_hands(result(estimate(track=1), estimate(track=2, mirrored=True)))
    assert [(hand.side, hand.track) for hand in two.hands] == [("right", 1), ("left", 2)]
    assert frame_hands(result()).hands == ()


def test_arrays_cannot_be_written():
    (hand,) = frame_hands(result(estimate())).hands
    for array in (hand.joints_mm, hand.latent, hand.seen_mm, hand.synthesised_mm):
        assert not array.flags.writeable


def test_an_estimate_without_its_synthesis_is_no_hand_for_a_program():
    with pytest.raises(ValueError, match="synthesised"):
        frame_hands(result(replace(estimate(), synthesised=None)))
