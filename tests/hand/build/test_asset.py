"""The committed mesh, and that it can be built again."""

from __future__ import annotations

import numpy as np
import pytest

from app.hand.asset import N_PIVOTS, load_asset
from app.hand.build.build_asset import build
from app.hand.build.makehuman import download_wheel
from tests.hand.build.rebuilt import assert_as_shipped


def test_the_mesh_is_closed_and_looks_outwards():
    asset = load_asset()
    points = asset.mean_mm[: asset.n_vertices].astype(np.float64)
    edges = np.concatenate([asset.triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    assert {tuple(e) for e in edges.tolist()} == {tuple(e) for e in edges[:, ::-1].tolist()}
    a, b, c = (points[asset.triangles[:, k]] for k in range(3))
    assert (a * np.cross(b, c)).sum() / 6 > 5e5  # mm^3, positive: counter-clockwise from outside


def test_skin_weights_are_shares_of_real_bones():
    asset = load_asset()
    assert asset.skin_weights.shape == asset.skin_bones.shape == (asset.n_vertices, 4)
    np.testing.assert_allclose(asset.skin_weights.sum(1), 1, atol=1e-6)
    assert (np.diff(asset.skin_weights, axis=1) <= 0).all()  # descending, as the skinning relies on
    assert set(np.unique(asset.skin_bones)) <= set(range(21))
    assert asset.mean_mm.shape[0] == asset.n_vertices + N_PIVOTS
    assert asset.morphs.shape[0] == len(asset.morph_names) == 18


def test_shared_arrays_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        load_asset().mean_mm[0] = 0


@pytest.mark.full
def test_the_asset_can_be_built_again_from_the_wheel(tmp_path):
    assert_as_shipped("makehuman", build(download_wheel(tmp_path)))
