import numpy as np
import pytest

from app.evaluation.metrics import (
    UNDETECTED_MM,
    joint_errors,
    root_aligned,
    score_frames,
    shares,
    similarity_aligned,
)
from app.geometry import rotation_about

RNG = np.random.default_rng(5)
TRUE = RNG.normal(0, 50, (4, 21, 3)) + np.array([0, 0, 500])


def test_a_shift_is_an_error_but_not_after_alignment():
    moved = TRUE + np.array([3.0, 4.0, 0.0])
    assert np.allclose(joint_errors(moved, TRUE), 5)
    assert np.allclose(root_aligned(moved, TRUE), 0)
    assert np.allclose(similarity_aligned(moved, TRUE), 0)


def test_similarity_takes_out_turn_scale_and_shift():
    turn = rotation_about(np.array([0.0, 0.6, 0.8]), 2.0)
    moved = 1.3 * TRUE @ turn.T + np.array([10, -20, 30])
    assert np.allclose(similarity_aligned(moved, TRUE), 0, atol=1e-9)
    assert root_aligned(moved, TRUE).mean() > 20


def test_similarity_does_not_mirror():
    assert similarity_aligned(TRUE * (-1, 1, 1), TRUE).mean() > 10


def test_alignment_never_makes_the_mean_square_worse():
    noisy = TRUE + RNG.normal(0, 8, TRUE.shape)
    aligned = (similarity_aligned(noisy, TRUE) ** 2).mean()
    assert aligned <= (joint_errors(noisy, TRUE) ** 2).mean()


def test_the_worst_joint_counts():
    errors = np.full((2, 21), 5.0)
    errors[0, 7] = 35.0
    assert shares(errors) == {"20": 0.5, "30": 0.5, "40": 1.0}


def test_an_undetected_frame_counts_100_mm():
    predicted = (TRUE + np.array([0, 0, 10])).astype(np.float32)
    predicted[1] = np.nan
    scores = score_frames(predicted, TRUE, [1.0, 2.0, 9.0, 3.0]).to_json()
    assert scores["detected"] == 3
    assert scores["mean_joint_error_mm"] == pytest.approx((3 * 10 + UNDETECTED_MM) / 4, abs=1e-2)
    assert scores["mean_joint_error_detected_mm"] == pytest.approx(10, abs=1e-2)
    assert scores["frames_max_within_mm"]["20"] == 0.75
    assert scores["median_ms_per_frame"] == 2.5
    assert len(scores["per_joint_error_mm"]) == 21


def test_nothing_detected():
    scores = score_frames(np.full_like(TRUE, np.nan), TRUE, [1.0]).to_json()
    assert scores["mean_joint_error_mm"] == UNDETECTED_MM
    assert scores["mean_joint_error_detected_mm"] is None
    assert scores["mean_similarity_aligned_error_mm"] is None
    assert scores["frames_max_within_mm"] == {"20": 0.0, "30": 0.0, "40": 0.0}
