"""Which depth unit or focal length makes a hand of a picture? Tried by looking for one under each.

Under a wrong unit the search finds nothing, or something that the network does not believe in, or
a hand of a size that no hand has. Measured on a real recording: confidence 0.97 with the true unit,
0.66 at half, 0.05 at twice, none at eight times.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.capture.camera_presets import camera_of
from app.config import CameraConfig, EstimatorConfig
from app.engine.engine import Engine
from app.frames import DepthFrame
from app.inference.camera_check import Finding
from app.inference.hand_size import measure_scale
from app.inference.single_frame import FrameEstimator
from app.segmentation.tracker import SURE
from app.skeleton import MEAN_HAND_MM

# In use: SR300 and its kin, SR305, RGB-D benchmarks, L515, most others, centimetres.
UNITS_MM = (0.1, 0.125, 0.2, 0.25, 1.0, 10.0)
# Of the focal length in use: intrinsics of another image size, or of another camera.
FOCAL_FACTORS = (1 / 3, 0.5, 2 / 3, 1.5, 2.0, 3.0)
SIZE_SPREAD = 0.15  # of the logarithm of a hand's size
BELIEVED = 0.6  # score of a find that is worth telling
SAME = 1e-3  # relative difference of units that are one
BETTER = 0.2  # by which the score exceeds that of the numbers in use


@dataclass(frozen=True, slots=True)
class Trial:
    """What one depth unit gave."""

    unit_mm: float
    confidence: float
    hand_mm: float  # wrist to middle finger tip; 0: no hand
    distance_mm: float
    focal: float = 1.0  # focal length that was tried, over the one in use

    @property
    def score(self) -> float:
        """0..1: the network's confidence, less for a hand of unusual size."""
        if not self.hand_mm:
            return 0.0
        off = math.log(self.hand_mm / MEAN_HAND_MM) / SIZE_SPREAD
        return self.confidence * math.exp(-off * off / 2)


Make = Callable[[Engine, EstimatorConfig], FrameEstimator]


def try_units(
    engine: Engine,
    frame: DepthFrame,
    units_mm: Sequence[float] = UNITS_MM,
    make: Make = FrameEstimator,
) -> list[Trial]:
    """Look for a hand under every unit, afresh; the best first."""
    cameras = [CameraConfig(depth_unit_mm=unit_mm) for unit_mm in units_mm]
    trials = [_try(make, engine, frame, camera) for camera in cameras]
    return sorted(trials, key=lambda trial: -trial.score)


def try_focals(
    engine: Engine,
    frame: DepthFrame,
    factors: Sequence[float] = FOCAL_FACTORS,
    make: Make = FrameEstimator,
) -> list[Trial]:
    """Likewise under every focal length, with the depth unit in use."""
    k, trials = frame.intrinsics, []
    for factor in factors:
        camera = CameraConfig(fx=k.fx * factor, fy=k.fy * factor)
        trials.append(replace(_try(make, engine, frame, camera), focal=factor))
    return sorted(trials, key=lambda trial: -trial.score)


def best_unit(trials: Sequence[Trial]) -> Trial | None:
    """The first of `try_units`, if it is to be believed."""
    return trials[0] if trials and trials[0].score >= BELIEVED else None


def likely_camera(
    engine: Engine, frames: Sequence[DepthFrame], make: Make = FrameEstimator
) -> Finding | None:
    """The depth unit or else the focal length that makes a hand of these frames of one source.

    None: the numbers in use do as well as any, or none shows a hand.
    """
    used = [_try(make, engine, frame, CameraConfig()) for frame in frames]
    units = [u for u in UNITS_MM if all(abs(u / f.depth_unit_mm - 1) > SAME for f in frames)]
    tried = _best_of_all([try_units(engine, frame, units, make) for frame in frames], used)
    if tried is None:
        tried = _best_of_all([try_focals(engine, frame, make=make) for frame in frames], used)
    return None if tried is None else describe_trial(tried, frames[0])


def describe_trial(trial: Trial, frame: DepthFrame) -> Finding:
    """What a trial other than that of the numbers in use says about them."""
    seen = f"a hand of {trial.hand_mm:.0f} mm is seen {trial.distance_mm / 10:.0f} cm away"
    used = camera_of(frame.intrinsics, frame.depth_unit_mm)
    if trial.focal == 1.0:
        unit = f"{trial.unit_mm:g} mm"
        text = f"The depth unit looks wrong: with {unit}, not {frame.depth_unit_mm:g} mm, {seen}"
        return Finding("wrong", text, replace(used, depth_unit_mm=trial.unit_mm), f"Use {unit}")
    better = replace(used, fx=used.fx * trial.focal, fy=used.fy * trial.focal)
    text = f"The focal length looks wrong: with {better.fx:.0f} px, not {used.fx:.0f} px, {seen}"
    return Finding("wrong", text, better, f"Use {better.fx:.0f} px")


def _try(make: Make, engine: Engine, frame: DepthFrame, camera: CameraConfig) -> Trial:
    hand = make(engine, EstimatorConfig(camera=camera)).find(frame, SURE)
    unit_mm = camera.depth_unit_mm or frame.depth_unit_mm
    if hand is None:
        return Trial(unit_mm, 0.0, 0.0, 0.0)
    joints = hand.joints_mm
    size_mm = measure_scale(joints) * MEAN_HAND_MM
    return Trial(unit_mm, hand.confidence, size_mm, float(joints[:, 2].mean()))


def _best_of_all(tried: Sequence[Sequence[Trial]], used: Sequence[Trial]) -> Trial | None:
    """Of the camera with the best mean score over the frames its best frame, if it is believed."""
    by_camera: dict[tuple[float, float], list[Trial]] = {}
    for trial in (trial for trials in tried for trial in trials):
        by_camera.setdefault((trial.unit_mm, trial.focal), []).append(trial)
    best = max(by_camera.values(), key=_mean_score, default=[])
    if not best or _mean_score(best) < max(BELIEVED, _mean_score(used) + BETTER):
        return None
    return max(best, key=lambda trial: trial.score)


def _mean_score(trials: Sequence[Trial]) -> float:
    return sum(trial.score for trial in trials) / len(trials)
