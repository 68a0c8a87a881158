"""What the network makes of one cube: crop, estimate, synthesis, and how much to believe it.

No memory of earlier frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.engine.engine import Engine, EngineOutput
from app.frames import DepthFrame, Hand, HandCrop, HandEstimate, read_only
from app.inference.handedness import CLIP, map_residual, side_evidence
from app.inference.refinement import Refiner
from app.inference.timing import Stopwatch
from app.segmentation.crop import camera_to_crop, crop_to_camera, make_crop

GOOD_SIGMA_MM = 8.0  # expected joint error up to which nothing is taken off the confidence
SIGMA_SCALE_MM = 15.0  # an error larger by this takes off a factor of e
GOOD_RESIDUAL = 0.10  # likewise for `map_residual`: half cubes
RESIDUAL_SCALE = 0.30
LOST_SIGMA_MM = 30.0  # no hand is as badly known as this


@dataclass(frozen=True, slots=True)
class CropEstimate:
    """What the network makes of one crop."""

    crop: HandCrop
    z: np.ndarray  # float32 [D]
    joints_mm: np.ndarray  # float32 [21, 3], camera frame
    sigma_mm: float  # expected error, mean over the joints
    presence: float  # probability that there is a hand
    synthesised: np.ndarray | None = None  # float32 [128, 128], in the crop's own frame
    sigmas_norm: np.ndarray | None = None  # float32 [21], of each joint, half cubes

    @property
    def hand(self) -> Hand:
        return "left" if self.crop.mirrored else "right"

    @property
    def sound(self) -> bool:
        """False, and not to be used: a number is not finite, a joint not before the camera."""
        finite = (
            np.isfinite(self.joints_mm).all() and np.isfinite([self.sigma_mm, self.presence]).all()
        )
        return bool(finite and np.isfinite(self.z).all() and (self.joints_mm[:, 2] > 0).all())

    @property
    def centre_mm(self) -> np.ndarray:
        """float32 [3], the joints' mean: where the next crop belongs."""
        return self.joints_mm.mean(0)

    @property
    def off_centre_mm(self) -> float:
        """How far the joints' mean lies from the crop's centre."""
        return float(np.linalg.norm(self.centre_mm - self.crop.centre_mm))

    def belief(self) -> float:
        """0..1, whether this is a hand at all, however well its joints are known.

        That is what the tracker wants to hear.
        """
        if not self.sound:
            return 0.0
        lost = max(self.sigma_mm - LOST_SIGMA_MM, 0.0) / LOST_SIGMA_MM
        return float(np.clip(self.presence, 0, 1) * np.exp(-lost))

    def confidence(self) -> float:
        """0..1 from presence, expected error and, where a map was synthesised, its residual."""
        if not self.sound:
            return 0.0
        doubt = max(self.sigma_mm - GOOD_SIGMA_MM, 0.0) / SIGMA_SCALE_MM
        if self.synthesised is not None:
            residual = min(map_residual(self.crop.image, self.synthesised), CLIP)
            doubt += max(residual - GOOD_RESIDUAL, 0.0) / RESIDUAL_SCALE
        return float(np.clip(self.presence, 0, 1) * np.exp(-doubt))

    def to_hand(self, **values: Any) -> HandEstimate:
        """As a hand of the frame; values: fields that this does not know, or knows less well."""
        known = {
            "hand": self.hand, "confidence": self.confidence(), "joints_mm": self.joints_mm,
            "joints_raw_mm": self.joints_mm, "z": self.z, "crop": self.crop,
            "synthesised": self.synthesised,
        }  # fmt: skip
        return HandEstimate(**(known | values))


EstimateAt = Callable[[np.ndarray], CropEstimate | None]  # a centre, float [3] mm; None: no crop


def is_hand(seen: CropEstimate | None, least_presence: float) -> bool:
    """Is there a hand, with numbers that can be used?"""
    return seen is not None and seen.sound and seen.presence >= least_presence


def settle(
    estimate_at: EstimateAt,
    centre_mm: np.ndarray,
    allowed_mm: float,
    passes: int,
    there: Callable[[CropEstimate | None], bool],
) -> CropEstimate | None:
    """Estimate at the centre; while the joints lie off it, again round them.

    passes: crops after the first. there: is it a hand? One that is not takes no part.
    """
    seen = estimate_at(centre_mm)
    for _ in range(passes):
        if seen is None or not there(seen) or seen.off_centre_mm <= allowed_mm:
            break
        again = estimate_at(seen.centre_mm)
        if again is None or not there(again):
            break
        seen = again
    return seen


