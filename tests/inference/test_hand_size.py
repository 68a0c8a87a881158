import numpy as np
import pytest

from app.hand.shape import mean_shape
from app.inference.hand_size import (
    ENOUGH,
    HISTORY,
    LARGEST,
    SMALLEST,
    STEP,
    HandSize,
    measure_scale,
)
from app.skeleton import MEAN_HAND_MM


def stretched(length_mm: float) -> np.ndarray:
    """21 joints, wrist to middle tip in a line of this length."""
    joints = np.zeros((21, 3), np.float32)
    joints[[0, 9, 10, 11, 12], 1] = np.linspace(0, length_mm, 5)
    return joints


def test_the_scale_is_a_ratio_of_lengths():
    assert measure_scale(stretched(MEAN_HAND_MM)) == pytest.approx(1.0)
    assert measure_scale(stretched(1.2 * MEAN_HAND_MM)) == pytest.approx(1.2)


def test_the_mean_hand_has_scale_one():
    from tests.hand.fixtures import pose_joints

    joints = pose_joints(np.zeros(31, np.float32), mean_shape(), np.eye(3), np.zeros(3))
    assert measure_scale(joints) == pytest.approx(1.0, abs=0.05)


def test_follows_slowly_and_stays_in_its_range():
    size = HandSize()
    scales = [size.follow(stretched(2 * MEAN_HAND_MM), 0.9) for _ in range(400)]
    assert scales[: ENOUGH - 1] == [1.0] * (ENOUGH - 1)
    assert max(np.diff(scales)) <= STEP + 1e-9
    assert scales[-1] == pytest.approx(LARGEST)


def test_frames_without_confidence_do_not_count():
    size = HandSize()
    for _ in range(100):
        size.follow(stretched(2 * MEAN_HAND_MM), 0.1)
    assert size.scale == 1.0


def test_a_few_wild_frames_do_not_count():
    size = HandSize()
    for i in range(300):
        size.follow(stretched((5.0 if i % 4 == 0 else 1.0) * MEAN_HAND_MM), 0.9)
    assert size.scale == pytest.approx(1.0, abs=0.01)


def test_reset_starts_at_one():
    size = HandSize()
    for _ in range(100):
        size.follow(stretched(1.2 * MEAN_HAND_MM), 0.9)
    size.reset()
    assert size.scale == 1.0


def test_what_the_user_says_is_kept_until_it_is_measured_again():
    size = HandSize(fixed=0.9)
    for _ in range(100):
        assert size.follow(stretched(1.2 * MEAN_HAND_MM), 0.9) == 0.9
    size.reset()
    assert size.scale == 0.9
    size.fix(0)
    for _ in range(100):
        size.follow(stretched(1.2 * MEAN_HAND_MM), 0.9)
    assert size.scale == pytest.approx(1.2)


def test_a_hand_just_sure_enough_counts_and_the_last_hands_are_remembered():
    size = HandSize()
    for _ in range(HISTORY):
        size.follow(stretched(1.2 * MEAN_HAND_MM), 0.6)
    assert size.scale > 1.1
    for _ in range(3 * HISTORY):
        size.follow(stretched(0.9 * MEAN_HAND_MM), 0.6)
    assert size.scale == pytest.approx(0.9)


def test_a_small_hand_is_followed_down_to_the_smallest():
    size = HandSize()
    scales = [size.follow(stretched(0.5 * MEAN_HAND_MM), 0.9) for _ in range(200)]
    assert min(np.diff(scales)) >= -STEP - 1e-9
    assert scales[ENOUGH - 1] == pytest.approx(1 - STEP)
    assert scales[-1] == pytest.approx(SMALLEST)


def test_what_the_user_says_holds_at_once_and_another_hand_changes_nothing():
    size = HandSize()
    size.fix(1.1)
    assert size.scale == 1.1
    size.reset()
    assert size.scale == 1.1
    size.fix(0)
    assert size.scale == 1.1  # from where it is
    size.reset()
    assert size.scale == 1.0
