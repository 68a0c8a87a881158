"""Joint errors in mm, plain and after alignment. Arrays are [frames, joints, 3]."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from app.skeleton import WRIST

THRESHOLDS_MM = (20, 30, 40)
FOUND_MM = 60.0  # a hand is found where its joints' mean is so near the true one
UNDETECTED_MM = 100.0  # what a frame without an estimate counts
CURVE_MM = np.arange(81)  # thresholds of the success curves, 0..80 mm


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
    """Share (0..1) of frames whose WORST joint is within the threshold.

    `frames`: out of so many.
    """
    count = len(errors_mm) if frames is None else frames
    return float((errors_mm.max(1, initial=0.0) <= threshold_mm).sum() / count) if count else 0.0


def shares(errors_mm: np.ndarray, frames: int | None = None) -> dict[str, float]:
    """`within` at 20, 30 and 40 mm."""
    return {str(t): round(within(errors_mm, t, frames), 4) for t in THRESHOLDS_MM}


def frame_curve(errors_mm: np.ndarray, thresholds_mm: np.ndarray = CURVE_MM) -> np.ndarray:
    """[N, J] -> [T], share (0..1) of frames whose WORST joint is within each threshold."""
    return _share_within(errors_mm.max(1), thresholds_mm)


def joint_curve(errors_mm: np.ndarray, thresholds_mm: np.ndarray = CURVE_MM) -> np.ndarray:
    """[N, J] -> [T], share (0..1) of all joints of all frames within each threshold."""
    return _share_within(errors_mm.ravel(), thresholds_mm)


def area_under(curve: np.ndarray, thresholds_mm: np.ndarray = CURVE_MM) -> float:
    """Area under a success curve by trapezoids, over the range of the thresholds: 0..1."""
    steps = np.diff(thresholds_mm)
    return float(((curve[1:] + curve[:-1]) / 2 * steps).sum() / steps.sum())


def _share_within(errors_mm: np.ndarray, thresholds_mm: np.ndarray) -> np.ndarray:
    """errors [M] -> [T]. A joint exactly at the threshold is within it."""
    return np.searchsorted(np.sort(errors_mm), thresholds_mm, side="right") / len(errors_mm)


@dataclass(frozen=True, slots=True)
class PredictionScores:
    """What the field reports of a method; the aligned averages leave out undetected frames."""

    errors_mm: np.ndarray  # [N, J], UNDETECTED_MM throughout a frame without an estimate
    detected: int
    mean_root_aligned_error_mm: float | None
    mean_similarity_aligned_error_mm: float | None

    def to_json(self) -> dict:
        """Rounded; the keys of docs/design/architecture.md and more."""
        errors = self.errors_mm
        values = {
            "frames": len(errors),
            "mean_joint_error_mm": _mean(errors),
            "frames_max_within_mm": shares(errors),
            "median_joint_error_mm": round(float(np.median(errors)), 3),
            "mean_root_aligned_error_mm": self.mean_root_aligned_error_mm,
            "mean_similarity_aligned_error_mm": self.mean_similarity_aligned_error_mm,
            "per_joint_error_mm": [round(float(e), 3) for e in errors.mean(0)],
            "joints_within_mm": {
                str(t): round(float((errors <= t).mean()), 4) for t in THRESHOLDS_MM
            },
            "frames_auc": round(area_under(frame_curve(errors)), 4),
            "joints_auc": round(area_under(joint_curve(errors)), 4),
        }
        return values if self.detected == len(errors) else values | {"detected": self.detected}


def score_predictions(
    predicted_mm: np.ndarray, true_mm: np.ndarray, root: int = WRIST
) -> PredictionScores:
    """predicted_mm [N, J, 3], NaN for undetected frames, against true_mm [N, J, 3], N > 0."""
    found = np.isfinite(predicted_mm).all((1, 2))
    p, t = predicted_mm[found].astype(np.float64), true_mm[found].astype(np.float64)
    errors = np.full(true_mm.shape[:2], UNDETECTED_MM)
    errors[found] = joint_errors(p, t)
    return PredictionScores(
        errors_mm=errors,
        detected=int(found.sum()),
        mean_root_aligned_error_mm=_mean(root_aligned(p, t, root)),
        mean_similarity_aligned_error_mm=_mean(similarity_aligned(p, t)) if len(p) else None,
    )


@dataclass(frozen=True, slots=True)
class FrameScores:
    """The result of `frames`.

    Averages named `detected` or `aligned`, and those per joint, leave out undetected frames.
    """

    frames: int
    detected: int
    mean_joint_error_mm: float
    mean_joint_error_detected_mm: float | None
    mean_root_aligned_error_mm: float | None
    mean_similarity_aligned_error_mm: float | None
    per_joint_error_mm: list[float] | None
    frames_max_within_mm: dict[str, float]
    found_within_60_mm: float  # share of frames
    median_ms_per_frame: float
    handedness_accuracy: float | None = None  # of detected frames, if the file says which hand
    # as the mean joint error, of the joints that nothing hides, if the file says which
    mean_visible_joint_error_mm: float | None = None

    def to_json(self) -> dict:
        """The form of docs/design/architecture.md."""
        values = asdict(self)
        for name in ("handedness_accuracy", "mean_visible_joint_error_mm"):
            if values[name] is None:
                del values[name]
        return values


def score_frames(
    predicted_mm: np.ndarray,
    true_mm: np.ndarray,
    milliseconds: list[float],
    hands_right: float | None = None,
    visible: np.ndarray | None = None,
) -> FrameScores:
    """predicted_mm [N, 21, 3] with NaN for undetected frames, against true_mm [N, 21, 3].

    visible: bool [N, 21], joints that nothing hides.
    """
    found = np.isfinite(predicted_mm).all((1, 2))
    p, t = predicted_mm[found].astype(np.float64), true_mm[found].astype(np.float64)
    errors = joint_errors(p, t)
    n, detected = len(true_mm), int(found.sum())
    total = errors.mean(1).sum() if detected else 0.0
    every = np.full(true_mm.shape[:2], UNDETECTED_MM)
    every[found] = errors
    away = np.linalg.norm(p.mean(1) - t.mean(1), axis=-1)
    return FrameScores(
        frames=n,
        detected=detected,
        mean_joint_error_mm=round(float(total + UNDETECTED_MM * (n - detected)) / n, 3),
        mean_joint_error_detected_mm=_mean(errors),
        mean_root_aligned_error_mm=_mean(root_aligned(p, t)),
        mean_similarity_aligned_error_mm=_mean(similarity_aligned(p, t)) if detected else None,
        per_joint_error_mm=[round(float(e), 3) for e in errors.mean(0)] if detected else None,
        frames_max_within_mm=shares(errors, n),
        found_within_60_mm=round(float((away <= FOUND_MM).sum()) / n, 4),
        median_ms_per_frame=round(float(np.median(milliseconds)), 3),
        handedness_accuracy=hands_right,
        mean_visible_joint_error_mm=None if visible is None else _mean(every[visible]),
    )


def _mean(errors: np.ndarray) -> float | None:
    return round(float(errors.mean()), 3) if errors.size else None
