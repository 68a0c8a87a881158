"""The hand without its forearm."""

import numpy as np
import pytest

from app.hand.asset import IDENTITIES, load_asset
from app.hand.kinematics import ELBOW
from app.hand.mesh import boundary_loop
from app.hand.wrist_cut import cut_at_wrist, level_rim


@pytest.mark.parametrize("identity", IDENTITIES)
def test_the_hand_is_closed_and_ends_at_the_wrist(identity):
    asset = load_asset(identity)
    triangles, rim = cut_at_wrist(asset)
    with pytest.raises(ValueError, match="min"):
        boundary_loop(triangles)  # no rim is left
    vertices, pivots = asset.mean_mm[: asset.n_vertices], asset.mean_mm[asset.n_vertices :]
    axis = pivots[ELBOW] - pivots[0]
    reach = (vertices[np.unique(triangles)] - pivots[0]) @ axis / np.linalg.norm(axis)
    assert reach.max() <= 0.5
    assert (reach[np.isin(np.unique(triangles), rim)] > -20).all()
    assert len(triangles) > 0.5 * len(asset.triangles)


def test_a_levelled_rim_lies_in_one_plane_and_nothing_else_moves():
    asset = load_asset()
    _, rim = cut_at_wrist(asset)
    vertices = asset.mean_mm[: asset.n_vertices].copy()
    levelled = level_rim(vertices, rim)
    points = levelled[rim] - levelled[rim].mean(0)
    assert np.linalg.svd(points)[1][-1] < 1e-2
    assert np.linalg.svd(vertices[rim] - vertices[rim].mean(0))[1][-1] > 1
    others = np.setdiff1d(np.arange(len(vertices)), rim)
    np.testing.assert_array_equal(levelled[others], vertices[others])
    assert np.abs(levelled - vertices).max() < 10
