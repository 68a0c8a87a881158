"""What a depth camera makes of a perfect depth image: noise, shadows, ragged edges, holes.

The effects, in the order in which they act: the shadow of a projector beside the camera (scan-line
ordering), foreground fattening of block matching, edge-preserving smoothing, then pixel by pixel
lateral jitter, drop-outs at edges and grazing surfaces (coherent over 2 x 2 pixels), flying pixels,
speckle, axial noise that grows with z^2 with a slowly varying part, disparity quantisation, and
last blob holes. Readings are only removed, moved sideways by about a pixel or disturbed by
millimetres; none appears out of nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.jit import njit

Kind = Literal["structured", "stereo", "flight", "mixed"]
KINDS: tuple[Kind, ...] = ("structured", "stereo", "flight", "mixed")
_SHARES = np.cumsum([0.33, 0.17, 0.35, 0.15])
_FATTENED = {"stereo": 0.6, "structured": 0.35}
_NORMAL = np.random.default_rng(5).standard_normal(4096).astype(np.float32)
_NORMAL = (_NORMAL - _NORMAL.mean()) / _NORMAL.std()
_MASK = np.uint64(4095)
EDGE_MM = 15.0  # neighbours further apart than this are an edge


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


def sample_sensor(rng: np.random.Generator, kind: Kind | None = None) -> SensorModel:
    """A random camera of a kind (structured light, stereo, time of flight,
    or a bit of everything)."""
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


def apply_sensor(
    depth: np.ndarray, far_mm: float, model: SensorModel, fx: float, seed: int
) -> None:
    """Degrades `depth` (float32 [H, W] mm) in place. Pixels at `far_mm` hold no surface;
    readings that the camera loses become `far_mm`. fx: focal length, px.
    The same seed gives the same picture."""
    degrade(depth, float(np.float32(far_mm)), model_row(model), fx, np.uint64(seed))


def model_row(model: SensorModel) -> np.ndarray:
    """float32 [15]: the fields in order, as the compiled code reads them."""
    return np.array(list(vars(model).values()), np.float32)


@njit
def degrade(depth, far, model, fx, seed):
    """The compiled chain behind `apply_sensor`; model: the fields of SensorModel as float32."""
    if model[4] != 0:
        _cast_shadow(depth, far, model[4] * fx)
    for k in range(int(model[12])):
        _grow_front(depth, k)
    for _ in range(int(model[10])):
        _smooth(depth, far)
    state = _disturb(depth, far, model, seed)
    _punch_holes(depth, far, int(model[8]), model[9], state)


@njit
def _next(state):
    """A 64-bit linear congruential step (Knuth's MMIX constants); use the upper bits."""
    return state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)


@njit
def _uniform(state):
    return np.float32(state >> np.uint64(40)) * np.float32(1 / 16777216)


