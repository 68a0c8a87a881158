import numpy as np
import pytest

from app.evaluation.metrics import (
    CURVE_MM,
    UNDETECTED_MM,
    area_under,
    frame_curve,
    joint_curve,
    joint_errors,
    root_aligned,
    score_frames,
    score_predictions,
    shares,
    similarity_aligned,
    within,
)
from app.evaluation.public.viewpoint import error_by_angle, msra_angles, viewpoint_table
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


def test_curves_count_what_is_at_most_the_threshold():
    errors = np.array([[10.0, 20.0], [30.0, 40.0]])
    for threshold, worst, joints in ((19, 0, 0.25), (20, 0.5, 0.5), (35, 0.5, 0.75), (40, 1, 1)):
        assert frame_curve(errors)[threshold] == worst == within(errors, threshold)
        assert joint_curve(errors)[threshold] == joints
    assert len(frame_curve(errors)) == len(CURVE_MM) == 81


def test_area_under_a_curve():
    assert area_under(np.ones(81)) == 1
    assert area_under(CURVE_MM / 80) == pytest.approx(0.5)
    errors = RNG.uniform(0, 100, (500, 14))
    assert area_under(joint_curve(errors)) == pytest.approx(0.4, abs=0.02)


def test_scores_of_a_shifted_prediction():
    scores = score_predictions(TRUE + np.array([0.0, 5.7, 7.6]), TRUE, root=3).to_json()
    assert scores["mean_joint_error_mm"] == scores["median_joint_error_mm"] == 9.5
    assert scores["mean_root_aligned_error_mm"] == 0
    assert scores["mean_similarity_aligned_error_mm"] == 0
    assert scores["joints_within_mm"] == {"20": 1.0, "30": 1.0, "40": 1.0}
    assert scores["frames_auc"] == scores["joints_auc"] == pytest.approx(70.5 / 80, abs=1e-4)
    assert "detected" not in scores


def test_the_root_is_the_one_that_was_asked_for():
    predicted = TRUE.copy()
    predicted[:, 3] += np.array([0.0, 6.0, 8.0])  # only joint 3 is off
    aligned = [score_predictions(predicted, TRUE, r).mean_root_aligned_error_mm for r in (3, 0)]
    assert aligned == pytest.approx([10 * 20 / 21, 10 / 21], abs=1e-3)


def test_a_frame_without_prediction_counts_in_every_plain_figure():
    predicted = TRUE.copy()
    predicted[2] = np.nan
    scores = score_predictions(predicted, TRUE)
    assert (scores.errors_mm[2] == UNDETECTED_MM).all()
    values = scores.to_json()
    assert (values["frames"], values["detected"]) == (4, 3)
    assert values["mean_joint_error_mm"] == UNDETECTED_MM / 4
    assert values["frames_max_within_mm"]["40"] == 0.75
    assert values["mean_root_aligned_error_mm"] == 0
    nothing = score_predictions(np.full_like(TRUE, np.nan), TRUE).to_json()
    assert nothing["mean_similarity_aligned_error_mm"] is None


def test_angles_of_a_turned_hand():
    """A hand that points up, leant sideways by yaw, then tipped to the camera by pitch."""
    for yaw, pitch in ((0, 0), (30, 0), (0, 50), (-20, 80), (35, -8)):
        joints = np.zeros((1, 21, 3))
        lean, tip = np.radians([yaw, pitch])
        joints[0, 5] = [np.sin(lean) * np.cos(tip), -np.cos(lean) * np.cos(tip), -np.sin(tip)]
        joints = 90 * joints + np.array([20, -10, 400])
        assert np.allclose(msra_angles(joints), [[yaw, pitch]])


def test_errors_are_gathered_by_angle():
    errors = np.array([[2.0, 4.0], [10.0, 10.0], [20.0, 20.0], [7.0, 7.0]])
    angles = np.array([-0.9, 0.9, 11.2, 55.0])
    centres, means, frames = error_by_angle(errors, angles, (-40, 40))
    assert centres.tolist() == [0, 12]
    assert means.tolist() == [6.5, 20]
    assert frames.tolist() == [2, 1]
    table = viewpoint_table(errors, np.stack([angles, angles], -1))
    assert table["yaw"]["degrees"] == [0, 10]
    assert table["pitch"] == {
        "degrees": [0, 10, 60],
        "mean_joint_error_mm": [6.5, 20, 7],
        "frames": [2, 1, 1],
    }
