"""Files of weights: round trip, refusal of everything else, atomic writing, and the ONNX graphs."""

import json
import os
from dataclasses import astuple

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.numpy import save_file

from app.errors import OutputError, WeightsError
from app.latent.space import fit_latent_space
from app.model import checkpoint, onnx
from app.model.checkpoint import load_weights, save_weights, write_card
from app.model.crossing_nets import CrossingNets, build
from app.model.localiser import Localiser
from app.model.recipes.live import LIVE
from app.model.recipes.paper import PAPER
from app.model.weights_file import KEY, read_latents, read_metadata, sha256
from app.outputs import write_atomically

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def model() -> CrossingNets:
    """A live network whose batch norms have seen something, so that folding them matters."""
    network = build(LIVE.preset, seed=2)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network.train()
        with torch.no_grad():
            for _ in range(3):
                network.disc.pose(torch.rand(4, 1, 128, 128) * 2 - 1)
                network.render(torch.randn(4, 41))
    return network.eval()


@pytest.fixture(scope="module")
def weights(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "live.safetensors"
    latents = fit_latent_space(np.random.default_rng(0).normal(size=(200, 32)), 1, 4)
    save_weights(path, model, {"licence": "Apache-2.0", "measured": {"joint_mm": 9.0}}, latents)
    return path


def test_weights_and_metadata_survive(model, weights):
    loaded, metadata = load_weights(weights)
    assert metadata["measured"] == {"joint_mm": 9.0}
    assert loaded.preset == model.preset
    images = torch.rand(1, 1, 128, 128)
    with torch.no_grad():
        ours, theirs = astuple(loaded.estimate(images)), astuple(model.estimate(images))
        for a, b in zip(ours, theirs, strict=True):
            assert torch.equal(a, b)
    assert not loaded.training


def test_the_prior_travels_with_the_weights_and_reads_without_the_network(weights):
    space = read_latents(weights)
    assert space.directions.shape == (4, 32)
    assert read_metadata(weights, "hand")["preset"]["name"] == "live"


def foreign(path) -> None:
    save_file({"a": np.zeros(3, np.float32)}, path)


def other_version(path) -> None:
    header = {"format": 99, "kind": "hand", "preset": LIVE.preset.to_dict()}
    save_file({"a": np.zeros(3, np.float32)}, path, {KEY: json.dumps(header)})


def other_shapes(path) -> None:
    header = {"format": 1, "kind": "hand", "preset": LIVE.preset.to_dict()}
    save_file({"vae.mean_pose": np.zeros(3, np.float32)}, path, {KEY: json.dumps(header)})


def odd_preset(path) -> None:
    header = {"format": 1, "kind": "hand", "preset": {"name": "live"}}
    save_file({"a": np.zeros(3, np.float32)}, path, {KEY: json.dumps(header)})


def broken_json(path) -> None:
    save_file({"a": np.zeros(3, np.float32)}, path, {KEY: "{"})


def text(path) -> None:
    path.write_text("not weights at all")


def empty(path) -> None:
    path.write_bytes(b"")


def folder(path) -> None:
    path.mkdir()


WRONG = {
    foreign: "other weights",
    other_version: "another version",
    other_shapes: "does not fit",
    odd_preset: "another version",
    broken_json: "metadata is damaged",
    text: "damaged or not",
    empty: "damaged or not",
    folder: "no weights",
}


@pytest.mark.parametrize(
    ("spoil", "words"), WRONG.items(), ids=lambda f: getattr(f, "__name__", "")
)
def test_anything_else_is_refused_in_one_line(tmp_path, spoil, words):
    path = tmp_path / "w.safetensors"
    spoil(path)
    with pytest.raises(WeightsError, match=words) as caught:
        load_weights(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("keep", [4, 100, 0.5, 0.999])
def test_truncated_weights_are_refused(weights, tmp_path, keep):
    content = weights.read_bytes()
    path = tmp_path / "w.safetensors"
    path.write_bytes(content[: int(keep * len(content)) if keep < 1 else keep])
    with pytest.raises(WeightsError):
        load_weights(path)


def test_localiser_weights_are_not_hand_weights(tmp_path):
    path = tmp_path / "localiser.safetensors"
    checkpoint.save_localiser(path, Localiser(), {})
    loaded, _ = checkpoint.load_localiser(path)
    assert isinstance(loaded, Localiser)
    with pytest.raises(WeightsError, match="localiser"):
        load_weights(path)


def test_missing_weights_name_their_path(tmp_path):
    with pytest.raises(WeightsError, match="nowhere"):
        load_weights(tmp_path / "nowhere.safetensors")


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail(_: int) -> None:
        raise OSError("disc full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match="disc full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"


def test_the_card_tells_data_errors_and_licence(tmp_path):
    path = tmp_path / "card.md"
    write_card(path, "live", {"data": {"hands": "synthetic"}, "measured": {"joint_mm": 9.5}})
    card = path.read_text()
    for part in ("# live", "hands: synthetic", "joint mm: 9.5", "Apache-2.0"):
        assert part in card


def run(path, *values: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    return session.run(None, dict(zip(names, values, strict=True)))


def test_graphs_give_the_networks_answers_for_any_batch(model, weights, tmp_path):
    paths = onnx.export_onnx(model, tmp_path, sha256(weights))
    assert set(paths) == set(onnx.GRAPHS)
    rng = np.random.default_rng(0)
    for n in (1, 5):
        images = rng.uniform(-1, 1, (n, 1, 128, 128)).astype(np.float32)
        z, joints, sigma, presence, side = run(paths["estimate"], images)
        with torch.no_grad():
            expected = model.estimate(torch.from_numpy(images))
            expected_joints = model.decode(expected.z)
        np.testing.assert_allclose(z, expected.z, atol=1e-4)
        np.testing.assert_allclose(joints, expected_joints, atol=1e-4)
        np.testing.assert_allclose(sigma, expected.log_sigma.exp(), atol=1e-4)
        np.testing.assert_allclose(presence, expected.presence_logit.sigmoid(), atol=1e-4)
        np.testing.assert_allclose(side, expected.side_logit.sigmoid(), atol=1e-4)
        np.testing.assert_allclose(run(paths["decode"], z)[0], expected_joints, atol=1e-4)
        encoded = run(paths["encode"], joints)[0]
        with torch.no_grad():
            np.testing.assert_allclose(encoded, model.encode(expected_joints), atol=1e-3)
            seen = torch.linspace(0.1, 0.5, n)
            picture = model.synthesise(expected.z, seen).numpy()
        off = np.abs(run(paths["synthesise"], z, seen.numpy())[0] - picture) > 1e-4
        assert off.mean() < 1e-3  # a contour pixel may fall on its other side
        with torch.no_grad():  # the network itself is unharmed by the export
            realism = model.realism(torch.from_numpy(images)).sigmoid()
        np.testing.assert_allclose(run(paths["realism"], images)[0], realism, atol=1e-4)


def test_graphs_have_batch_norm_folded_and_name_their_weights(model, weights, tmp_path):
    import onnx as package

    paths = onnx.export_onnx(model, tmp_path, sha256(weights), ("estimate", "realism"))
    for path in paths.values():
        graph = package.load(path)
        assert "BatchNormalization" not in {node.op_type for node in graph.graph.node}
        assert {p.key: p.value for p in graph.metadata_props}[onnx.ORIGIN] == sha256(weights)


def test_a_graph_that_answers_otherwise_is_refused(model, monkeypatch, tmp_path):
    calls = []

    def drifting(network, z):
        calls.append(1)
        return network.decode(z) + 0.01 * len(calls)

    monkeypatch.setitem(onnx.FUNCTIONS, "decode", drifting)
    with pytest.raises(WeightsError, match="decode"):
        onnx.export_onnx(model, tmp_path, names=("decode",))
    assert not (tmp_path / "decode.onnx").exists()


def test_graphs_of_the_paper_preset_take_any_batch(tmp_path):
    """Its uncertainty, presence and side are constants, and still one for each crop."""
    paths = onnx.export_onnx(build(PAPER.preset, 1), tmp_path, "", ("estimate",))
    for n in (1, 2):
        z, joints, sigma, presence, side = run(
            paths["estimate"], np.zeros((n, 1, 128, 128), np.float32)
        )
        assert [len(x) for x in (z, joints, sigma, presence, side)] == [n] * 5


def test_paper_yardstick_graphs(tmp_path):
    paths = onnx.export_paper(tmp_path)
    assert run(paths["paper_network"], np.zeros((2, 1, 128, 128), np.float32))[0].shape == (2, 23)
    z = np.zeros((2, PAPER.preset.latent), np.float32)
    assert run(paths["paper_generator"], z)[0].shape == (2, 1, 128, 128)


def test_localiser_graph_takes_any_canvas(tmp_path):
    path = onnx.export_localiser(Localiser(), tmp_path / "localiser.onnx")
    assert run(path, np.zeros((1, 2, 96, 160), np.float32))[0].shape == (1, 2, 24, 40)
