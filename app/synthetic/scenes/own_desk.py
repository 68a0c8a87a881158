"""The desk that the owner of a hand sees under it, with what lies and stands there."""

from __future__ import annotations

import numpy as np

from app.geometry import rotation_about
from app.synthetic.scenes.furniture import (
    Polygons,
    box,
    desk,
    level,
    monitor,
    prism,
    thing,
    wall,
)

MOST_THINGS = 8
CLEAR_MM = 95.0  # round the hand, where nothing stands


def own_room(rng: np.random.Generator, hand_mm: np.ndarray) -> tuple[np.ndarray, Polygons]:
    """[3, 3] world (gravity along +y) -> camera, and a desk or a room round a hand, world frame.

    hand_mm: [3], camera frame; the camera looks down on it.
    """
    tilt = rotation_about(np.array([0, 0, 1.0]), rng.normal(0, 0.12)) @ rotation_about(
        np.array([1.0, 0, 0]), rng.uniform(0.25, 1.2)
    )
    hand = hand_mm @ tilt
    solids: Polygons = []
    if rng.random() < 0.8:
        top = hand[1] + rng.choice([rng.uniform(35, 90), rng.uniform(60, 380)])
        front = hand[2] - rng.uniform(100, 450)
        solids += desk(top, front, rng.uniform(600, 1100), rng.uniform(900, 2400), hand[0], 0.0)
        for _ in range(rng.integers(0, MOST_THINGS)):
            solids += _standing(rng, hand, top)
    solids += level(hand[1] + rng.uniform(650, 1000))
    if rng.random() < 0.7:
        solids += wall(hand[2] + rng.uniform(500, 2500), rng.normal(0, 0.2))
    return tilt, solids


def _standing(rng: np.random.Generator, hand: np.ndarray, top: float) -> Polygons:
    """A thing on the desk beside the hand, or farther away."""
    angle, away = rng.uniform(-np.pi, np.pi), CLEAR_MM + rng.gamma(2, 120)
    foot = np.array([hand[0] + away * np.sin(angle), top, hand[2] + away * np.cos(angle)])
    lot = rng.random()
    if lot < 0.1:
        return monitor(rng, foot + np.array([0, 0, 250.0]))
    if lot < 0.35:  # papers, a telephone, a keyboard
        size = rng.uniform((60, 2, 80), (420, 30, 260))
        return box(tuple(size), foot - np.array([0, size[1] / 2, 0]), rng.uniform(-np.pi, np.pi))
    if lot < 0.5:  # bowls, plates
        radius, height = rng.uniform(50, 130), rng.uniform(15, 90)
        return prism(np.array([0.6, 1.0]) * radius, np.array([0, height]), foot)
    return thing(rng, foot, 220.0)
