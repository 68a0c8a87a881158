import numpy as np
import pytest
import torch

from app.config import EstimatorConfig
from app.engine.load import load_engine
from app.engine.reference.map_refinement import MapRefiner
from app.inference.refiners import make_refiner
from app.segmentation.crop import make_crop
from tests.inference.fakes import CENTRE_MM, hand_frame


@pytest.mark.parametrize("by", ["map", "embedding"])
def test_refinement_through_the_generator_lowers_its_objective(weights, by):
    crop, engine = make_crop(hand_frame(), CENTRE_MM, 250.0), load_engine(weights, "torch")
    output = engine.estimate(crop.image[None])
    first = crop, output.z[0], output.joints_norm[0], output.sigma_norm[0]
    refiner = make_refiner(engine, EstimatorConfig(refine=4, refine_by=by))
    assert isinstance(refiner, MapRefiner)
    objective = refiner._objective(crop, *first[2:])
    z, joints = refiner.refine(*first)
    costs = [float(objective(torch.tensor(v)[None])) for v in (first[1], z)]
    assert costs[1] <= costs[0]
    assert np.isfinite(joints).all()
    broken = first[1] * np.nan
    assert refiner.refine(crop, broken, *first[2:])[0] is broken
