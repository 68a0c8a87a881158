"""The shared latent space in plain numpy: its prior, its principal directions, walks and lines.

Needs no torch.

z = [articulation | 6-D rotation | origin] (`live`) or [articulation | origin] (`paper`). The prior
is a Gaussian mixture with full covariances on the aggregate posterior, the encodings of many poses:
a draw from N(0, I) need not be a hand, a draw from here is one (docs/design/method.md, 2.6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from app.geometry import rotation_6d
from app.mixture import best_mixture, fit_mixture, independent

SHAPES = 4  # mixture components of the hand's shape: people of one mesh are unlike those of another
BOUND = 2.5  # standard deviations by which a draw or a walk may leave its mean, each way
PREFIX = "latents."
# Palm towards the camera, fingers up: columns x (to the index side),
# y (to the knuckles), z of the palm's frame.
FACING = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]], np.float32)


@dataclass(frozen=True)
class LatentSpace:
    """What is known of the encodings of real poses.

    n: articulation code, k: directions, m: mixture components.
    """

    weights: np.ndarray  # [m] of the mixture
    means: np.ndarray  # [m, n]
    factors: np.ndarray  # [m, n, n]: covariance = factor @ factor.T
    centre: np.ndarray  # [n] mean code
    directions: np.ndarray  # [k, n] principal directions, unit length, the largest variance first
    spread: np.ndarray  # [k] standard deviation along each
    low: np.ndarray  # [k] 1st percentile along each, from the centre
    high: np.ndarray  # [k] 99th percentile
    tail: int = 9  # entries of z after the code: 6-D rotation + origin, or 3: origin alone
    n_shape: int = 0  # leading entries of the code that hold the hand's shape alone

    @property
    def n_code(self) -> int:
        return self.centre.shape[0]

    @property
    def of_shape(self) -> np.ndarray:
        """bool [k]: directions that change the hand itself; the others change how it is held."""
        return (self.directions[:, : self.n_shape] ** 2).sum(1) > 0.5

    def to_tensors(self) -> dict[str, np.ndarray]:
        """Arrays to store beside the weights."""
        values = {k: np.ascontiguousarray(getattr(self, k), np.float32) for k in _ARRAYS}
        return {PREFIX + k: v for k, v in values.items()} | {
            PREFIX + name: np.array([getattr(self, name)], np.int32) for name in ("tail", "n_shape")
        }

    @staticmethod
    def from_tensors(tensors: dict[str, np.ndarray]) -> LatentSpace | None:
        """Inverse of `to_tensors`; None where the weights carry no prior."""
        if PREFIX + "tail" not in tensors:
            return None
        none = [0]  # of older weights, which do not tell
        tail, n_shape = (int(tensors.get(PREFIX + name, none)[0]) for name in ("tail", "n_shape"))
        arrays = {name: tensors[PREFIX + name] for name in _ARRAYS}
        return LatentSpace(**arrays, tail=tail, n_shape=n_shape)

    def draw(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """Articulation codes [n, n_code] from the mixture.

        At most BOUND deviations from their component's mean.
        """
        component = rng.choice(len(self.weights), n, p=self.weights / self.weights.sum())
        noise = rng.standard_normal((n, self.n_code))
        noise = np.clip(noise, -BOUND, BOUND)
        return (
            self.means[component] + np.einsum("nij,nj->ni", self.factors[component], noise)
        ).astype(np.float32)

    def neutral(self) -> np.ndarray:
        """z [D] of the mean pose, palm towards the camera, in the middle of the crop."""
        return self.compose(self.centre)

    def compose(
        self, code: np.ndarray, rotation: np.ndarray | None = None, origin: np.ndarray | None = None
    ) -> np.ndarray:
        """Code [n_code], rotation [3, 3] of the palm's frame and origin [3] -> z [D]."""
        parts: list[np.ndarray] = [np.asarray(code, np.float32)]
        if self.tail == 9:
            parts.append(rotation_6d(FACING if rotation is None else np.asarray(rotation)))
        parts.append(np.zeros(3) if origin is None else np.asarray(origin))
        return np.concatenate(parts).astype(np.float32)

    def coordinates(self, z: np.ndarray) -> np.ndarray:
        """z [D] -> coordinates [k] along the principal directions, in standard deviations."""
        return (self.directions @ (z[: self.n_code] - self.centre)) / self.spread

    def along(self, z: np.ndarray, direction: int, value: float) -> np.ndarray:
        """z with its coordinate along one principal direction set to `value` standard deviations.

        A copy.
        """
        moved = np.array(z, np.float32)
        step = (value - float(self.coordinates(z)[direction])) * self.spread[direction]
        moved[: self.n_code] += step * self.directions[direction]
        return moved


