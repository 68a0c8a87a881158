"""The directions in which the explorer moves a hand, each of which does what its name says.

Around the mean hand the decoder is measured: how bend, hook and lean of each finger and the lengths
(`app.hand.features`) change with each entry of the code. Of all changes of the code that move one
of these by so much and leave the others as they are, a direction is the likeliest under the prior:
D = S Jᵀ (J S Jᵀ)⁻¹, with J the slopes and S the prior's covariance. Some directions move several
features together (Curl, Spread, Hook, Hand size). A network that lacks a feature, or has it bound
to another, lacks its direction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.explore.direction_names import POSE_PLANS, SHAPE_PLANS, Plan
from app.frames import read_only
from app.hand.features import POSE_FEATURES, SHAPE_FEATURES, measure_pose, measure_shape
from app.latent.density import prior_gaussian
from app.latent.space import LatentSpace

Decode = Callable[[np.ndarray], np.ndarray]  # z [N, D] -> joints [N, 21, 3]
STEP = 0.02  # of an entry of the code, for its slope
DRAWS = 2000  # for a direction's range
RANGE_PERCENT = (1, 99)  # of the prior's draws
LEAST_REACH = 1.0  # standard deviations a direction spans at least, either way
_BOUND_SHARE = 0.03  # of a feature's variance; with less of its own it is bound to others
_LEAST_SD = {"pose": np.radians(0.5), "shape": 0.002}  # less of a spread is no freedom
_TRUE_SHARE = 0.4  # of what the slopes promise for one deviation, either way


@dataclass(frozen=True, eq=False)
class Direction:
    """A way to change the code. Its coordinate counts standard deviations from the mean hand."""

    name: str
    tip: str  # one sentence: what it does
    axis: np.ndarray  # float32 [n_code]: the code's change for one standard deviation
    reading: np.ndarray  # float32 [n_code]: the coordinate's slope, so that reading @ axis = 1
    centre: np.ndarray  # float32 [n_code]: the code at 0
    low: float  # where its slider ends
    high: float
    group: str = "Fingers"  # heading above it

    @property
    def shape(self) -> bool:
        """It changes the hand, not how it is held."""
        return self.group == "Shape"

    def of(self, z: np.ndarray) -> float:
        """The coordinate of z [D]."""
        return float(self.reading @ (z[: len(self.centre)] - self.centre))

    def move(self, z: np.ndarray, value: float) -> np.ndarray:
        """A copy of z [D] with this coordinate."""
        moved = np.array(z, np.float32)
        moved[: len(self.centre)] += (value - self.of(z)) * self.axis
        return moved


def coordinates(directions: tuple[Direction, ...], z: np.ndarray) -> np.ndarray:
    """float [k] of z [D], along each of the directions."""
    return np.array([one.of(z) for one in directions])


def principal(space: LatentSpace, k: int, name: str, group: str = "Fingers") -> Direction:
    """A principal direction of the prior, whatever it does."""
    spread = float(space.spread[k])
    low, high = float(space.low[k]) / spread, float(space.high[k]) / spread
    along = space.directions[k].astype(np.float32)
    tip = f"Principal direction {k + 1} of the prior"
    centre = read_only(space.centre.astype(np.float32))
    axes = read_only(along * np.float32(spread)), read_only(along / np.float32(spread))
    return Direction(name, tip, *axes, centre, *_ends(low, high), group)


def describe_directions(space: LatentSpace, decode: Decode) -> tuple[Direction, ...]:
    """Every direction that this network has; those of the pose first, then those of the shape.

    decode: z [N, D] -> joints [N, 21, 3]. A network of which no feature can be moved by itself
    offers its principal directions.
    """
    drawn = space.draw(np.random.default_rng(0), DRAWS)
    pose = _Slopes("pose", space, decode, POSE_FEATURES, measure_pose)
    shape = _Slopes("shape", space, decode, SHAPE_FEATURES, measure_shape)
    found = [
        one
        for slopes, plans in ((pose, POSE_PLANS), (shape, SHAPE_PLANS))
        for plan in plans
        if (one := slopes.direction(plan, drawn)) is not None
    ]
    if any(not one.shape for one in found):
        return tuple(found)
    rest = [k for k in range(len(space.spread)) if not space.of_shape[k]]
    return (*(principal(space, k, f"Direction {k + 1}") for k in rest), *found)


class _Slopes:
    """Features of the decoded hand against the code, near the mean hand."""

    def __init__(
        self,
        kind: str,
        space: LatentSpace,
        decode: Decode,
        names: tuple[str, ...],
        measure: Callable[[np.ndarray], np.ndarray],
    ):
        self._space, self._decode, self._measure = space, decode, measure
        entries = np.arange(space.n_code)
        own = entries < space.n_shape if kind == "shape" else entries >= space.n_shape
        slopes = self._measure_slopes(own)
        precision = prior_gaussian(space)[1]
        spread = np.linalg.inv(precision[np.ix_(own, own)] + 1e-9 * np.eye(int(own.sum())))
        self._covariance = np.zeros((space.n_code, space.n_code))
        self._covariance[np.ix_(own, own)] = spread
        if kind == "pose":
            slopes = self._free_hooks(slopes, names)
        kept = self._pick(slopes, _LEAST_SD[kind])
        self._names = [names[k] for k in kept]
        self._slopes = slopes[kept]
        between = self._slopes @ self._covariance @ self._slopes.T
        self._changes = self._covariance @ self._slopes.T @ np.linalg.pinv(between)  # [n, k]
        self._between = between

    def direction(self, plan: Plan, drawn: np.ndarray) -> Direction | None:
        """None: the network lacks it. drawn: codes [N, n] of the prior."""
        if not set(plan.features) <= set(self._names):
            return None
        rows = [self._names.index(name) for name in plan.features]
        moved = np.zeros(len(self._names))
        moved[rows] = plan.moved
        read = np.zeros(len(self._names))
        read[rows] = np.array(plan.moved) / np.square(plan.moved).sum()
        deviation = float(np.sqrt(read @ self._between @ read))
        axis = self._changes @ moved * deviation
        if not self._does(axis, plan, deviation):
            return None
        reading = read @ self._slopes / deviation
        low, high = np.percentile((drawn - self._space.centre) @ reading, RANGE_PERCENT)
        size = f"{100 * deviation:.0f} %" if plan.group == "Shape" else None
        size = size or f"{np.degrees(deviation):.0f}°"
        return Direction(
            plan.name,
            f"{plan.tip} One σ is about {size}.",
            read_only(axis.astype(np.float32)),
            read_only(reading.astype(np.float32)),
            read_only(self._space.centre.astype(np.float32)),
            *_ends(float(low), float(high)),
            plan.group,
        )

    def _measure_slopes(self, own: np.ndarray) -> np.ndarray:
        """[features, n_code], by central differences."""
        zero, n = self._space.neutral(), self._space.n_code
        ends = np.tile(zero, (2 * n, 1))
        ends[np.arange(n), np.arange(n)] += STEP
        ends[n + np.arange(n), np.arange(n)] -= STEP
        found = np.asarray(self._measure(self._decode(ends)), np.float64)
        return np.where(own, (found[:n] - found[n:]).T / (2 * STEP), 0.0)

    def _free_hooks(self, slopes: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        """A bending finger hooks as well: of its hook only what is more than usual is a feature."""
        freed = slopes.copy()
        for k, name in enumerate(names):
            if name.endswith("hook"):
                bend = slopes[names.index(name.replace("hook", "bend"))]
                usual = slopes[k] @ self._covariance @ bend
                freed[k] -= usual / max(bend @ self._covariance @ bend, 1e-12) * bend
        return freed

    def _pick(self, slopes: np.ndarray, least: float) -> list[int]:
        """Features that have freedom of their own, beside those before them."""
        kept: list[int] = []
        for k in range(len(slopes)):
            tried = slopes[[*kept, k]]
            between = tried @ self._covariance @ tried.T
            variance = between[-1, -1]
            bound = between[-1, :-1] @ np.linalg.pinv(between[:-1, :-1]) @ between[:-1, -1]
            if variance > least**2 and variance - bound > _BOUND_SHARE * variance:
                kept.append(k)
        return kept

    def _does(self, axis: np.ndarray, plan: Plan, deviation: float) -> bool:
        """Whether the decoder keeps what the slopes promise, one deviation either way."""
        zero = self._space.neutral()
        ends = np.tile(zero, (3, 1))
        ends[:, : self._space.n_code] += np.outer((-1, 0, 1), axis)
        found = np.asarray(self._measure(self._decode(ends)), np.float64)
        rows = [_row_of(name) for name in plan.features]
        weights = np.array(plan.moved) / np.square(plan.moved).sum()
        steps = np.diff(found[:, rows] @ weights)
        return bool((steps > _TRUE_SHARE * deviation).all())


def _row_of(name: str) -> int:
    names = POSE_FEATURES if name in POSE_FEATURES else SHAPE_FEATURES
    return names.index(name)


def _ends(low: float, high: float) -> tuple[float, float]:
    return min(round(low, 1), -LEAST_REACH), max(round(high, 1), LEAST_REACH)
