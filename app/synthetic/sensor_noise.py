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

import numpy as np

from app.jit import njit
from app.synthetic.sensor_models import SensorModel, sensor_record

_NORMAL = np.random.default_rng(5).standard_normal(4096).astype(np.float32)
_NORMAL = (_NORMAL - _NORMAL.mean()) / _NORMAL.std()
_MASK = np.uint64(4095)
EDGE_MM = 15.0  # neighbours further apart than this are an edge


def apply_sensor(
    depth: np.ndarray, far_mm: float, model: SensorModel, fx: float, seed: int
) -> None:
    """Degrades `depth` (float32 [H, W] mm) in place.

    Pixels at `far_mm` hold no surface; readings that the camera loses become `far_mm`. fx: focal
    length, px. The same seed gives the same picture.
    """
    degrade(depth, float(np.float32(far_mm)), sensor_record(model), fx, np.uint64(seed))


@njit
def degrade(depth, far, sensor, fx, seed):
    """The compiled chain behind `apply_sensor`; sensor: a record of SENSOR."""
    if sensor["shadow_mm"] != 0:
        _cast_shadow(depth, far, sensor["shadow_mm"] * fx)
    for k in range(sensor["fatten"]):
        _grow_front(depth, k)
    for _ in range(sensor["smooth"]):
        _smooth(depth, far)
    state = _disturb(depth, far, sensor, seed)
    _punch_holes(depth, far, sensor["holes"], sensor["hole_px"], state)


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

    reach: baseline * fx.
    """
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
    """Each pixel takes the nearest of a 2 x 2 window, as block matching fattens thin things."""
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
def _disturb(depth, far, sensor, seed):
    """Jitter, drop-outs, flying pixels, speckle, noise and quantisation, pixel by pixel.

    One random step a pixel feeds, from its upper bits down, the two jitters and the axial noise.
    """
    height, width = depth.shape
    before = depth.copy()
    state = _next(_next(seed ^ np.uint64(0x5DEECE66D)))
    period = sensor["ripple_px"]
    across = _wave(width, period, _next(state)) * sensor["ripple_mm"]
    down = _wave(height, period * np.float32(1.2), _next(_next(state)))
    grazing = sensor["grazing_mm"]
    harmless = grazing if grazing > 0 else np.float32(EDGE_MM)  # steps up to this
    for y in range(height):
        for x in range(width):
            low, high = _range_beside(before, y, x)
            value = before[y, x]
            if value >= far and low >= far:
                continue
            state = _next(state)
            if sensor["lateral_px"] > 0:
                value = _jittered(before, y, x, sensor["lateral_px"], state)
            step = max(high, value) - min(low, value)
            if value < far and step > harmless:
                value = _at_edge(value, low, high, far, sensor, _block(seed, y, x), state ^ seed)
            speckle = sensor["speckle"]
            if value >= far or (speckle > 0 and _uniform(_next(state)) < speckle):
                depth[y, x] = far
                continue
            growth = value * value * np.float32(4e-6)
            spread = sensor["axial_mm"] + sensor["axial_500_mm"] * growth
            value += spread * _NORMAL[(state >> np.uint64(28)) & _MASK]
            value += growth * across[x] * down[y]
            if sensor["disparity"] > 0:
                value = sensor["disparity"] / math.floor(
                    sensor["disparity"] / value + np.float32(0.5)
                )
            depth[y, x] = value
    return state


@njit
def _range_beside(depth, y, x):
    """Least and greatest depth of a pixel's four neighbours."""
    height, width = depth.shape
    a, b = depth[y, max(x - 1, 0)], depth[y, min(x + 1, width - 1)]
    c, d = depth[max(y - 1, 0), x], depth[min(y + 1, height - 1), x]
    return min(min(a, b), min(c, d)), max(max(a, b), max(c, d))


@njit
def _jittered(depth, y, x, spread_px, state):
    """Depth of a pixel near (y, x)."""
    height, width = depth.shape
    i = int(x + np.float32(0.5) + spread_px * _NORMAL[state >> np.uint64(52)])
    j = int(y + np.float32(0.5) + spread_px * _NORMAL[(state >> np.uint64(40)) & _MASK])
    return depth[min(max(j, 0), height - 1), min(max(i, 0), width - 1)]


@njit
def _at_edge(value, low, high, far, sensor, lot, state):
    """Depth at an edge or a grazing surface: as it is, lost, or between front and back."""
    edge = max(high, value) - min(low, value) > EDGE_MM
    drop = sensor["edge_drop"]
    if lot < (drop if edge else np.float32(0.6) * drop):
        return far
    if edge and lot > 1 - sensor["flying"]:
        front = min(low, value)
        back = min(max(high, value), front + 60)
        return front + (back - front) * _uniform(_next(state))
    return value


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