@njit
def _block(seed, y, x):
    """Uniform in 0..1, the same for the whole 2 x 2 block of (y, x)."""
    h = seed ^ (np.uint64(y >> 1) * np.uint64(0x9E3779B97F4A7C15))
    h ^= np.uint64(x >> 1) * np.uint64(0xC2B2AE3D27D4EB4F)
    h = (h ^ (h >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return _uniform(h ^ (h >> np.uint64(29)))


@njit
def _cast_shadow(depth, far, reach):
    """Removes what the projector cannot see: along a row its rays must keep their order.
    reach: baseline * fx."""
    height, width = depth.shape
    for y in range(height):
        first = np.float32(1e9)
        for k in range(width):
            x = width - 1 - k if reach > 0 else k
            place = (x if reach > 0 else -x) - abs(reach) / depth[y, x]
            if place > first + 0.5:
                depth[y, x] = far
            elif place < first:
                first = place


@njit
def _grow_front(depth, step):
    """Each pixel takes the nearest depth of a 2 x 2 window,
    which block matching does to thin things."""
    height, width = depth.shape
    shift = 1 if step == 0 else -1
    for i in range(height):
        y = i if shift > 0 else height - 1 - i
        for k in range(width):
            x = k if shift > 0 else width - 1 - k
            if 0 <= x + shift < width and depth[y, x + shift] < depth[y, x]:
                depth[y, x] = depth[y, x + shift]
            if 0 <= y + shift < height and depth[y + shift, x] < depth[y, x]:
                depth[y, x] = depth[y + shift, x]


@njit
def _smooth(depth, far):
    """3 x 3 mean over the neighbours that lie within 12 mm."""
    height, width = depth.shape
    before = depth.copy()
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            centre = before[y, x]
            if centre >= far:
                continue
            total, count = np.float32(0), np.float32(0)
            for j in range(y - 1, y + 2):
                for i in range(x - 1, x + 2):
                    if abs(before[j, i] - centre) < 12:
                        total += before[j, i]
                        count += 1
            depth[y, x] = total / count


@njit
def _disturb(depth, far, model, seed):
    """Jitter, drop-outs, flying pixels, speckle, noise and quantisation, pixel by pixel.

    One random step a pixel feeds, from its upper bits down, the two jitters and the axial noise.
    """
    height, width = depth.shape
    before = depth.copy()
    state = _next(_next(seed ^ np.uint64(0x5DEECE66D)))
    across = _wave(width, model[14], _next(state)) * model[13]
    down = _wave(height, model[14] * np.float32(1.2), _next(_next(state)))
    lateral, edge_drop, grazing = model[2], model[5], model[6]
    harmless = grazing if grazing > 0 else np.float32(EDGE_MM)  # steps up to this
    for y in range(height):
        above, below = max(y - 1, 0), min(y + 1, height - 1)
        for x in range(width):
            a, b = before[y, max(x - 1, 0)], before[y, min(x + 1, width - 1)]
            c, d = before[above, x], before[below, x]
            low, high = min(min(a, b), min(c, d)), max(max(a, b), max(c, d))
            value = before[y, x]
            if value >= far and low >= far:
                continue
            state = _next(state)
            if lateral > 0:
                i = int(x + np.float32(0.5) + lateral * _NORMAL[state >> np.uint64(52)])
                j = int(y + np.float32(0.5) + lateral * _NORMAL[(state >> np.uint64(40)) & _MASK])
                value = before[min(max(j, 0), height - 1), min(max(i, 0), width - 1)]
            if value >= far:
                depth[y, x] = far
                continue
            step = max(high, value) - min(low, value)
            if step > harmless:
                lot = _block(seed, y, x)
                if lot < (edge_drop if step > EDGE_MM else np.float32(0.6) * edge_drop):
                    depth[y, x] = far
                    continue
                if step > EDGE_MM and lot > 1 - model[11]:
                    front = min(low, value)
                    back = min(max(high, value), front + 60)
                    value = front + (back - front) * _uniform(_next(state ^ seed))
            if model[7] > 0 and _uniform(_next(state)) < model[7]:
                depth[y, x] = far
                continue
            growth = value * value * np.float32(4e-6)
            value += (model[0] + model[1] * growth) * _NORMAL[(state >> np.uint64(28)) & _MASK]
            value += growth * across[x] * down[y]
            if model[3] > 0:
                value = model[3] / math.floor(model[3] / value + np.float32(0.5))
            depth[y, x] = value
    return state


@njit
def _wave(length, period, state):
    """float32 [length] in -1..1: a sine of the period with a slow wobble in its phase."""
    wave = np.empty(length, np.float32)
    phase = _uniform(state) * 6.2832
    for k in range(length):
        angle = k * 6.2832 / max(period, 2.0)
        wave[k] = math.sin(angle + phase + 1.5 * math.sin(0.37 * angle + 2 * phase))
    return wave


@njit
def _punch_holes(depth, far, count, largest, state):
    """Round regions without reading."""
    height, width = depth.shape
    for _ in range(count):
        state = _next(state)
        x0 = _uniform(state) * width
        state = _next(state)
        y0 = _uniform(state) * height
        state = _next(state)
        radius = 1 + _uniform(state) * largest
        for y in range(max(0, int(y0 - radius)), min(height, int(y0 + radius) + 2)):
            for x in range(max(0, int(x0 - radius)), min(width, int(x0 + radius) + 2)):
                if (x - x0) ** 2 + (y - y0) ** 2 < radius * radius:
                    depth[y, x] = far
