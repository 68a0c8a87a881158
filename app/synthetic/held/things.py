"""What people hold, drawn by lot: one solid, or two that make a tool, a cup, a bag.

Palm's frame: x to the index side, y from the wrist to the knuckles, z out of the palm; mm. A
thing's axes are columns: the third is its long one, the first points away from the palm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.geometry import unit
from app.synthetic.solids import BOX, CONE, CYLINDER, ELLIPSOID, NOTHING, RING

PARTS = 2  # solids a thing
BARE_SHARE = 0.7  # of what could have a second part is of one
TOOL_ENDS = (BOX, ELLIPSOID, CYLINDER, CONE, BOX)  # head, spoon, thick end, funnel, blade


@dataclass
class Things:
    """n things, rows of arrays; the first part is what is gripped."""

    kind: np.ndarray  # int [n, PARTS]
    half_mm: np.ndarray  # float [n, PARTS, 3]
    axes: np.ndarray  # float [n, PARTS, 3, 3], columns
    centre_mm: np.ndarray  # float [n, PARTS, 3]

    @classmethod
    def of(cls, kind: np.ndarray, half_mm: np.ndarray) -> Things:
        """Single solids of kinds [n] and half extents [n, 3], not yet placed."""
        n = len(kind)
        things = cls(
            np.full((n, PARTS), NOTHING),
            np.ones((n, PARTS, 3)),
            np.tile(np.eye(3), (n, PARTS, 1, 1)),
            np.zeros((n, PARTS, 3)),
        )
        things.kind[:, 0], things.half_mm[:, 0] = kind, half_mm
        return things

    def place(self, centre_mm: np.ndarray, axes: np.ndarray) -> None:
        """Puts the first parts at centres [n, 3] with axes [n, 3, 3]."""
        self.centre_mm[:, 0], self.axes[:, 0] = centre_mm, axes

    def reach(self, direction: np.ndarray) -> np.ndarray:
        """[n] mm from the first part's middle to its hull's end in a direction [3] or [n, 3]."""
        turned = np.einsum(
            "nrc,nr->nc", self.axes[:, 0], np.broadcast_to(direction, (len(self.kind), 3))
        )
        half = self.half_mm[:, 0]
        boxed = np.abs(turned * half).sum(-1)
        return np.where(self.kind[:, 0] == BOX, boxed, np.linalg.norm(turned * half, axis=-1))

    def add(
        self,
        rows: np.ndarray,
        kind: np.ndarray,
        half_mm: np.ndarray,
        axes: np.ndarray,
        centre_mm: np.ndarray,
    ) -> None:
        """Gives some rows a second part."""
        self.kind[rows, 1], self.half_mm[rows, 1] = kind, half_mm
        self.axes[rows, 1], self.centre_mm[rows, 1] = axes, centre_mm


def frame_of(long: np.ndarray, away: np.ndarray) -> np.ndarray:
    """[n, 3, 3] axes: the third along long [n, 3], the first as near away [n, 3] as can be."""
    third = unit(long)
    first = unit(away - (away * third).sum(-1, keepdims=True) * third)
    return np.stack([first, np.cross(third, first), third], -1)


def log_uniform(rng: np.random.Generator, low: float, high: float, n: int) -> np.ndarray:
    """[n], each octave as likely as another."""
    return np.exp(rng.uniform(np.log(low), np.log(high), n))


def graspable(rng: np.random.Generator, n: int) -> Things:
    """What a hand closes round: bottles, handles, boxes, balls, cups, card decks."""
    kind = rng.choice([CYLINDER, BOX, ELLIPSOID, CONE], n, p=[0.46, 0.24, 0.16, 0.14])
    radius, length = log_uniform(rng, 4, 45, n), rng.uniform(30, 120, n)
    half = np.stack([radius, radius, length], -1)
    boxes = np.stack(
        [log_uniform(rng, 3, 40, n), rng.uniform(12, 55, n), rng.uniform(20, 100, n)], -1
    )
    balls = rng.uniform(15, 48, (n, 1)) * rng.uniform(0.75, 1.25, (n, 3))
    half = np.where((kind == BOX)[:, None], boxes, half)
    half = np.where((kind == ELLIPSOID)[:, None], balls, half)
    half[kind == CONE, :2] = np.clip(half[kind == CONE, :2], 12, 45)
    return Things.of(kind, half)


def small(rng: np.random.Generator, n: int) -> Things:
    """What finger tips hold: pens, cards, coins, beads, blocks, rings."""
    kind = rng.choice([CYLINDER, BOX, ELLIPSOID, RING], n, p=[0.4, 0.32, 0.2, 0.08])
    pen = np.stack([r := rng.uniform(3.2, 8, n), r, rng.uniform(25, 85, n)], -1)
    card = np.stack([rng.uniform(0.6, 4, n), rng.uniform(12, 45, n), rng.uniform(15, 75, n)], -1)
    block = rng.uniform(5, 22, (n, 3))
    half = np.where((rng.random(n) < 0.6)[:, None], card, block)
    half = np.where((kind == CYLINDER)[:, None], pen, half)
    half = np.where((kind == ELLIPSOID)[:, None], rng.uniform(4, 26, (n, 1)) * np.ones(3), half)
    tube = rng.uniform(2, 5, n)
    outer = tube + rng.uniform(8, 30, n)
    half = np.where((kind == RING)[:, None], np.stack([outer, outer, tube], -1), half)
    return Things.of(kind, half)


def large(rng: np.random.Generator, n: int) -> Things:
    """What a spread hand holds: jars by their lid, balls, boxes."""
    kind = rng.choice([CYLINDER, BOX, ELLIPSOID, CONE], n, p=[0.4, 0.25, 0.25, 0.1])
    radius = rng.uniform(22, 52, n)
    half = np.stack([radius, radius, rng.uniform(12, 90, n)], -1)
    half = np.where(
        (kind == ELLIPSOID)[:, None], radius[:, None] * rng.uniform(0.85, 1.15, (n, 3)), half
    )
    half = np.where((kind == BOX)[:, None], rng.uniform(14, 48, (n, 3)), half)
    return Things.of(kind, half)


def add_ends(rng: np.random.Generator, things: Things) -> None:
    """Makes tools of some: another solid at one end of the long axis."""
    n = len(things.kind)
    rows = np.flatnonzero((rng.random(n) >= BARE_SHARE) & (things.kind[:, 0] != ELLIPSOID))
    axes, half = things.axes[rows, 0], things.half_mm[rows, 0]
    kind = rng.choice(TOOL_ENDS, len(rows))
    size = rng.uniform(8, 45, (len(rows), 3))
    flat = rng.random(len(rows)) < 0.4
    size[flat, 0] = rng.uniform(1.5, 6, flat.sum())
    side = np.where(rng.random(len(rows)) < 0.7, 1.0, -1.0)  # mostly out at the thumb's side
    offset = side * (half[:, 2] + 0.85 * size[:, 2])
    things.add(rows, kind, size, axes, things.centre_mm[rows, 0] + offset[:, None] * axes[:, :, 2])


def add_handles(rng: np.random.Generator, things: Things) -> None:
    """Makes cups of some: a ring at the side of what stands upright and is round."""
    round_ones = np.isin(things.kind[:, 0], (CYLINDER, CONE)) & (things.half_mm[:, 0, 0] > 22)
    rows = np.flatnonzero(round_ones & (things.kind[:, 1] == NOTHING))
    rows = rows[rng.random(len(rows)) < 0.35]
    axes, half, m = things.axes[rows, 0], things.half_mm[rows, 0], len(rows)
    tube = rng.uniform(3, 7, m)
    outer = tube + rng.uniform(12, 24, m)
    angle = rng.uniform(-0.9, 0.9, (m, 1))
    out = np.cos(angle) * axes[:, :, 0] + np.sin(angle) * axes[:, :, 1]
    ring = np.stack([outer, outer, tube], -1)
    centre = things.centre_mm[rows, 0] + (half[:, :1] + 0.45 * outer[:, None]) * out
    things.add(rows, np.full(m, RING), ring, frame_of(np.cross(axes[:, :, 2], out), out), centre)
