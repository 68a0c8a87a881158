"""`python -m app.evaluation radii`: the radii of the refinement's capsules, fitted anew.

Rendered crops of the training split with their true joints: every seen point belongs to the capsule
whose surface is closest, and least squares with fading weights (as in `app.inference.surface`) give
the radii of the mean hand at both ends of each. Prints `app.hand.capsules.SURFACE_RADII_MM` as it
should be, and how far the seen points lie from the surface.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass

import numpy as np

from app.data.sample import Batch
from app.data.synthetic import CropSource
from app.evaluation.report import print_json
from app.frames import HandCrop
from app.hand.capsules import SURFACE_RADII_MM
from app.inference.surface import (
    AT_WRIST,
    CLIP_MM,
    MIDDLE_CHAIN,
    NEAR_WRIST,
    closest_surface,
    seen_points,
)
from app.skeleton import MEAN_HAND_MM, bone_lengths

SEED = 92
ROUNDS = 8
STIFF = 5.0  # points' worth of the present radius: some ends are hardly seen


@dataclass(frozen=True, slots=True)
class Fit:
    """Radii of the mean hand, and distances of the seen points from the surface, mm."""

    radii_mm: list[list[float]]  # [26][2]
    median_mm: float
    p90_mm: float
    before_median_mm: float  # with the radii that are in use


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `radii`."""
    parser.add_argument("--frames", type=int, default=400, metavar="N", help="default: 400")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Fit and print."""
    fit = fit_radii(CropSource(SEED, "train", {"clutter": False}).batch(0, args.frames))
    if args.json:
        print_json(asdict(fit))
        return 0
    print("\n".join(f"[{a}, {b}]," for a, b in fit.radii_mm))
    print(f"points off the surface: median {fit.median_mm} mm, one in ten {fit.p90_mm} mm")
    print(f"with the radii in use: median {fit.before_median_mm} mm")
    return 0


def fit_radii(batch: Batch) -> Fit:
    """Least squares over all points that the crops show."""
    hands = [_hand(batch, k) for k in range(len(batch)) if batch.present[k]]
    radii = SURFACE_RADII_MM.copy()
    before = np.abs(np.concatenate([_distances(hand, radii)[2] for hand in hands]))
    for _ in range(ROUNDS):
        radii = _improved(hands, radii)
    off = np.abs(np.concatenate([_distances(hand, radii)[2] for hand in hands]))
    return Fit(
        np.round(radii, 1).tolist(),
        round(float(np.median(off)), 2),
        round(float(np.percentile(off, 90)), 2),
        round(float(np.median(before)), 2),
    )


Hand = tuple[np.ndarray, np.ndarray, float]  # points [n, 3], joints [21, 3], size over the mean's


def _hand(batch: Batch, k: int) -> Hand:
    half = float(batch.cube_mm[k]) / 2
    centre = np.array([0, 0, half / float(batch.perspective[k])], np.float32)
    crop = HandCrop(batch.images[k], centre, 2 * half, np.eye(3, dtype=np.float32))
    joints = batch.joints[k].astype(np.float64) * half
    return seen_points(crop), joints, bone_lengths(joints)[MIDDLE_CHAIN].sum() / MEAN_HAND_MM


def _distances(hand: Hand, radii: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Segment, share along it and signed distance of each point that is not the forearm's."""
    points, joints, size = hand
    segment, share, _, distance = closest_surface(points, joints, radii * size)
    hands_own = ~(AT_WRIST[segment] & (share <= NEAR_WRIST))
    return segment[hands_own], share[hands_own], distance[hands_own]


def _improved(hands: list[Hand], radii: np.ndarray) -> np.ndarray:
    """One round: each point's capsule as it is, all radii [26, 2] at once."""
    n = radii.size
    hessian, gradient = STIFF * np.eye(n), np.zeros(n)
    for hand in hands:
        segment, share, distance = _distances(hand, radii)
        rows = np.zeros((len(distance), n))
        each = np.arange(len(distance))
        rows[each, 2 * segment] = hand[2] * (1 - share)
        rows[each, 2 * segment + 1] = hand[2] * share
        weight = 1 / (1 + (distance / CLIP_MM) ** 2) ** 2
        hessian += (rows * weight[:, None]).T @ rows
        gradient += rows.T @ (weight * distance)
    return np.maximum(radii + np.linalg.solve(hessian, gradient).reshape(radii.shape), 2.0)