_ARRAYS = ("weights", "means", "factors", "centre", "directions", "spread", "low", "high")


def fit_latent_space(
    codes: np.ndarray,
    components: int = 8,
    directions: int = 12,
    seed: int = 0,
    tail: int = 9,
    n_shape: int = 0,
    poses: np.ndarray | None = None,
) -> LatentSpace:
    """Mixture and principal directions of articulation codes [N, n].

    components: of the mixture; shape entries have one of their own, for anybody may hold a hand in
    any way. n_shape: leading entries with the hand's shape; each of them is a direction of its own,
    behind those of the pose. poses: what the codes stand for [N, D]; then the first directions are
    those along which these change most, else those along which the codes vary most.
    """
    codes = np.asarray(codes, np.float64)
    centre = codes.mean(0)
    offset = codes - centre
    pose = _principal(offset[:, n_shape:], directions, poses)
    chosen = np.zeros((len(pose) + n_shape, codes.shape[1]))
    chosen[: len(pose), n_shape:] = pose
    chosen[len(pose) :, :n_shape] = np.eye(n_shape)
    along = offset @ chosen.T
    rng = np.random.default_rng(seed)
    mixture = fit_mixture(codes[:, n_shape:], components, rng)
    if n_shape:
        people = best_mixture(codes[:, :n_shape], SHAPES if components > 1 else 1, rng)
        mixture = independent(people, mixture)
    low, high = np.percentile(along, [1, 99], axis=0)
    spread = np.maximum(along.std(0), 1e-6)
    arrays = (*mixture, centre, chosen, spread, low, high)
    single = {k: a.astype(np.float32) for k, a in zip(_ARRAYS, arrays, strict=True)}
    return LatentSpace(**single, tail=tail, n_shape=n_shape)


def _principal(offset: np.ndarray, count: int, poses: np.ndarray | None) -> np.ndarray:
    """Unit directions [count, n] of codes about their mean [N, n], the first one first."""
    spread = np.cov(offset.T).reshape(offset.shape[1], -1) + 1e-9 * np.eye(offset.shape[1])
    if poses is None:
        directions = np.linalg.eigh(spread)[1][:, ::-1].T
    else:
        moved = np.asarray(poses, np.float64)
        slope = np.linalg.lstsq(offset, moved - moved.mean(0), rcond=None)[0]  # [n, D]
        deviation = np.sqrt(np.diag(spread))
        directions = np.linalg.svd((slope * deviation[:, None]).T)[2]
    directions = directions[:count]
    largest = np.abs(directions).argmax(1)
    return directions * np.sign(directions[np.arange(len(directions)), largest])[:, None]


def narrowed(
    space: LatentSpace,
    is_hand: Callable[[np.ndarray], np.ndarray],
    share: float = 0.97,
    tries: int = 200,
    seed: int = 0,
) -> LatentSpace:
    """The space with its mixture drawn in until `share` of its draws are hands.

    Every component is, by a tenth at a time and to a half at most.
    is_hand: codes [N, n] -> bool [N].
    """
    factors, rng = space.factors.copy(), np.random.default_rng(seed)
    wide = np.arange(len(factors))
    for _ in range(7):
        noise = np.clip(rng.standard_normal((len(wide), tries, space.n_code)), -BOUND, BOUND)
        codes = space.means[wide, None] + np.einsum("kij,ktj->kti", factors[wide], noise)
        good = is_hand(codes.reshape(-1, space.n_code).astype(np.float32))
        wide = wide[good.reshape(len(wide), tries).mean(1) < share]
        if not len(wide):
            break
        factors[wide] *= np.float32(0.9)
    return replace(space, factors=factors)
