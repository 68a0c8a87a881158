"""Facts of the three public data sets: joints, cameras, parts of the test sets.

Cameras and joints are those of the collection of published predictions,
github.com/xinghaochen/awesome-hand-pose-estimation (`evaluation`): pixels u, v and depth d in mm,
a pinhole without distortion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NYU_JOINTS = (0, 3, 6, 9, 12, 15, 18, 21, 24, 25, 27, 30, 31, 32)  # the 14 of 36 that are scored


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A public test set. The frame of its labels: x right, z forward, y down (up where fy < 0)."""

    name: str
    joint_names: tuple[str, ...]
    fx: float
    fy: float
    cx: float
    cy: float
    root: int  # the joint that root-aligned errors take as the hand's place
    sequences: tuple[tuple[str, int], ...]  # parts of the test set in their order, frames of each

    @property
    def joints(self) -> int:
        return len(self.joint_names)

    @property
    def test_frames(self) -> int:
        return sum(frames for _, frames in self.sequences)


def _chain(fingers: tuple[str, ...], parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{finger}_{part}" for finger in fingers for part in parts)


BENCHMARKS = {
    "nyu": Benchmark(
        name="NYU",
        joint_names=(
            *_chain(("little", "ring", "middle", "index"), ("tip", "pip")),
            *("thumb_tip", "thumb_ip", "thumb_mcp", "wrist_little_side", "wrist_thumb_side"),
            "palm",
        ),
        fx=588.03,
        fy=-587.07,
        cx=320.0,
        cy=240.0,
        root=13,
        sequences=(("person_1", 2440), ("person_2", 5812)),
    ),
    "icvl": Benchmark(
        name="ICVL",
        joint_names=(
            "palm",
            *_chain(("thumb", "index", "middle", "ring", "little"), ("root", "mid", "tip")),
        ),
        fx=240.99,
        fy=240.96,
        cx=160.0,
        cy=120.0,
        root=0,
        sequences=(("test_seq_1", 702), ("test_seq_2", 894)),
    ),
    "msra": Benchmark(
        name="MSRA",
        joint_names=(
            "wrist",
            *_chain(("index", "middle", "ring", "little"), ("mcp", "pip", "dip", "tip")),
            *_chain(("thumb",), ("cmc", "mcp", "ip", "tip")),
        ),
        fx=241.42,
        fy=241.42,
        cx=160.0,
        cy=120.0,
        root=0,
        sequences=tuple(
            (f"P{person}", frames)
            for person, frames in enumerate((8499, 8492, 8412, 8488, 8500, 8497, 8497, 8498, 8492))
        ),
    ),
}
PUBLIC_SETS = tuple(BENCHMARKS)


def project_uvd(points_mm: np.ndarray, benchmark: Benchmark) -> np.ndarray:
    """[..., 3] mm, the labels' frame, -> float64 [..., 3] u, v (px), d (mm); d = 0 gives NaN."""
    x, y, z = np.moveaxis(np.asarray(points_mm, np.float64), -1, 0)
    z = np.where(z == 0, np.nan, z)
    u = x * benchmark.fx / z + benchmark.cx
    v = y * benchmark.fy / z + benchmark.cy
    return np.stack([u, v, z], -1)


def unproject_uvd(uvd: np.ndarray, benchmark: Benchmark) -> np.ndarray:
    """[..., 3] u, v (px), d (mm) -> float64 [..., 3] mm, the labels' frame."""
    u, v, d = np.moveaxis(np.asarray(uvd, np.float64), -1, 0)
    x = (u - benchmark.cx) * d / benchmark.fx
    y = (v - benchmark.cy) * d / benchmark.fy
    return np.stack([x, y, d], -1)
