import os
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import save_file

from app.engine import onnx_cache
from app.engine.load import load_engine
from app.engine.onnx_cache import cached_graphs, graph_folder, shipped_graphs
from app.errors import WeightsError
from app.model.weights_file import sha256
from tests.inference.fakes import random_weights
from tests.thin import thin_preset

RNG = np.random.default_rng(3)
IMAGES = RNG.uniform(-1, 1, (3, 128, 128)).astype(np.float32)


@pytest.fixture
def graphs(weights) -> dict[str, bytes]:
    """Of `weights`: built with torch by the first test that asks."""
    load_engine(weights)
    return cached_graphs(sha256(weights))


@pytest.fixture
def exports(graphs, monkeypatch) -> list[str]:
    """Origins of the graphs that were asked of torch, which gives those of `weights` at once."""
    asked: list[str] = []

    def export(model, folder, origin):
        asked.append(origin)
        for name, content in graphs.items():
            (folder / f"{name}.onnx").write_bytes(content)
        return {name: folder / f"{name}.onnx" for name in graphs}

    monkeypatch.setattr("app.model.onnx.export_onnx", export)
    return asked


def test_a_batch_is_as_good_as_one_by_one(weights):
    engine = load_engine(weights)
    together = engine.estimate(IMAGES).joints_norm
    alone = np.concatenate([engine.estimate(image[None]).joints_norm for image in IMAGES])
    assert np.allclose(together, alone, atol=1e-5)


def test_the_graphs_are_built_once(weights, monkeypatch):
    load_engine(weights)
    monkeypatch.setattr(onnx_cache, "build_graphs", lambda *_: pytest.fail("built again"))
    load_engine(weights)


def test_the_live_path_does_not_import_torch(weights):
    load_engine(weights)
    code = (
        "import sys; from app.inference.pipeline import make_pipeline; from app.config import *;"
        "make_pipeline(EstimatorConfig(weights=sys.argv[1])); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(weights)], check=True, env=os.environ)


@pytest.mark.parametrize("damage", ["truncate", "flip", "remove"])
def test_a_damaged_cache_is_rebuilt(weights, graphs, exports, damage):
    digest = sha256(weights)
    victim = next(graph_folder().glob(f"{digest[:16]}*.estimate.*"))
    content = bytearray(victim.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 0x40
    victim.write_bytes(content[: None if damage == "flip" else 1000])
    if damage == "remove":
        victim.unlink()
    assert cached_graphs(digest) is None
    assert load_engine(weights).estimate(IMAGES).z.shape[0] == 3
    assert exports == [digest]
    assert cached_graphs(digest) == graphs


def test_a_cache_that_cannot_be_written_is_done_without(weights, exports, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("no folder can be made below a file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert load_engine(weights).estimate(IMAGES).z.shape[0] == 3
    assert exports == [sha256(weights)]


def test_shipped_graphs_are_taken(weights, graphs, exports, tmp_path, monkeypatch):
    copy = tmp_path / "live.safetensors"
    copy.write_bytes(weights.read_bytes())
    onnx_cache.ship_graphs(copy)
    assert shipped_graphs(copy) == graphs
    monkeypatch.setattr(onnx_cache, "cached_graphs", lambda *_: pytest.fail("not the shipped ones"))
    assert (load_engine(copy).estimate(IMAGES).presence > 0.5).all()


def test_shipped_graphs_of_other_weights_are_not_taken(graphs, tmp_path):
    retrained = random_weights(tmp_path / "live.safetensors", -4.0, thin_preset("live"))
    for name, content in graphs.items():
        retrained.with_name(f"live.{name}.onnx").write_bytes(content)
    assert shipped_graphs(retrained) == graphs
    assert (load_engine(retrained).estimate(IMAGES).presence < 0.5).all()


def test_wrong_weights_are_said_in_one_line(tmp_path, weights):
    (tmp_path / "text.safetensors").write_text("hello")
    save_file({"a": np.zeros(3)}, tmp_path / "foreign.safetensors")
    content = weights.read_bytes()
    (tmp_path / "short.safetensors").write_bytes(content[: len(content) // 2])
    for name in ("text", "foreign", "short", "missing"):
        for backend in ("onnx", "torch"):
            with pytest.raises(WeightsError) as caught:
                load_engine(tmp_path / f"{name}.safetensors", backend)
            assert "\n" not in str(caught.value)
