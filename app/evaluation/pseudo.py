"""Score the network on real hand crops whose labels are image points of another program.

A development check: `python -m app.evaluation.pseudo FILE [--weights FILE]`.

FILE.npz: depth_mm_flat uint16 with offsets [N + 1] and shapes [N, 2], landmarks_px [N, 21, 3]
(x, y, unused) in our joint order. Where a crop lay in its frame is unknown: the hand is taken to
lie on the optical axis. The error of a joint: distance in x and y (of the landmarks: mm = px z / f)
after each set's own mean is subtracted. `in_plane_error_mm` takes the predicted x and y as they
are, `projected_error_mm` as the camera sees them.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.command_line import OneLineParser, exit_code_of
from app.config import EstimatorConfig
from app.engine.engine import Engine
from app.engine.load import load_engine
from app.errors import DataError
from app.evaluation.report import print_json
from app.frames import CUBE_MM, DepthFrame, Intrinsics
from app.inference.refinement import Refiner
from app.inference.refiners import make_refiner
from app.segmentation.crop import crop_to_camera, make_crop
from app.skeleton import JOINT_NAMES

FOCAL_PX = 575.0  # Kinect v1
BEHIND_SURFACE_MM = 10.0  # from the median reading to the hand's centre
BATCH = 64


@dataclass(frozen=True)
class PseudoSample:
    """One crop with the image points that another program saw in the colour image."""

    depth_mm: np.ndarray  # uint16 [H, W]
    points_px: np.ndarray  # float32 [21, 2]

    def centre_depth_mm(self) -> float:
        """Median reading at the landmarks + 10 mm; NaN where none of them has a reading."""
        u, v = np.round(self.points_px).astype(int).T
        inside = (u >= 0) & (v >= 0) & (u < self.depth_mm.shape[1]) & (v < self.depth_mm.shape[0])
        readings = self.depth_mm[v[inside], u[inside]]
        readings = readings[readings > 0]
        return float(np.median(readings)) + BEHIND_SURFACE_MM if readings.size else float("nan")


def read_samples(path: Path) -> list[PseudoSample]:
    """Every crop of the file. Raises DataError."""
    try:
        with np.load(path, allow_pickle=False) as file:
            flat, offsets, shapes = (file[k] for k in ("depth_mm_flat", "offsets", "shapes"))
            points = file["landmarks_px"].astype(np.float32)[..., :2]
            return [
                PseudoSample(flat[a : a + h * w].reshape(h, w), p)
                for a, (h, w), p in zip(offsets, shapes, points, strict=False)
            ]
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"{path} is no file of pseudo-labelled crops", str(error)) from error


def measure(
    samples: list[PseudoSample],
    engine: Engine,
    hand: str,
    cube_mm: float,
    refiner: Refiner | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """In-plane and projected error, each [frames, 21] mm; frames without depth are left out."""
    plane, projected = [], []
    usable = [s for s in samples if np.isfinite(s.centre_depth_mm())]
    for first in range(0, len(usable), BATCH):
        part = usable[first : first + BATCH]
        crops = [_crop(s, hand, cube_mm) for s in part]
        output = engine.estimate(np.stack([c.image for c in crops]))
        joints = output.joints_norm
        if refiner is not None:
            answers = zip(crops, output.z, joints, output.sigma_norm, strict=True)
            joints = np.stack([refiner.refine(*answer)[1] for answer in answers])
        for sample, crop, predicted in zip(part, crops, joints, strict=True):
            camera = crop_to_camera(predicted, crop)
            z = float(crop.centre_mm[2])
            wanted = sample.points_px * z / FOCAL_PX
            plane.append(_apart(camera[:, :2], wanted))
            projected.append(_apart(camera[:, :2] / camera[:, 2:] * z, wanted))
    return np.array(plane), np.array(projected)


def _apart(points: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Distances [21] after each set's own mean is subtracted."""
    return np.linalg.norm((points - points.mean(0)) - (wanted - wanted.mean(0)), axis=-1)


def _crop(sample: PseudoSample, hand: str, cube_mm: float):
    """The crop of the model round the mean landmark, which is put on the optical axis."""
    height, width = sample.depth_mm.shape
    u, v = (float(x) for x in sample.points_px.mean(0))
    intrinsics = Intrinsics(width, height, FOCAL_PX, FOCAL_PX, u, v)
    frame = DepthFrame(0, 0, 0.0, 0.0, sample.depth_mm, intrinsics)
    centre = np.array([0, 0, sample.centre_depth_mm()], np.float32)
    return make_crop(frame, centre, cube_mm, mirrored=hand == "left")


def main(arguments: list[str] | None = None) -> int:
    parser = OneLineParser(prog="python -m app.evaluation.pseudo", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--weights", type=Path, help="default: the shipped ones")
    parser.add_argument("--hand", choices=("left", "right"), default="left")
    parser.add_argument("--cube-mm", type=float, default=CUBE_MM)
    parser.add_argument("--backend", choices=("onnx", "torch"), default="torch")
    parser.add_argument("--refine", type=int, default=0, metavar="N", help="steps of refinement")
    parser.add_argument("--json", action="store_true")
    a = parser.parse_args(arguments)
    return exit_code_of(parser.prog, lambda: _run(a))


def _run(a: argparse.Namespace) -> int:
    weights = None if a.weights is None else str(a.weights)
    engine = load_engine(weights, a.backend)
    refiner = make_refiner(engine, EstimatorConfig(weights=weights, refine=a.refine))
    errors, projected = measure(read_samples(a.file), engine, a.hand, a.cube_mm, refiner)
    result = {
        "frames": len(errors),
        "in_plane_error_mm": round(float(errors.mean()), 3),
        "median_frame_mm": round(float(np.median(errors.mean(1))), 3),
        "projected_error_mm": round(float(projected.mean()), 3),
        "per_joint_mm": {
            name: round(float(e), 1) for name, e in zip(JOINT_NAMES, errors.mean(0), strict=True)
        },
    }
    if a.json:
        print_json(result)
    else:
        print("\n".join(f"{name}: {value}" for name, value in result.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
