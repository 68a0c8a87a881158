"""Joint errors in mm, plain and after alignment. Arrays are [frames, joints, 3]."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from app.skeleton import WRIST

THRESHOLDS_MM = (20, 30, 40)
UNDETECTED_MM = 100.0  # what a frame without an estimate counts


def joint_errors(predicted_mm: np.ndarray, true_mm: np.ndarray) -> np.ndarray:
    """Distance of each joint: [N, J, 3] twice -> [N, J] mm."""
    return np.linalg.norm(predicted_mm - true_mm, axis=-1)


def root_aligned(predicted_mm: np.ndarray, true_mm: np.ndarray, root: int = WRIST) -> np.ndarray:
    """Joint errors [N, J] after moving the prediction's root joint onto the true one."""
    moved = predicted_mm - predicted_mm[:, root : root + 1] + true_mm[:, root : root + 1]
    return joint_errors(moved, true_mm)


def similarity_aligned(predicted_mm: np.ndarray, true_mm: np.ndarray) -> np.ndarray:
    """Joint errors [N, J] after the best rotation, scale and shift of each frame (Umeyama 1991)."""
    a = predicted_mm - predicted_mm.mean(1, keepdims=True)
    b = true_mm - true_mm.mean(1, keepdims=True)
    u, s, vt = np.linalg.svd(np.einsum("nji,njk->nik", a, b))
    sign = np.ones_like(s)
    sign[:, 2] = np.sign(np.linalg.det(u @ vt))  # no reflections
    rotation = np.einsum("nij,nj,njk->nik", u, sign, vt)
    scale = (s * sign).sum(1) / np.maximum((a * a).sum((1, 2)), 1e-9)
    return joint_errors(scale[:, None, None] * (a @ rotation), b)


def within(errors_mm: np.ndarray, threshold_mm: float, frames: int | None = None) -> float:
    """Share (0..1) of frames whose WORST joint is within the threshold;
    `frames`: out of so many."""
    count = len(errors_mm) if frames is None else frames
    return float((errors_mm.max(1, initial=0.0) <= threshold_mm).sum() / count) if count else 0.0


def shares(errors_mm: np.ndarray, frames: int | None = None) -> dict[str, float]:
    """`within` at 20, 30 and 40 mm."""
    return {str(t): round(within(errors_mm, t, frames), 4) for t in THRESHOLDS_MM}


@dataclass(frozen=True, slots=True)
class FrameScores:
    """The result of `frames`; averages named `detected` or `aligned`, and those per joint,
    leave out undetected frames."""

    frames: int
    detected: int
    mean_joint_error_mm: float
    mean_joint_error_detected_mm: float | None
    mean_root_aligned_error_mm: float | None
    mean_similarity_aligned_error_mm: float | None
    per_joint_error_mm: list[float] | None
    frames_max_within_mm: dict[str, float]
    median_ms_per_frame: float
    handedness_accuracy: float | None = None  # of detected frames, if the file says which hand

    def to_json(self) -> dict:
        """The form of ARCHITECTURE.md."""
        values = asdict(self)
        if self.handedness_accuracy is None:
            del values["handedness_accuracy"]
        return values


def score_frames(
    predicted_mm: np.ndarray,
    true_mm: np.ndarray,
    milliseconds: list[float],
    hands_right: float | None = None,
) -> FrameScores:
    """predicted_mm [N, 21, 3] with NaN for undetected frames, against true_mm [N, 21, 3]."""
    found = np.isfinite(predicted_mm).all((1, 2))
    p, t = predicted_mm[found].astype(np.float64), true_mm[found].astype(np.float64)
    errors = joint_errors(p, t)
    n, detected = len(true_mm), int(found.sum())
    total = errors.mean(1).sum() if detected else 0.0
    return FrameScores(
        frames=n,
        detected=detected,
        mean_joint_error_mm=round(float(total + UNDETECTED_MM * (n - detected)) / n, 3),
        mean_joint_error_detected_mm=_mean(errors),
        mean_root_aligned_error_mm=_mean(root_aligned(p, t)),
        mean_similarity_aligned_error_mm=_mean(similarity_aligned(p, t)) if detected else None,
        per_joint_error_mm=[round(float(e), 3) for e in errors.mean(0)] if detected else None,
        frames_max_within_mm=shares(errors, n),
        median_ms_per_frame=round(float(np.median(milliseconds)), 3),
        handedness_accuracy=hands_right,
    )


def _mean(errors: np.ndarray) -> float | None:
    return round(float(errors.mean()), 3) if errors.size else None
