"""Find hands in a full frame, with a body and furniture behind them, a knee or a cup before them.

Two finders propose centres. With a heat map network (`app/model/localiser.py`) its peaks are used;
without one the classical candidates of `candidates.py`. Either way the surface round each proposal
gives the centre, and a `verify` function (the discriminator's belief that a crop shows a hand) may
re-score the best few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from app.frames import CUBE_MM, DepthFrame, HandCrop, HandRegion, read_only
from app.segmentation.blob import SURFACE_TO_JOINTS_MM, find_blob
from app.segmentation.candidates import describe, find_candidates, hand_probability, sigmoid
from app.segmentation.canvas import REFERENCE_MM, Canvas, canvas_input, make_canvas
from app.segmentation.crop import make_crop

Heatmap = Callable[[np.ndarray], np.ndarray]  # float32 [1, 2, h, w] -> float32 [1, 2, h/4, w/4]
Verify = Callable[[HandCrop], float]  # -> 0..1
Scored = tuple[float, np.ndarray]  # score, centre [3] mm
STRIDE = 4  # canvas pixels of one cell of the heat map
SPREAD_MM = 25.0  # of the target's Gaussian
LEAST_SPREAD = 0.8  # of it, in cells
MIN_HEAT = 0.08  # peaks of the network below this are not looked at
HEAT_BOUND = 2.0  # no score is more than this times the peak: what the surface may add
PEAK_STEPS = 2  # of refinement from a peak; more lead from the joints' mean towards the wrist
ZOOM = 2.0  # of the canvas of a second search, for hands too far away for the first
FAR_MM = (800.0, 1800.0)  # where it looks for them
FAR_SCORE = 0.85  # of a hand found so: of 60 rendered scenes without one none shows it
APART_MM = 90.0  # two hands are further apart than this
MIN_SCORE = 0.3  # below: no hand
MIN_AREA_MM2 = 1200.0  # a hand seen along its fingers shows about twice that


class HandLocator:
    """With `heatmap`, the network (layout: `localiser_input`, `localiser_target`), or without."""

    def __init__(
        self, heatmap: Heatmap | None = None, verify: Verify | None = None, top_k: int = 3
    ):
        self.heatmap = heatmap
        self.verify = verify
        self.top_k = top_k  # how many candidates `verify` looks at

    def locate(
        self,
        frame: DepthFrame,
        limit: int = 4,
        cube_mm: float = CUBE_MM,
        min_score: float = MIN_SCORE,
        far: bool = True,
    ) -> list[HandRegion]:
        """Hands in the frame, best first, at most `limit`; an empty list is "no hand".

        far: where there is none, look once more for one that is too far away to be found at first;
        that takes some four times as long.
        """
        found = self._search(frame, limit, cube_mm, 1.0)
        if far and self.heatmap is not None and not any(s >= min_score for s, _ in found):
            again = self._search(frame, limit, cube_mm, ZOOM)
            found = [(s, c) for s, c in again if s >= FAR_SCORE and _is_far(c[2])]
        return [HandRegion(read_only(c.copy()), s) for s, c in found[:limit] if s >= min_score]

    def _search(self, frame: DepthFrame, limit: int, cube_mm: float, zoom: float) -> list[Scored]:
        """Best first; with `zoom` a hand looks to the network as one so many times nearer."""
        canvas = make_canvas(frame, zoom=zoom)
        if zoom > 1 and not _has_far_readings(canvas):
            return []
        if self.heatmap is None:
            points, features = find_candidates(canvas)
            scores = hand_probability(features)
            best = np.argsort(-scores)[: limit + 2]
            centres, scores = find_surfaces(canvas, points[best], scores[best], cube_mm, steps=4)
        else:
            seen_mm = canvas.depth_mm / np.float32(zoom)
            answer = np.asarray(self.heatmap(canvas_input(seen_mm)[None]))[0]
            points, heat = heatmap_peaks(answer, canvas, 2 * limit, zoom=zoom)
            centres, heat = find_surfaces(canvas, points, heat, cube_mm)
            scores = hand_probability(describe(canvas, centres), heat)
            scores = np.minimum(scores, HEAT_BOUND * heat)
        found = _best_first(zip(scores.tolist(), centres, strict=True))
        if self.verify is not None:
            found = _verified(self.verify, frame, found[: self.top_k], cube_mm)
        return found

    def follow(
        self, frame: DepthFrame, previous_centre_mm: np.ndarray, cube_mm: float = CUBE_MM
    ) -> HandRegion | None:
        """The surface near where the hand was, without looking elsewhere; None: it is gone."""
        blob = find_blob(frame, previous_centre_mm, cube_mm)
        if blob is None or blob.area_mm2 < MIN_AREA_MM2:
            return None
        return HandRegion(read_only(blob.centre_mm), 1.0, tracked=True)


def _has_far_readings(canvas: Canvas) -> bool:
    """Is there enough in FAR_MM to be a hand?"""
    far = canvas.depth_mm[_is_far(canvas.depth_mm)]
    return float((far * far).sum()) / canvas.focal**2 >= MIN_AREA_MM2


def _is_far(depth_mm: np.ndarray) -> np.ndarray:
    return (depth_mm >= FAR_MM[0]) & (depth_mm <= FAR_MM[1])


def _best_first(found: Iterable[Scored]) -> list[Scored]:
    return sorted(found, key=lambda pair: -pair[0])


def _verified(
    verify: Verify, frame: DepthFrame, found: list[Scored], cube_mm: float
) -> list[Scored]:
    crops = [make_crop(frame, centre, cube_mm) for _, centre in found]
    beliefs = [verify(crop) for crop in crops]
    return _best_first(
        (float(np.sqrt(score * belief)), centre)
        for (score, centre), belief in zip(found, beliefs, strict=True)
    )


def find_surfaces(
    canvas: Canvas,
    points: np.ndarray,
    scores: np.ndarray,
    cube_mm: float = CUBE_MM,
    steps: int = PEAK_STEPS,
) -> tuple[np.ndarray, np.ndarray]:
    """The centres float32 [n, 3] of the surfaces at the points, best first, and their scores [n].

    Points without a surface of a hand's least size, and those that lead to a centre found already,
    are left out.
    """
    centres: list[np.ndarray] = []
    kept: list[float] = []
    for point, score in zip(points, scores, strict=True):
        blob = find_blob(canvas, point, cube_mm, steps)
        if blob is None or blob.area_mm2 < MIN_AREA_MM2:
            continue
        if all(np.linalg.norm(blob.centre_mm - c) > APART_MM for c in centres):
            centres.append(blob.centre_mm)
            kept.append(float(score))
    return np.array(centres, np.float32).reshape(-1, 3), np.array(kept)


def localiser_target(canvas: Canvas, centres_mm: np.ndarray) -> np.ndarray:
    """What the network should answer: float32 [2, h/4, w/4].

    Channel 0: the probability of a hand's centre (mean of its 21 joints), a Gaussian of 25 mm round
    each; the network gives its logit. Channel 1: log(z / 600 mm) of the centre where channel 0 is
    above 0.05, else 0. Cell (i, j) is centred on canvas pixel (column 4 j + 1.5, row 4 i + 1.5).
    centres_mm: [n, 3], camera frame, n may be 0.
    """
    rows, columns = canvas.depth_mm.shape[0] // STRIDE, canvas.depth_mm.shape[1] // STRIDE
    target = np.zeros((2, rows, columns), np.float32)
    i, j = np.mgrid[:rows, :columns]
    for centre in np.asarray(centres_mm, float).reshape(-1, 3):
        u, v = (canvas.pixels(centre) - (STRIDE - 1) / 2) / STRIDE
        spread = max(SPREAD_MM / centre[2] * canvas.focal / STRIDE, LEAST_SPREAD)
        bump = np.exp(-((j - u) ** 2 + (i - v) ** 2) / (2 * spread**2)).astype(np.float32)
        above = (bump > target[0]) & (bump > 0.05)
        target[1][above] = np.log(centre[2] / REFERENCE_MM)
        target[0] = np.maximum(target[0], bump)
    return target


def heatmap_peaks(
    output: np.ndarray,
    canvas: Canvas,
    limit: int = 8,
    floor: float = MIN_HEAT,
    zoom: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Local maxima of the network's answer [2, h/4, w/4], best first.

    zoom: of the canvas; the network saw everything so many times nearer. Returns centres float
    [n, 3] mm and scores [n] in 0..1.
    """
    heat = sigmoid(output[0].astype(float))
    padded = np.pad(heat, 1)
    shifts = [
        padded[a : a + heat.shape[0], b : b + heat.shape[1]] for a in range(3) for b in range(3)
    ]
    peaks = np.argwhere((heat >= np.max(shifts, 0)) & (heat > floor))
    order = np.argsort(-heat[tuple(peaks.T)])[:limit]
    centres, scores = [], []
    for i, j in peaks[order]:
        patch = padded[i : i + 3, j : j + 3]
        di, dj = (np.arange(-1, 2) @ patch.sum(1), patch.sum(0) @ np.arange(-1, 2)) / patch.sum()
        pixel = np.array([j + dj, i + di]) * STRIDE + (STRIDE - 1) / 2
        z = zoom * REFERENCE_MM * np.exp(float(output[1, i, j]))
        centres.append(canvas.points(pixel, _snap(canvas, pixel, z)))
        scores.append(heat[i, j])
    return np.array(centres).reshape(-1, 3), np.array(scores)


def _snap(canvas: Canvas, pixel: np.ndarray, z: float, radius_mm: float = 40.0) -> float:
    """The network's guess of a joint's depth, mm, brought to the surface seen by the pixel."""
    half = max(2, int(radius_mm / z * canvas.focal))
    u, v = np.round(pixel).astype(int)
    patch = canvas.depth_mm[max(v - half, 0) : v + half + 1, max(u - half, 0) : u + half + 1]
    surface = patch[(patch > 0) & (np.abs(patch + SURFACE_TO_JOINTS_MM - z) < 60)]
    return float(np.median(surface)) + SURFACE_TO_JOINTS_MM if surface.size > 4 else z
