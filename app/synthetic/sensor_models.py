"""How much each kind of depth camera spoils its picture: the settings of `sensor_noise`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

Kind = Literal["structured", "stereo", "flight", "mixed"]
KINDS: tuple[Kind, ...] = ("structured", "stereo", "flight", "mixed")
_SHARES = np.cumsum([0.33, 0.17, 0.35, 0.15])
_FATTENED = {"stereo": 0.6, "structured": 0.35}


@dataclass(frozen=True)
class SensorModel:
    """One camera. All zero: a perfect one."""

    axial_mm: float = 0.0  # standard deviation of the depth noise, near
    axial_500_mm: float = 0.0  # the part that grows with z^2, at 500 mm
    lateral_px: float = 0.0  # standard deviation of the sideways jitter
    disparity: float = 0.0  # depth is rounded to disparity / integer (mm); 0 = off
    shadow_mm: float = 0.0  # baseline to the projector, its sign the side
    edge_drop: float = 0.0  # share of 2 x 2 blocks without reading at edges
    grazing_mm: float = 0.0  # depth steps above this count as grazing and may drop out; 0 = off
    speckle: float = 0.0  # share of lone missing pixels
    holes: int = 0  # blobs without reading
    hole_px: float = 4.0  # their largest radius
    smooth: int = 0  # passes of the edge-preserving 3 x 3 mean
    flying: float = 0.0  # share of edge pixels that float between front and back
    fatten: int = 0  # passes that grow the nearer surface by up to a pixel
    ripple_mm: float = 0.0  # amplitude of the slowly varying error
    ripple_px: float = 12.0  # and its period


# A SensorModel as compiled code takes it: the fields under their own names.
SENSOR = np.dtype(
    [(f.name, np.int32 if isinstance(f.default, int) else np.float32) for f in fields(SensorModel)]
)


def sample_sensor(rng: np.random.Generator, kind: Kind | None = None) -> SensorModel:
    """A random camera of a kind: structured light, stereo, time of flight or a bit of all."""
    u = rng.random(24).tolist()
    if kind is None:
        kind = KINDS[int(np.searchsorted(_SHARES[:-1], u[0], side="right"))]
    triangulates = kind in ("structured", "stereo") or (kind == "mixed" and u[1] < 0.5)
    side = 1.0 if u[2] < 0.5 else -1.0
    return SensorModel(
        axial_mm=0.05 + u[3] ** 2 * (1.8 if kind == "stereo" else 0.8),
        axial_500_mm=u[4] ** 1.5 * {"structured": 0.5, "stereo": 1.6}.get(kind, 1.4),
        lateral_px=u[5] ** 2 * (0.5 if kind == "structured" else 0.7),
        disparity=1.5e5 + u[6] * 4.5e5 if triangulates and u[7] < 0.75 else 0.0,
        shadow_mm=side * (15 + 60 * u[8]) if triangulates and u[9] < 0.85 else 0.0,
        edge_drop=u[10] ** 3 * (0.35 if kind == "flight" else 0.5),
        grazing_mm=5 + 12 * u[11],
        speckle=u[12] ** 2 * 0.008 if u[13] < 0.3 else 0.0,
        holes=1 + int(u[14] * 4) if u[15] < 0.2 else 0,
        hole_px=2 + 8 * u[16] ** 2,
        smooth=int(np.searchsorted([0.2, 0.6] if kind == "structured" else [0.4, 0.8], u[17])),
        flying=u[18] * (0.35 if kind == "flight" else 0.15) if u[19] < 0.5 else 0.0,
        fatten=(1 + int(u[21] < 0.3)) if u[20] < _FATTENED.get(kind, 0.1) else 0,
        ripple_mm=u[22] ** 2 * (3.0 if kind in ("stereo", "mixed") else 1.5),
        ripple_px=6 + 18 * u[23],
    )


def sensor_record(model: SensorModel) -> np.void:
    """The model as one record of SENSOR."""
    record: np.void = np.array([tuple(vars(model).values())], SENSOR)[0]
    return record
