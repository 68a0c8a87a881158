"""How things are held: round the hand, between finger tips, spread, flat, on hooked fingers.

Each way draws things, puts them before a hand and says how its fingers begin and how far they would
close (`closure`). Palm's frame and mm, as in `things`; angles in degrees of `kinematics.DOF_TABLE`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.geometry import unit
from app.hand import kinematics as kin
from app.skeleton import MCP, WRIST
from app.synthetic.held.things import (
    Things,
    add_ends,
    add_handles,
    frame_of,
    graspable,
    large,
    log_uniform,
    small,
)
from app.synthetic.solids import BOX, CONE, CYLINDER, RING

X, Y, Z = np.eye(3)
FINGERS = ("index", "middle", "ring", "little")
FLEX = np.array(
    [[kin.dof(f"{f}_{joint}_flexion") for joint in ("mcp", "pip", "dip")] for f in FINGERS]
)
SPREAD = np.array([kin.dof(f"{f}_mcp_abduction") for f in FINGERS])
# CMC flexion, abduction, twist, MCP flexion, IP flexion
THUMB = np.array(
    [kin.dof(f"thumb_{n}") for n in ("cmc_flexion", "cmc_abduction", "cmc_twist", "mcp_flexion")]
    + [kin.dof("thumb_ip_flexion")]
)
OPEN_THUMB, CLOSED_THUMB = (-22, -24, 0, -8, -8), (38, -32, 22, 42, 55)  # opposite the fingers
BESIDE_THUMB, LAID_THUMB = (-14, 14, 0, 0, 0), (28, 16, 6, 30, 40)  # along the thing


@dataclass
class Reach:
    """Hands about to hold things: n rows. `least` of their fingers must touch, thumb or not."""

    things: Things
    start: np.ndarray  # float [n, 31] degrees
    closed: np.ndarray  # float [n, 31] degrees
    moves: np.ndarray  # bool [n, 5], thumb .. little
    least: int
    thumb: bool = False  # and the thumb
    palm_mm: float = 1e6  # nor may the palm be farther


Joints = np.ndarray  # float [n, 21, 3] mm: open hands at rest, palm's frame
Way = Callable[[np.random.Generator, Joints, np.ndarray], Reach]


def _postures(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Open hands and hands closed as far as they go: float [n, 31] degrees each."""
    start = np.zeros((n, kin.N_DOFS))
    start[:, SPREAD] = rng.normal([3, 1, -1, -3], 5, (n, 4)) * rng.choice([1.0, 1.8], (n, 1))
    start[:, [kin.dof("ring_cupping"), kin.dof("little_cupping")]] = rng.uniform(0, 8, (n, 2))
    alike = rng.normal(0, 1, (n, 1, 3))
    start[:, FLEX] = np.array([-4, 6, 4]) + (4 * alike + rng.normal(0, 5, (n, 4, 3)))
    closed = start.copy()
    closed[:, FLEX] = np.array([80, 98, 62]) * np.clip(
        rng.uniform(0.75, 1.05, (n, 1, 1)) + rng.normal(0, 0.07, (n, 4, 3)), 0.5, 1.1
    )
    closed[:, SPREAD] *= 0.4
    beside = rng.random(n) < 0.22
    start[:, THUMB] = np.where(beside[:, None], BESIDE_THUMB, OPEN_THUMB)
    closed[:, THUMB] = np.where(beside[:, None], LAID_THUMB, CLOSED_THUMB)
    jitter = rng.normal(0, (9, 8, 7, 8, 9), (n, 5))
    start[:, THUMB] += jitter
    closed[:, THUMB] += 0.6 * jitter
    return start, closed


def _some_open(rng: np.random.Generator, reach_moves: np.ndarray, share: float) -> None:
    """Leaves some fingers as they start, in place."""
    reach_moves &= rng.random(reach_moves.shape) >= share


