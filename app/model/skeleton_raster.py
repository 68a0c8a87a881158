"""The skeleton given flesh: what the generator of `live` sees of the pose beside its latent.

Every bone is a sphere swept along a line while its radius changes; more of them fill the palm. For
each pixel of a 64 x 64 map it is known in closed form how far it lies inside the hand's outline,
and at what depth the surface is. So the generator need not find out where fingers are, which takes
a network very long: it corrects an outline and a surface that are nearly right. Places and radii
are learnt with the generator; the generator's latent moves them with the person and the pose.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from app.hand.capsules import PHALANGES
from app.jit import HAVE_NUMBA
from app.model.skeleton_raster_numba import SMALL, STEEP, SkeletonRasterKernel
from app.skeleton import FINGERS, N_JOINTS, PALM

SIDE = 64  # pixels of a map
GROUPS = len(FINGERS) + 1  # the five fingers, then the palm
PALM_LENGTH = 0.75  # half cubes from the wrist to the index knuckle, for which the radii are given

# Radii at the start, half cubes (1 = 125 mm), at a finger's joints and at the ends in the palm;
# `app.hand.capsules` says why they are not the radii of the refinement or of contact
THUMB_RADIUS = (0.095, 0.085, 0.07, 0.05)
FINGER_RADIUS = (0.09, 0.07, 0.06, 0.046)
Mix = dict[int, float]  # a place: shares of joints
PALM_SOLIDS: tuple[tuple[Mix, Mix, float, float], ...] = (
    *(({0: 1.0}, {knuckle: 1.0}, 0.14, 0.12) for knuckle in (5, 9, 13, 17)),
    ({0: 1.0}, {1: 1.0}, 0.13, 0.13),
    ({1: 1.0}, {2: 1.0}, 0.13, 0.11),
    ({2: 0.7, 5: 0.3}, {5: 0.9, 2: 0.1}, 0.06, 0.09),  # the web of the thumb
    ({5: 1.0}, {17: 1.0}, 0.1, 0.095),  # across the knuckles
    ({0: 1.0}, {5: 0.5, 2: 0.5}, 0.11, 0.095),
    ({0: 0.7, 17: 0.3}, {17: 0.8, 0: 0.2}, 0.12, 0.12),  # the ball of the little finger
)
RIGID = sorted({1, 2, *PALM.tolist()})  # joints that may carry a place in the palm
N_PHALANGES = len(PHALANGES)
SOLIDS = N_PHALANGES + len(PALM_SOLIDS)
INDEX, LITTLE = 5, 17  # knuckles at the palm's sides
GROUP_OF_SOLID = np.minimum(np.arange(SOLIDS) // 3, GROUPS - 1)


class SkeletonRaster(nn.Module):
    """Maps of a hand's flesh from its joints: how far inside the outline, and how deep.

    joints_norm [B, 21, 3], changes [B, 2 SOLIDS, 4] and perspective [B] (half cube over distance)
    -> inside [B, 6, 64, 64], the distance from the outline in half cubes, positive within, and
    depth [B, 6, 64, 64] of the surface; five fingers, then the palm.

    The two ends of a solid are rows k and SOLIDS + k. changes: of each end, by how much its radius
    grows (logarithm), and where it moves, in the palm's own skew frame.
    """

    start: Tensor  # [2 SOLIDS, 21]: shares of the joints in each end, before training
    carriers: Tensor  # [2 SOLIDS, 21]: 1 where a joint may have a share
    sides: Tensor  # [2, 21]
    linear: Tensor  # [3, pixels]
    round: Tensor  # [4, pixels]
    quadratic: Tensor  # [6, pixels]

    def __init__(self) -> None:
        super().__init__()
        start, carriers, radius = _first_guess()
        self.register_buffer("start", start, persistent=False)
        self.register_buffer("carriers", carriers, persistent=False)
        self.shares = nn.Parameter(torch.zeros_like(start))  # [2 SOLIDS, 21], of the joints
        self.offset = nn.Parameter(torch.zeros(2 * SOLIDS, 3))
        self.log_radius = nn.Parameter((radius / PALM_LENGTH).log())
        sides = torch.zeros(2, N_JOINTS)  # the palm's two long sides
        sides[:, 0], sides[0, INDEX], sides[1, LITTLE] = -1, 1, 1
        self.register_buffer("sides", sides, persistent=False)
        middle = (torch.arange(SIDE) + 0.5) * (2 / SIDE) - 1
        y, x = torch.meshgrid(middle, middle, indexing="ij")
        one = torch.ones_like(x)
        terms = {
            "linear": [one, x, y],
            "round": [one, x, y, x * x + y * y],
            "quadratic": [one, x, y, x * x, x * y, y * y],
        }
        for name, rows in terms.items():  # [terms, pixels]
            self.register_buffer(name, torch.stack(rows).flatten(1), persistent=False)

    def forward(
        self, joints: Tensor, changes: Tensor, perspective: Tensor
    ) -> tuple[Tensor, Tensor]:
        """See the class."""
        with torch.autocast(joints.device.type, enabled=False):
            ends, radius = self._ends(joints.float(), changes.float())
            factors = self._factors(ends, radius, perspective.float()[:, None, None])
            table = torch.cat(factors, -1)
            single = table.device.type == "cpu" and table.dtype == torch.float32
            if HAVE_NUMBA and single and not torch.jit.is_tracing():  # type: ignore[attr-defined]  # no __all__
                inside, depth = SkeletonRasterKernel.apply(table, GROUP_OF_SOLID, SIDE)
            else:
                inside, depth = self._grouped(*self._surfaces(*factors))
            shape = (SIDE, SIDE)
            return inside.unflatten(-1, shape), depth.clamp_max(1).unflatten(-1, shape)

    def _ends(self, joints: Tensor, changes: Tensor) -> tuple[Tensor, Tensor]:
        """Places [B, 2 SOLIDS, 3] and radii [B, 2 SOLIDS, 1] of the swept spheres' ends."""
        excess = (self.shares * self.carriers).sum(1, keepdim=True)
        shares = self.start + self.carriers * (
            self.shares - excess / self.carriers.sum(1, keepdim=True)
        )
        rows = torch.cat([shares, self.sides]) @ joints
        places, index, little = rows.split([2 * SOLIDS, 1, 1], 1)
        normal = index[..., [1, 2, 0]] * little[..., [2, 0, 1]]
        normal = normal - index[..., [2, 0, 1]] * little[..., [1, 2, 0]]
        frame = torch.cat([index, little, 3 * normal], 1)
        places = places + (self.offset + changes[..., 1:]) @ frame
        grown = (self.log_radius + changes[..., 0]).exp()[..., None]
        return places, index.norm(dim=-1, keepdim=True) * grown

    @staticmethod
    def _factors(ends: Tensor, radius: Tensor, perspective: Tensor) -> tuple[Tensor, ...]:
        """What `_surfaces` needs of each solid, [B, SOLIDS, 6, 3, 4, 3 and 5]."""
        near = 1 / (1 + perspective * ends[..., 2:]).clamp_min(0.2)
        a, b = (ends[..., :2] * near).chunk(2, 1)  # [B, SOLIDS, 2]
        ra, rb = (radius * near).chunk(2, 1)  # [B, SOLIDS, 1]
        za, zb = ends[..., 2:].chunk(2, 1)
        magnified = near[:, :SOLIDS]
        d, dr, dz, width = b - a, rb - ra, zb - za, ra + rb
        square = _dot(d, d) + 1e-4  # of the axis in the picture; never 0
        length = square.sqrt()
        n = d / length
        along, a2 = _dot(n, a), _dot(a, a)
        ad = along * length
        bent = n[..., [0, 0, 1]] * n[..., [0, 1, 1]] * n.new_tensor([1, 2, 1])
        bent = bent - n.new_tensor([1, 0, 1])
        rise = dz * magnified
        slope = rise / (length * (square + rise * rise).sqrt())
        curve = (dr * dr - square) / width
        return (
            torch.cat([0.25 * width * width - a2 + along * along, 2 * (a - along * n), bent], -1),
            torch.cat([-ad, d], -1) / square,
            torch.cat([ra * ra - a2, 2 * a, -torch.ones_like(ra)], -1) / width,
            torch.cat([ra * dr - ad, d], -1) * (2 / width),
            torch.cat([curve, slope, za, dz, width.sqrt() / magnified], -1),
        )

    def _surfaces(
        self, chord: Tensor, place: Tensor, start: Tensor, along: Tensor, rest: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Inside and depth [B, SOLIDS, pixels] of each solid.

        t is a pixel's place along the axis in the picture, h the square of half the chord that its
        ray cuts from the endless cylinder. The ray meets the surface at t - slope sqrt(h), held
        within the ends; q, about r - e where r^2 - e^2 is meant, says how far inside it is there.
        """
        curve, slope, za, dz, bulge = rest.split(1, -1)
        h, t = chord @ self.quadratic, place @ self.linear
        t = (t - slope * h.clamp_min(SMALL).sqrt()).clamp(0, 1)
        q = start @ self.round + t * (along @ self.linear + t * curve)
        within = q.clamp_min(SMALL)
        return q, za + t * dz - bulge * within.sqrt() + STEEP * (within - q)

    @staticmethod
    def _grouped(inside: Tensor, depth: Tensor) -> tuple[Tensor, Tensor]:
        """[B, SOLIDS, pixels] -> [B, 6, pixels]: the outermost outline, the nearest surface."""
        fingers, palm = inside[:, :N_PHALANGES], inside[:, N_PHALANGES:]
        inside = torch.cat([fingers.unflatten(1, (-1, 3)).amax(2), palm.amax(1, keepdim=True)], 1)
        fingers, palm = depth[:, :N_PHALANGES], depth[:, N_PHALANGES:]
        depth = torch.cat([fingers.unflatten(1, (-1, 3)).amin(2), palm.amin(1, keepdim=True)], 1)
        return inside, depth


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """[B, SOLIDS, 2] each -> [B, SOLIDS, 1]."""
    return (a * b).sum(-1, keepdim=True)


def _first_guess() -> tuple[Tensor, Tensor, Tensor]:
    """Shares of the joints in each end [2 SOLIDS, 21], which may have one, radii [2 SOLIDS].

    First ends, then second ends.
    """
    solids: list[tuple[Mix, Mix, float, float]] = []
    for k, (near, far) in enumerate(PHALANGES.tolist()):
        finger, level = divmod(k, 3)
        radii = FINGER_RADIUS if finger else THUMB_RADIUS
        solids.append(({near: 1.0}, {far: 1.0}, radii[level], radii[level + 1]))
    solids += PALM_SOLIDS
    start, carriers = torch.zeros(2, 2 * len(solids), N_JOINTS)
    radius = torch.empty(2 * len(solids))
    for k, (first, second, at_first, at_second) in enumerate(solids):
        carrying = RIGID if k >= N_PHALANGES else [*first, *second]
        for row, mix, size in ((k, first, at_first), (len(solids) + k, second, at_second)):
            start[row, list(mix)] = torch.tensor(list(mix.values()))
            carriers[row, carrying] = 1.0
            radius[row] = size
    return start, carriers, radius
