"""Clothed bodies behind the hand of a crop, or in its place."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from app.hand.shape import Split
from app.synthetic.clutter import random_turns
from app.synthetic.scenes.body import body_of_pool, load_body, triangles_without

N_PEOPLE = 40
PERSON_SHARE = 0.18  # of the hands have somebody behind them
PERSON = np.dtype(
    [
        ("number", np.int64),  # of a clothed body; -1: nobody
        ("vertex", np.int64),  # of the body, lies at place_mm
        ("turn", np.float32, (3, 3)),  # body -> camera
        ("place_mm", np.float32, 3),
    ],
    align=True,
)


def sample_people(
    rng: np.random.Generator, target: np.ndarray, kind: np.ndarray, clutter: bool
) -> np.ndarray:
    """PERSON [n]: a point of somebody's front, every second time of the head, at each target.

    target: [n, 3] mm, the hand, behind which they stand, or the centre of a negative; kind: [n]
    "hand", "person" or another.
    """
    n, hand = len(target), kind == "hand"
    front, face = _front_vertices()
    behind = np.concatenate([rng.normal(0, 70, (n, 2)), rng.uniform(10, 170, (n, 1))], 1)
    close = rng.normal(0, 20, (n, 3))
    there = np.where(hand, rng.random(n) < PERSON_SHARE, kind == "person") & clutter
    person = np.zeros(n, PERSON)
    person["vertex"] = np.where(rng.random(n) < 0.5, rng.choice(front, n), rng.choice(face, n))
    person["turn"] = random_turns(rng, n, 0.35) @ np.diag([1.0, -1, -1])  # facing us, upright
    person["number"] = np.where(there, rng.integers(0, N_PEOPLE, n), -1)
    person["place_mm"] = target + np.where(hand[:, None], behind, close)
    return person


@lru_cache(maxsize=1)
def _front_vertices() -> tuple[np.ndarray, np.ndarray]:
    """Vertices of the body's front without forearms and hands, and those of the head among them."""
    asset = load_body()
    bone = asset.skin_bones[:, 0]
    arms = [k for k, name in enumerate(asset.bones) if name.startswith(("forearm", "hand", "shin"))]
    place = asset.mean_mm[:, 2] > asset.mean_mm[:, 2].mean() + 20
    front = place & ~np.isin(bone, arms)
    head = front & (bone == asset.bones.index("head"))
    return np.flatnonzero(front), np.flatnonzero(head)


@lru_cache(maxsize=2)
def people(split: Split) -> np.ndarray:
    """float32 [N_PEOPLE, V, 3] mm: clothed bodies at rest, body frame."""
    return np.stack([body_of_pool(split, k).vertices_mm for k in range(N_PEOPLE)])


def people_triangles() -> np.ndarray:
    """int32 [T, 3]: the body without its hands, which would need labels of their own."""
    return triangles_without(("hand.R", "hand.L"))
