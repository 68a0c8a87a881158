"""Sparse readings and blinded spots take readings away, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from app.synthetic.flaws import FLAWS, blind, sample_holes, sample_sparseness, thin_out

FAR, CAMERA = np.float32(900), (200.0, 200.0, 59.5, 59.5)


def flaws(**changes):
    one = np.zeros((), FLAWS)
    for name, value in changes.items():
        one[name] = value
    return one


def wall(z: float = 400.0) -> np.ndarray:
    return np.full((120, 120), z, np.float32)


@pytest.mark.parametrize(("across", "down", "share"), [(2, 2, 1 / 4), (3, 3, 1 / 9), (1, 3, 1 / 3)])
def test_a_grid_leaves_one_reading_of_so_many(across, down, share):
    depth = wall()
    thin_out(depth, FAR, flaws(across=across, down=down), np.uint64(12345))
    kept = depth < FAR
    assert kept.mean() == pytest.approx(share, abs=0.01)
    rows, columns = np.nonzero(kept)
    assert len(set(rows % down)) == len(set(columns % across)) == 1
    assert (depth[kept] == 400).all()


def test_loss_at_random_is_the_share_it_says():
    depth = wall()
    thin_out(depth, FAR, flaws(lost=0.7), np.uint64(5))
    assert (depth < FAR).mean() == pytest.approx(0.3, abs=0.02)
    again = wall()
    thin_out(again, FAR, flaws(), np.uint64(5))
    np.testing.assert_array_equal(again, wall())


def test_a_blinded_spot_is_round_where_it_is_said_to_be():
    depth = wall()
    depth[:, :30] = 600  # farther than the spot reaches
    blind(depth, FAR, CAMERA, np.array([0, 0, 400], np.float32), flaws(hole_mm=20))
    rows, columns = np.nonzero(depth == FAR)
    away = np.hypot((rows - 59.5) * 2, (columns - 59.5) * 2)
    assert away.max() < 20 * 1.5 + 2
    assert len(rows) * 4 == pytest.approx(np.pi * 400, rel=0.2)
    deep = wall(600.0)
    blind(deep, FAR, CAMERA, np.array([0, 0, 400], np.float32), flaws(hole_mm=20))
    np.testing.assert_array_equal(deep, wall(600.0))


def test_what_is_too_near_gives_no_reading():
    depth = wall()
    depth[:10] = 90
    blind(depth, FAR, CAMERA, np.array([0, 0, 400], np.float32), flaws(nearest_mm=100))
    assert (depth[:10] == FAR).all()
    assert (depth[10:] == 400).all()


def test_drawn_flaws_cover_grids_rows_and_loss(rng):
    drawn = np.zeros(600, FLAWS)
    sample_sparseness(rng, drawn)
    grids = {(int(a), int(d)) for a, d in zip(drawn["across"], drawn["down"], strict=True)}
    assert grids == {(1, 1), (2, 2), (3, 3), (1, 2), (1, 3)}
    assert drawn["lost"].max() < 0.86
    assert (drawn["lost"][(drawn["across"] == 1) & (drawn["down"] == 1)] > 0.29).all()
    sample_holes(rng, drawn, 0.4)
    assert (drawn["hole_mm"] > 0).mean() == pytest.approx(0.4, abs=0.07)
