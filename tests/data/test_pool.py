"""Samples kept as bytes, and the part of the variety that a study draws from."""

import numpy as np
import pytest

from app.data.pool import Pool, from_bytes, make_pool, pool_size, to_bytes
from app.data.synthetic import CropSource
from app.synthetic.crops.domain import Domain, by_breadth
from app.synthetic.crops.generator import CropGenerator
from tests.training.fakes import FakeCrops

SLENDER = Domain(cameras=("sr305",), breadth=(0.0, 0.3), facing=True)
BROAD = Domain(cameras=("icvl",), breadth=(0.7, 1.0), facing=True)


def test_bytes_are_within_half_a_millimetre():
    depth = np.random.default_rng(0).uniform(-1, 0.99, 1000).astype(np.float32)
    again = from_bytes(to_bytes(depth))
    assert np.abs(again - depth).max() < 1.01 / 254
    assert (from_bytes(to_bytes(np.full(3, 0.9999, np.float32))) < 1).all()  # still a reading
    assert from_bytes(to_bytes(np.ones(3, np.float32))).tolist() == [1, 1, 1]


def test_a_pool_gives_what_its_source_gave(tmp_path):
    source = FakeCrops(0, "train")
    assert pool_size(tmp_path) == 0
    make_pool(tmp_path, source, 9)
    assert pool_size(tmp_path) == len(Pool(tmp_path)) == 9
    taken, made = Pool(tmp_path).arrays(7, 4), source.arrays(7, 2)
    for name, values in made.items():
        assert taken[name].dtype == values.dtype
        np.testing.assert_allclose(taken[name][:2], values, atol=1.01 / 254)
    first = source.arrays(0, 2)
    np.testing.assert_allclose(taken["joints"][2:], first["joints"])  # begins anew


@pytest.fixture(scope="module")
def crops():
    """Slender hands of one camera, broad ones of another."""
    options = ({"clutter": False, "domain": d} for d in (SLENDER, BROAD))
    return [CropSource(3, "train", o).generator().batch(0, 300) for o in options]


def test_a_domain_holds_its_own_hands_alone(crops):
    order = by_breadth("train")
    for made, low, high in ((crops[0], 0, 0.3), (crops[1], 0.7, 1)):
        places = np.argsort(order)[made.shape_index] / len(order)
        assert places.min() >= low - 0.01
        assert places.max() <= high + 0.01
        assert made.present.all()


def test_a_domain_keeps_camera_and_view(crops):
    slender, broad = crops
    assert slender.centre_mm[:, 2].max() > 800 > 700 > broad.centre_mm[:, 2].max()
    for made in crops:
        assert np.abs(made.joints.mean(1)).max() < 45  # the cube went with the hand
        assert (made.joints[:, 12, 1] < made.joints[:, 0, 1] + 60).all()  # fingers up


def test_a_domain_without_limits_has_every_hand_and_clutter_is_refused():
    whole = CropGenerator(3, clutter=False, domain=Domain()).batch(0, 256, clean=False)
    assert len(np.unique(whole.shape_index)) > 150
    with pytest.raises(ValueError, match="clutter"):
        CropGenerator(3, domain=Domain())
