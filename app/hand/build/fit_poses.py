"""Recorded hand poses to joint angles of our rig, and a pose prior fitted to them (offline).

    python -m app.hand.build.fit_poses --recorded FILE.npz --static FILE [FILE ...] [--out FILE.npz]

`--recorded`: key frames of 17 bones, position in m and quaternion xyzw (the format of Intel's
animbank). `--static`: `.handpose` files of npm `handy-work`, or hand configurations of npm `iwer`
(`.js`); both are WebXR joints. Angles come from a damped Gauss-Newton fit (Levenberg-Marquardt) of
all frames at once; the mixtures from EM. What is written holds mixtures and the static poses, never
a recorded frame; see app/hand/assets/pose_prior.md.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np

from app.hand import kinematics as kin
from app.hand.build.asset_file import write_asset
from app.hand.inverse_kinematics import ARTICULATION, fit_angles
from app.hand.prior import PRIOR_FILE
from app.hand.recorded_poses import read_recorded, split_blocks
from app.mixture import Shrinkage, fit_mixture

OUTPUT = PRIOR_FILE
WEBXR_JOINTS = (0, 1, 2, 3, 4, *(5 * f + k for f in range(1, 5) for k in (1, 2, 3, 4)))
WEBXR_FINGERS = ("index", "middle", "ring", "pinky")
STATIC = (".handpose", ".js")
EM_STEPS = 60
LEAST_SPREAD_DEG = 2.0
CORRELATION_KEPT = 0.75


def read_static(path: Path) -> np.ndarray:
    """float64 [n, 21, 3] mm of right hands from one `.handpose` or iwer configuration."""
    if path.suffix == ".handpose":
        numbers = np.frombuffer(path.read_bytes(), "<f4").astype(np.float64)
        count = int(numbers[0])
        hands = numbers[1 : 1 + 32 * count].reshape(2, count, 16)[..., 12:15] * 1000
        hands[0, :, 0] *= -1  # the left hand, mirrored
        used = [h for h in hands if np.ptp(h, axis=0).max() > 50]
        return np.stack(used)[:, WEBXR_JOINTS]
    text = path.read_text()
    places = {
        name: [float(x) for x in numbers.split(",") if x.strip()][12:15]
        for name, numbers in re.findall(r"'?([\w-]+)'?: \{\s*offsetMatrix: \[([^\]]*)\]", text)
    }
    parts = ("proximal", "intermediate", "distal")
    names = ["wrist", "thumb-metacarpal", "thumb-phalanx-proximal", "thumb-phalanx-distal"]
    names.append("thumb-tip")
    for finger in WEBXR_FINGERS:
        names += [f"{finger}-finger-phalanx-{part}" for part in parts] + [f"{finger}-finger-tip"]
    return np.array([[places[name] for name in names]]) * np.array([-1000.0, 1000, 1000])


def of_angles(theta: np.ndarray) -> Shrinkage:
    """What holds a mixture of joint angles [n, d] rad: no component for a few frames.

    Angles of one component are taken for less alike than they are, and each spreads by
    `LEAST_SPREAD_DEG` at least: a recording's poses are few beside all that hands do.
    """
    floor = np.radians(LEAST_SPREAD_DEG) ** 2 * np.eye(theta.shape[1])

    def shrink(covariances: np.ndarray) -> np.ndarray:
        alone = covariances * np.eye(theta.shape[1])
        return CORRELATION_KEPT * covariances + (1 - CORRELATION_KEPT) * alone + floor

    return Shrinkage(np.cov(theta.T) / 4 + floor, shrink, least_mass=8)


def fit_prior(recorded: Path, static: list[Path]) -> dict[str, np.ndarray]:
    """The arrays of the prior file; see `app.hand.prior.PosePrior`."""
    theta, error = fit_angles(read_recorded(recorded))
    print(f"recorded: {len(theta)} frames, error {error.mean():.2f} mm")
    arrays: dict[str, np.ndarray] = {"dofs": np.array(kin.DOFS)}
    for split, rows, k in zip(("train", "test"), split_blocks(len(theta)), (40, 12), strict=True):
        good = rows[error[rows] < 6]
        angles, rng = theta[good][:, ARTICULATION].astype(np.float64), np.random.default_rng(0)
        mixture = fit_mixture(angles, k, rng, EM_STEPS, of_angles(angles))
        for name, values in mixture._asdict().items():
            arrays[f"{split}_{name}"] = values.astype(np.float32)
        print(f"{split}: {len(good)} frames, {len(mixture.weights)} components")
    still = np.concatenate([_fit_static([p for p in static if p.suffix == s]) for s in STATIC])
    arrays["train_static"] = still[np.arange(len(still)) % 4 != 3]
    arrays["test_static"] = still[3::4]
    return arrays


def _fit_static(files: list[Path]) -> np.ndarray:
    """float32 [n, 28]: the better fitting hand of each file; all files show the same person."""
    hands = [read_static(path) for path in sorted(files)]
    if not hands:
        return np.empty((0, len(ARTICULATION)), np.float32)
    theta, error = fit_angles(np.concatenate(hands))
    best, first = [], 0
    for path, group in zip(sorted(files), hands, strict=True):
        best.append(first + int(np.argmin(error[first : first + len(group)])))
        first += len(group)
        print(f"{path.name}: error {error[best[-1]]:.2f} mm")
    return theta[best][:, ARTICULATION]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m app.hand.build.fit_poses", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--recorded", type=Path, required=True)
    parser.add_argument("--static", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=OUTPUT)
    arguments = parser.parse_args(argv)
    print(write_asset(arguments.out, fit_prior(arguments.recorded, arguments.static)))


if __name__ == "__main__":
    main()