def round_the_hand(rng: np.random.Generator, joints: Joints, scale: np.ndarray) -> Reach:
    """A power grip: the thing lies before the palm, about across it, all fingers close."""
    n = len(joints)
    things = graspable(rng, n)
    angle = rng.normal(0.15, 0.45, n) + np.pi / 2 * (rng.random(n) < 0.12)
    long = np.cos(angle)[:, None] * X + np.sin(angle)[:, None] * Y + rng.normal(0, 0.2, (n, 1)) * Z
    axes = frame_of(long, np.broadcast_to(Z, (n, 3)))
    things.place(np.zeros((n, 3)), axes)
    middle = 0.75 * joints[:, MCP].mean(1) + 0.25 * joints[:, WRIST]
    gap = 9 * scale + np.minimum(rng.exponential(5, n), 35)
    shift = rng.uniform(-0.6, 0.6, n) * np.maximum(things.half_mm[:, 0, 2] - 25, 0)
    along = rng.normal(16, 16, n)
    centre = middle + (things.reach(Z) + gap)[:, None] * Z + along[:, None] * Y
    things.place(centre + shift[:, None] * axes[:, :, 2], axes)
    add_ends(rng, things)
    add_handles(rng, things)
    start, closed = _postures(rng, n)
    moves = np.ones((n, 5), bool)
    _some_open(rng, moves, 0.1)
    return Reach(things, start, closed, moves, least=2)


def between_tips(rng: np.random.Generator, joints: Joints, scale: np.ndarray) -> Reach:
    """A pinch, or with the middle finger a tripod: the thing lies under the index finger's tip."""
    n = len(joints)
    things = small(rng, n)
    start, closed = _postures(rng, n)
    bent = rng.uniform((22, 30, 8), (58, 68, 36), (n, 3))
    start[:, FLEX[0]] = bent
    start[:, THUMB] = np.array([-16, -30, 4, -4, -4]) + rng.normal(0, 7, (n, 5))
    closed[:, THUMB] = np.array([34, -36, 16, 40, 52]) + rng.normal(0, 7, (n, 5))
    tip = _index_tip(joints, np.radians(bent))
    towards = unit(np.array([26.0, 74, 88]) * scale[:, None] + rng.normal(0, 12, (n, 3)) - tip)
    web = joints[:, 5] + 12 * Z - tip
    free = np.where((rng.random(n) < 0.6)[:, None], web, rng.normal(size=(n, 3)))
    axes = frame_of(free - (free * towards).sum(-1, keepdims=True) * towards, towards)
    things.place(np.zeros((n, 3)), axes)
    ring = things.kind[:, 0] == RING  # held by its tube
    inwards = np.where(ring, 0.0, rng.uniform(-0.3, 0.7, n))
    slide = inwards * np.maximum(things.half_mm[:, 0, 2] - 8, 0)
    depth = things.reach(towards) + 6.5 * scale
    things.place(tip + depth[:, None] * towards + slide[:, None] * axes[:, :, 2], axes)
    moves = np.tile([True, False, True, True, True], (n, 1))
    moves[:, 3:] &= rng.random((n, 1)) < 0.5
    moves[:, 2] &= rng.random(n) < 0.75
    straight = ~moves[:, 2:]
    curl = rng.uniform(0, 0.9, (n, 1, 1)) * (rng.random((n, 1, 1)) < 0.6)
    resting = start[:, FLEX[1:]] + curl * (closed[:, FLEX[1:]] - start[:, FLEX[1:]])
    start[:, FLEX[1:]] = np.where(straight[..., None], resting, start[:, FLEX[1:]])
    return Reach(things, start, closed, moves, least=1, thumb=True)


def _index_tip(joints: Joints, bent: np.ndarray) -> np.ndarray:
    """[n, 3]: the index finger's tip with its joints bent, rad [n, 3], within the palm's normal."""
    out = joints[:, 5].copy()
    for k in range(3):
        bone = joints[:, 6 + k] - joints[:, 5 + k]
        length, rest = np.linalg.norm(bone[:, 1:], axis=-1), np.arctan2(bone[:, 2], bone[:, 1])
        turn = rest + bent[:, : k + 1].sum(1)
        out += np.stack([bone[:, 0], length * np.cos(turn), length * np.sin(turn)], -1)
    return out


def spread_over(rng: np.random.Generator, joints: Joints, scale: np.ndarray) -> Reach:
    """A large thing held by the tips of spread fingers, away from the palm."""
    n = len(joints)
    things = large(rng, n)
    upright = rng.random((n, 1)) < 0.5
    long = np.where(upright, Z, X) + rng.normal(0, 0.3, (n, 3))
    axes = frame_of(long, np.broadcast_to(Y, (n, 3)))
    things.place(np.zeros((n, 3)), axes)
    ahead = rng.uniform(-5, 45, n) * scale
    away = things.reach(Z) + rng.uniform(22, 58, n) * scale
    centre = joints[:, MCP].mean(1) + ahead[:, None] * Y + away[:, None] * Z
    things.place(centre + rng.normal(6, 8, (n, 1)) * X, axes)
    start, closed = _postures(rng, n)
    start[:, SPREAD] += np.array([-9, -3, 3, 9])
    moves = np.ones((n, 5), bool)
    _some_open(rng, moves, 0.06)
    return Reach(things, start, closed, moves, least=2, thumb=True)


