"""The networks' code against the graphs that ship: other code with the same weights is seen."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from app.engine.load import load_engine
from app.engine.onnx_engine import OnnxEngine
from app.engine.reference.torch_engine import TorchEngine
from app.model.checkpoint import load_localiser
from app.resources import SHIPPED_LOCALISER
from app.segmentation.canvas import localiser_input
from app.segmentation.crop import make_crop
from app.segmentation.heatmap import OnnxHeatmap
from tests.inference.fakes import CENTRE_MM, hand_frame

torch.set_num_threads(1)
CROP = make_crop(hand_frame(), CENTRE_MM, 250.0)
NOISE = np.random.default_rng(0).uniform(-1, 1, (128, 128)).astype(np.float32)
IMAGES = np.stack([CROP.image, CROP.image[:, ::-1], NOISE])


@pytest.fixture(scope="module")
def engines() -> tuple[OnnxEngine, TorchEngine]:
    graphs, network = load_engine(), load_engine(backend="torch")
    assert isinstance(graphs, OnnxEngine)
    assert isinstance(network, TorchEngine)
    return graphs, network


def test_an_estimate_is_that_of_the_shipped_graph(engines):
    graphs, network = (engine.estimate(IMAGES) for engine in engines)
    np.testing.assert_allclose(network.joints_norm, graphs.joints_norm, atol=1e-4)
    np.testing.assert_allclose(network.sigma_norm, graphs.sigma_norm, rtol=1e-3)
    np.testing.assert_allclose(network.presence, graphs.presence, atol=1e-4)
    np.testing.assert_allclose(network.side, graphs.side, atol=1e-4)
    np.testing.assert_allclose(network.z, graphs.z, atol=1e-3)


def test_hands_are_encoded_decoded_and_drawn_as_by_the_shipped_graphs(engines):
    graphs, network = engines
    z = np.random.default_rng(1).normal(0, 0.7, (4, 41)).astype(np.float32)
    z[:, -3:] *= 0.1
    joints = graphs.decode(z)
    np.testing.assert_allclose(network.decode(z), joints, atol=1e-5)
    np.testing.assert_allclose(network.encode(joints), graphs.encode(joints), atol=1e-3)
    for perspective in (None, 0.4):
        drawn = [engine.synthesise(z, perspective) for engine in engines]
        assert ((drawn[0] < 1).mean((1, 2)) > 0.02).all()
        assert (np.abs(drawn[0] - drawn[1]) > 1e-3).mean() < 1e-3  # but for pixels on the outline
    np.testing.assert_allclose(network.realism(IMAGES), graphs.realism(IMAGES), atol=1e-3)


def test_the_localiser_is_the_shipped_graph():
    inputs, _ = localiser_input(hand_frame())
    model, _ = load_localiser(SHIPPED_LOCALISER.with_suffix(".safetensors"))
    with torch.no_grad():
        answer = model(torch.from_numpy(inputs)).numpy()
    np.testing.assert_allclose(answer, OnnxHeatmap(SHIPPED_LOCALISER)(inputs), atol=1e-3)
