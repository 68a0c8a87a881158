"""What stands around a rendered hand: rooms with furniture, and things that come too near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.geometry import rotation_about
from app.synthetic.scenes.furniture import (
    Polygons,
    box,
    capsule,
    chair,
    desk,
    level,
    monitor,
    moved,
    prism,
    thing,
    turn_about_vertical,
    wall,
)

STYLES = ("void", "wall", "office", "desk")


@dataclass(frozen=True, slots=True)
class Room:
    tilt: np.ndarray  # [3, 3] world (gravity along +y) -> camera
    polygons: Polygons  # camera frame


def sample_tilt(rng: np.random.Generator, style: str) -> np.ndarray:
    """[3, 3] world -> camera: nearly level, or looking down at the desk."""
    pitch = (
        rng.uniform(0.6, 1.45) if style == "desk" else np.clip(rng.normal(0.05, 0.22), -0.6, 0.7)
    )
    roll = rng.normal(0, 0.05)
    return rotation_about(np.array([0, 0, 1.0]), roll) @ rotation_about(
        np.array([1.0, 0, 0]), pitch
    )


def furnish(rng: np.random.Generator, style: str, hand_mm: np.ndarray, behind: bool) -> Room:
    """A room of the given style round a hand at hand_mm [3] (camera frame).

    behind: nothing but the desk's front edge comes nearer than the hand.
    """
    tilt = sample_tilt(rng, style)
    hand = hand_mm @ tilt  # tilt.T @ hand: world
    margin = 130.0 if behind else 40.0
    solids: Polygons = []
    if style == "desk":
        solids = _desk_below(rng, hand, margin)
    elif style == "wall":
        solids = wall(hand[2] + margin + rng.gamma(2, 350), rng.normal(0, 0.25))
    elif style == "office":
        solids = _office(rng, hand, margin)
    return Room(tilt, moved(solids, tilt))


def _desk_below(rng: np.random.Generator, hand: np.ndarray, margin: float) -> Polygons:
    """The camera looks down: a desk's surface behind the hand, with things on it."""
    top = hand[1] + margin + rng.uniform(0, 450)
    solids = desk(top, -400, rng.uniform(900, 2500), rng.uniform(1200, 3000), rng.normal(0, 200), 0)
    for _ in range(rng.integers(0, 5)):
        away = rng.choice([-1, 1]) * rng.uniform(160, 600)
        foot = np.array([hand[0] + away, top, hand[2] + rng.normal(0, 350)])
        solids += thing(rng, foot, min(220.0, top - hand[1]))
    return solids + level(top + rng.uniform(600, 800))


def _office(rng: np.random.Generator, hand: np.ndarray, margin: float) -> Polygons:
    floor = rng.uniform(700, 1600)
    back = max(hand[2] + 700, rng.uniform(1500, 4500))
    solids = wall(back, rng.normal(0, 0.15)) + level(floor)
    if rng.random() < 0.5:
        solids += level(-rng.uniform(900, 1800))
    if rng.random() < 0.4:  # a side wall or a cupboard
        side, depth = rng.choice([-1, 1]), rng.uniform(500, 2500)
        middle = np.array([side * (rng.uniform(500, 1800) + 250), 0, back - depth / 2])
        solids += box((500, 2400, depth), middle)
    for _ in range(rng.integers(0, 4)):
        place = np.array(
            [rng.normal(0, 900), floor, rng.uniform(hand[2] + margin + 450, back + 500)]
        )
        solids += chair(rng, place)
    if rng.random() < 0.6:
        solids += _desk_across(rng, hand, margin, floor)
    for _ in range(rng.integers(0, 3)):  # boxes and frames on the wall or standing about
        size = tuple(rng.uniform(100, 900, 3))
        solids += box(
            size, np.array([rng.normal(0, 1200), rng.normal(0, 600), back]), rng.normal(0, 0.3)
        )
    return solids


def _desk_across(
    rng: np.random.Generator, hand: np.ndarray, margin: float, floor: float
) -> Polygons:
    """A desk between camera and person, lower than the hand, or one behind with a monitor."""
    top = max(hand[1] + rng.uniform(90, 350), floor - 760)
    front = (
        hand[2] + rng.uniform(-250, 500) if rng.random() < 0.5 else hand[2] + rng.uniform(600, 1500)
    )
    deep, wide, middle = rng.uniform(500, 900), rng.uniform(900, 2200), rng.normal(0, 300)
    solids = desk(top, front, deep, wide, middle, rng.normal(0, 0.1))
    for _ in range(rng.integers(0, 4)):
        z = max(front + rng.uniform(0.2, 1) * deep, hand[2] + margin + 120)
        foot = np.array([middle + rng.normal(0, 0.3) * wide, top, z])
        solids += (
            monitor(rng, foot + np.array([0, 0, 200])) if rng.random() < 0.3 else thing(rng, foot)
        )
    return solids


def intruder(
    rng: np.random.Generator, hand_mm: np.ndarray, nearest_mm: float, ray: np.ndarray
) -> Polygons:
    """An elbow, a knee or an object that is nearer to the camera than the hand (camera frame).

    nearest_mm: z of its nearest point; ray [2]: its tip, (u - cx) / f and (v - cy) / f.
    """
    kind = rng.choice(["elbow", "knee", "object"], p=[0.35, 0.3, 0.35])
    tip = np.array([*ray, 1.0])
    outwards = tip[:2] - hand_mm[:2] / hand_mm[2]
    outwards = np.append(outwards / max(np.linalg.norm(outwards), 1e-6), 0.0)
    if kind == "object":
        return _object(rng, tip * (nearest_mm + 40))
    if kind == "elbow":
        radius, length = rng.uniform(36, 55), 600.0
    else:
        radius, length = rng.uniform(58, 85), 900.0
    tip = tip * (nearest_mm + radius)
    opening = rng.uniform(0.35, 0.8)
    solids: Polygons = []
    for sign in (-1, 1):  # both halves of the limb go outwards and backwards from the joint
        turned = rotation_about(np.array([0, 0, 1.0]), sign * opening) @ outwards
        direction = turned + np.array([0, 0, rng.uniform(0.25, 1.0)])
        direction /= np.linalg.norm(direction)
        solids += capsule(tip, tip + direction * length, radius, radius * rng.uniform(0.8, 1.25))
    return solids


def _object(rng: np.random.Generator, centre: np.ndarray) -> Polygons:
    turn = rotation_about(np.array([1.0, 0, 0]), rng.normal(0, 0.5)) @ turn_about_vertical(
        rng.uniform(-3, 3)
    )
    if rng.random() < 0.5:
        solids = box(tuple(rng.uniform(30, 160, 3)), np.zeros(3))
    else:
        radius, height = rng.uniform(22, 50), rng.uniform(80, 250)
        solids = prism(
            np.array([1, 1, 0.7]) * radius,
            np.array([0, 0.7, 1]) * height,
            np.array([0, height / 2, 0]),
        )
    depth = max(float((polygon @ turn.T)[:, 2].max()) for polygon in solids)
    return moved(solids, turn, centre + np.array([0, 0, depth - 40]))