def complete(
    engine: Engine,
    refiner: Refiner | None,
    seen: CropEstimate,
    watch: Stopwatch,
    synthesise: bool = True,
) -> CropEstimate:
    """The same estimate, refined where that is wanted, and with its synthesised map."""
    if refiner is not None:
        seen = with_refinement(refiner, seen, watch)
    return with_synthesis(engine, seen, watch) if synthesise else seen


def estimate_crop(engine: Engine, crop: HandCrop, hand: Hand, watch: Stopwatch) -> CropEstimate:
    """Run the network on `crop` (not mirrored) as if it showed this hand."""
    seen = mirror_crop(crop) if hand == "left" else crop
    output = engine.estimate(seen.image[None])
    watch.lap("network")
    return _read(output, 0, seen)


def estimate_both_sides(
    engine: Engine, crop: HandCrop, watch: Stopwatch
) -> tuple[CropEstimate, CropEstimate, float]:
    """Run the network on `crop` and its mirror image: (as right, as left, evidence for right).

    Both come with their synthesised maps.
    """
    crops = (crop, mirror_crop(crop))
    images = np.stack([c.image for c in crops])
    output = engine.estimate(images)
    watch.lap("network")
    maps = engine.synthesise(output.z, crop.perspective)
    watch.lap("synthesise")
    evidence = side_evidence(images, output, maps)
    watch.lap("handedness")
    right, left = (
        replace(_read(output, i, c), synthesised=read_only(maps[i])) for i, c in enumerate(crops)
    )
    return right, left, evidence if np.isfinite(evidence) else 0.0


def hand_presence(engine: Engine, crop: HandCrop) -> float:
    """Probability 0..1 that the crop shows a hand, of either side."""
    output = engine.estimate(np.stack([crop.image, crop.image[:, ::-1]]))
    return float(np.nan_to_num(output.presence).max())


def with_synthesis(engine: Engine, seen: CropEstimate, watch: Stopwatch) -> CropEstimate:
    """The same estimate with its synthesised map."""
    if seen.synthesised is not None or not seen.sound:
        return seen
    synthesised = engine.synthesise(seen.z[None], seen.crop.perspective)[0]
    watch.lap("synthesise")
    return replace(seen, synthesised=read_only(synthesised))


def with_refinement(refiner: Refiner, seen: CropEstimate, watch: Stopwatch) -> CropEstimate:
    """The same estimate, its latent and joints brought nearer to the crop, to be synthesised anew.

    Presence, side and sigma stay: sigma is the network's expected error of its own answer, an upper
    bound now, and what the confidence is scaled to.
    """
    if not seen.sound or seen.sigmas_norm is None:
        return seen
    first = camera_to_crop(seen.joints_mm, seen.crop)
    z, joints = refiner.refine(seen.crop, seen.z, first, seen.sigmas_norm)
    watch.lap("refine")
    if z is seen.z:
        return seen
    joints_mm = read_only(crop_to_camera(joints, seen.crop))
    better = replace(seen, z=read_only(z), joints_mm=joints_mm, synthesised=None)
    return better if better.sound else seen


def cut_crop(
    frame: DepthFrame, centre_mm: np.ndarray, cube_mm: float, watch: Stopwatch
) -> HandCrop | None:
    """The crop round a centre; None where no cube can be there (behind the camera, not finite)."""
    try:
        crop = make_crop(frame, centre_mm, cube_mm)
    except ValueError:
        return None
    finally:
        watch.lap("crop")
    return crop


def mirror_crop(crop: HandCrop) -> HandCrop:
    """The crop flipped in x: a left hand looks like a right one."""
    return replace(
        crop, image=read_only(np.ascontiguousarray(crop.image[:, ::-1])), mirrored=not crop.mirrored
    )


def _read(output: EngineOutput, row: int, crop: HandCrop) -> CropEstimate:
    half = crop.cube_mm / 2
    return CropEstimate(
        crop=crop,
        z=read_only(output.z[row].copy()),
        joints_mm=read_only(crop_to_camera(output.joints_norm[row], crop)),
        sigma_mm=float(output.sigma_norm[row].mean()) * half,
        presence=float(output.presence[row]),
        sigmas_norm=read_only(output.sigma_norm[row].copy()),
    )
