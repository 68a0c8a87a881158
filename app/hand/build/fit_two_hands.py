"""The prior of two hands near each other, fitted to recordings of both (offline).

    python -m app.hand.build.fit_two_hands --recorded FILE.npz [--out FILE.npz]

The file holds `joints_mm` [T, 2, 21, 3] (0 left, 1 right, NaN where a hand is absent; any
right-handed axes), `recording` [T] and `gap_mm` [T], the space between the hands. Used are frames
with the hands nearer than `FARTHEST_MM` and not in each other. What is written holds mixtures,
never a recorded frame; see app/hand/assets/two_hands.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from app.geometry import rotation_6d
from app.hand.build.asset_file import write_asset
from app.hand.build.fit_poses import EM_STEPS, of_angles
from app.hand.inverse_kinematics import ARTICULATION, fit_angles
from app.hand.kinematics import pose_joints_batch
from app.hand.shape import SPLITS, mean_shape
from app.hand.two_hands import MIRROR, PLACE_MM, TWO_HANDS_FILE
from app.mixture import fit_mixture

LEFT, RIGHT = 0, 1
NEAREST_MM, FARTHEST_MM = 10.0, 150.0
LARGEST_ERROR_MM = 12.0  # of the fitted angles
COMPONENTS = {"train": 24, "test": 8}
TEST_EVERY = 4  # recordings


def read_pairs(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Both hands' joints [n, 2, 21, 3] mm and the recording [n] of each pair."""
    with np.load(path) as file:
        joints, gap, recording = (file[name] for name in ("joints_mm", "gap_mm", "recording"))
    near = np.isfinite(joints).all((1, 2, 3)) & (gap > NEAREST_MM) & (gap < FARTHEST_MM)
    return joints[near].astype(np.float64), recording[near]


def describe_pairs(joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 65 numbers [n, 65] of pairs [n, 2, 21, 3] mm, and the error [n] mm of the worse hand."""
    right = joints[:, RIGHT]
    theta, error = fit_angles(right)
    rotation, size = _alignment(theta, right)
    middle = right.mean(1)
    left = np.einsum("nrc,njr->njc", rotation, joints[:, LEFT] - middle[:, None])
    image = left @ MIRROR
    other, other_error = fit_angles(image)
    turn, _ = _alignment(other, image)
    place = left.mean(1) / size / PLACE_MM
    angles = theta[:, ARTICULATION], other[:, ARTICULATION]
    return np.concatenate([*angles, rotation_6d(turn), place], 1), np.maximum(error, other_error)


def _alignment(theta: np.ndarray, joints: np.ndarray) -> tuple[np.ndarray, float]:
    """Rotations [n, 3, 3], rest axes -> the recording's, and the hand's size over the mean's."""
    local = pose_joints_batch(theta, mean_shape()).astype(np.float64)
    a, b = (x - x.mean(1, keepdims=True) for x in (local, joints))
    u, _, vt = np.linalg.svd(np.einsum("njr,njc->nrc", b, a))
    u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
    size = np.linalg.norm(b, axis=(1, 2)) / np.linalg.norm(a, axis=(1, 2))
    return u @ vt, float(np.median(size))


def fit_prior(recorded: Path) -> dict[str, np.ndarray]:
    """The arrays of the prior's file; see `app.hand.two_hands`."""
    joints, recording = read_pairs(recorded)
    numbers, error = describe_pairs(joints)
    good = error < LARGEST_ERROR_MM
    print(f"{len(joints)} pairs, error {error.mean():.2f} mm, {good.sum()} used")
    held_out = recording % TEST_EVERY == TEST_EVERY - 1
    arrays: dict[str, np.ndarray] = {}
    for split, rows in zip(SPLITS, (good & ~held_out, good & held_out), strict=True):
        x, rng = numbers[rows], np.random.default_rng(0)
        mixture = fit_mixture(x, COMPONENTS[split], rng, EM_STEPS, of_angles(x))
        for name, values in mixture._asdict().items():
            arrays[f"{split}_{name}"] = values.astype(
                np.float16 if name == "factors" else np.float32
            )
        print(f"{split}: {len(x)} pairs, {len(mixture.weights)} components")
    return arrays


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m app.hand.build.fit_two_hands", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--recorded", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=TWO_HANDS_FILE)
    arguments = parser.parse_args(argv)
    print(write_asset(arguments.out, fit_prior(arguments.recorded)))


if __name__ == "__main__":
    main()