def on_the_open_hand(rng: np.random.Generator, joints: Joints, scale: np.ndarray) -> Reach:
    """Something lies in the open hand."""
    n = len(joints)
    things = graspable(rng, n)
    angle = rng.uniform(0, np.pi, (n, 1))
    axes = frame_of(np.cos(angle) * X + np.sin(angle) * Y, np.broadcast_to(Z, (n, 3)))
    things.place(np.zeros((n, 3)), axes)
    place = joints[:, MCP].mean(1) + rng.normal((0, -5, 0), (12, 24, 0), (n, 3))
    lift = things.reach(Z) + rng.uniform(5, 11, n) * scale
    things.place(place + lift[:, None] * Z, axes)
    start, closed = _postures(rng, n)
    start[:, FLEX] -= np.array([6, 4, 2])
    closed[:, FLEX] *= np.array([0.35, 0.35, 0.25]) * rng.random((n, 1, 1))
    return Reach(things, start, closed, np.ones((n, 5), bool), least=0, palm_mm=9.0)


def hooked(rng: np.random.Generator, joints: Joints, scale: np.ndarray) -> Reach:
    """A bar on hooked fingers: a bag's or a case's handle, or a cup's ring with the cup beyond."""
    n = len(joints)
    radius = log_uniform(rng, 4, 13, n)
    things = Things.of(np.full(n, CYLINDER), np.stack([radius, radius, rng.uniform(35, 75, n)], -1))
    cup = np.flatnonzero(rng.random(n) < 0.5)
    tube, outer = rng.uniform(4, 7, len(cup)), rng.uniform(24, 36, len(cup))
    things.kind[cup, 0] = RING
    things.half_mm[cup, 0] = np.stack([outer, outer, tube], -1)
    long = np.tile(X, (n, 1)) + rng.normal(0, 0.15, (n, 3))
    long[cup] = Y + rng.normal(0, 0.2, (len(cup), 3))
    axes = frame_of(long, np.broadcast_to(Z, (n, 3)))
    things.place(np.zeros((n, 3)), axes)
    bar = joints[:, MCP].mean(1) + rng.normal((0, 20, 0), (6, 9, 0), (n, 3))
    lift = np.where(things.kind[:, 0] == RING, things.half_mm[:, 0, 0], radius)
    things.place(bar + (lift + (9 + rng.uniform(0, 14, n)) * scale)[:, None] * Z, axes)
    _hang(rng, things, cup)
    start, closed = _postures(rng, n)
    closed[:, FLEX[:, 0]] *= rng.uniform(0.1, 0.9, (n, 1))
    return Reach(things, start, closed, np.ones((n, 5), bool), least=2)


def _hang(rng: np.random.Generator, things: Things, cup: np.ndarray) -> None:
    """What hangs on the bars: cups on rings, on half of the others a bag or a case."""
    n, m = len(things.kind), len(cup)
    radius = rng.uniform(30, 46, m)
    beyond = things.centre_mm[cup, 0] + (things.half_mm[cup, 0, 0] + radius - 6)[:, None] * Z
    upright = frame_of(np.tile(X, (m, 1)) + rng.normal(0, 0.1, (m, 3)), np.tile(Z, (m, 1)))
    size = np.stack([radius, radius, rng.uniform(35, 60, m)], -1)
    things.add(cup, rng.choice([CYLINDER, CONE], m), size, upright, beyond)
    bags = np.setdiff1d(np.arange(n), cup)
    bags = bags[rng.random(len(bags)) < 0.5]
    size = rng.uniform((10, 50, 60), (50, 120, 130), (len(bags), 3))
    down = unit(rng.normal((0, 0.6, 1), 0.25, (len(bags), 3)))
    middle = (
        things.centre_mm[bags, 0] + (size[:, 1] + rng.uniform(20, 70, len(bags)))[:, None] * down
    )
    long = things.axes[bags, 0][:, :, 2]
    axes = frame_of(long, np.cross(long, down))
    things.add(bags, np.full(len(bags), BOX), size, axes, middle)


WAYS: dict[str, tuple[Way, float]] = {  # each and its share
    "round": (round_the_hand, 0.42),
    "tips": (between_tips, 0.24),
    "spread": (spread_over, 0.14),
    "open": (on_the_open_hand, 0.1),
    "hook": (hooked, 0.1),
}
