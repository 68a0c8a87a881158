"""Crops of recordings without labels: found, kept within a limit, in fair order; none is told."""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from app.capture.base import DepthSource, EndOfStream, StreamInfo
from app.capture.registry import open_source
from app.errors import DataError, EndedEarly, NotARecording, WeightsError
from app.frames import DepthFrame, FrameResult, Intrinsics
from app.inference.recorded_crops import (
    STORED,
    RecordedCrops,
    Thinned,
    collect_crops,
    read_recording,
)
from app.model.checkpoint import load_weights, save_weights
from app.model.crossing_nets import build
from app.model.recipes.live import LIVE
from app.model.weights_file import read_latents
from app.resources import SHIPPED_WEIGHTS
from app.segmentation.crop import make_crop
from app.segmentation.tracker import HandTracker
from app.training.__main__ import main
from app.training.run import Run, Sources
from app.training.stages.adapt_stage import AdaptStage
from tests.inference.fakes import FakeSource, empty_frame, plain_hand
from tests.thin import thin_preset
from tests.training.fakes import FakeCrops, config, fake_poses, run, same
from tests.training.fixtures import thin_networks

__all__ = ["thin_networks"]
torch.set_num_threads(1)
SAMPLE = Path(__file__).parents[2] / "samples" / "sr305_hand.bag"
CAMERA = Intrinsics(64, 48, 60.0, 60.0, 32.0, 24.0)
DIMENSIONS = LIVE.preset.latent
CROP_BYTES = 128 * 128 * np.dtype(STORED).itemsize


class Frames(DepthSource):
    """`count` frames whose readings are their number, perhaps damaged after the last."""

    def __init__(self, count: int, kind: str = "recording", damaged: bool = False):
        self.count, self.kind, self.damaged, self._next = count, kind, damaged, 0

    def open(self) -> StreamInfo:
        return StreamInfo("frames", self.kind, CAMERA, 1.0, 30.0)

    def read(self, timeout_s: float = 0.2) -> DepthFrame:
        if self._next == self.count:
            raise EndedEarly(self.count, 100) if self.damaged else EndOfStream
        depth = np.full((48, 64), 500 + self._next % 100, np.uint16)
        self._next += 1
        return DepthFrame(self._next - 1, 0, self._next / 30, 0.0, depth, CAMERA)

    def close(self) -> None:
        self.count = -1

    @property
    def position(self) -> int:
        return self._next


class Middle:
    """Sees a hand in the middle of every `every`-th frame."""

    def __init__(self, every: int = 1):
        self.every = every

    def process(self, frame: DepthFrame) -> FrameResult:
        if not self.every or frame.index % self.every:
            return FrameResult(frame)
        crop = make_crop(frame, np.array([0, 0, 550.0]), 250.0)
        return FrameResult(frame, (plain_hand(crop=crop, z=np.full(3, frame.index, np.float32)),))


class Segmentation:
    """The first half of the pipeline: what segmentation alone finds."""

    def __init__(self):
        self.tracker = HandTracker()

    def process(self, frame: DepthFrame) -> FrameResult:
        region = self.tracker.update(frame)
        if region is None:
            return FrameResult(frame)
        crop = make_crop(frame, region.centre_mm, 250.0)
        return FrameResult(frame, (plain_hand(crop=crop, z=np.zeros(3, np.float32)),))


def test_hands_of_a_real_recording_are_found():
    made = collect_crops(open_source(str(SAMPLE)), Segmentation(), str(SAMPLE), 0)
    assert made.crops.shape[1:] == (128, 128)
    assert len(made.crops) > 10
    assert ((made.crops < 1).mean((1, 2)) > 0.05).mean() > 0.9  # something near is in each
    assert made.summary.startswith("sr305_hand.bag: a hand in ")


def test_the_shipped_weights_find_the_hand_of_the_sample():
    made = read_recording(str(SAMPLE), SHIPPED_WEIGHTS, 0)
    assert len(made.crops) > 10
    centres = [np.argwhere(crop < 1).mean(0) for crop in made.crops]
    assert np.abs(np.median(centres, 0) - 63.5).max() < 20


def test_frames_without_a_hand_are_left_out():
    made = collect_crops(Frames(30), Middle(every=3), "a/b.npz", 0)
    assert len(made.crops) == 10
    assert made.summary == "b.npz: a hand in 10 of 30 frames"


def test_a_long_recording_is_thinned_to_the_limit():
    made = collect_crops(Frames(90), Middle(), "x.npz", 0, limit_bytes=20 * CROP_BYTES)
    assert 10 <= len(made.crops) <= 20
    depths = [round(float(crop.min()) * 125) for crop in made.crops]
    assert np.ptp(np.diff(depths)) <= 1  # evenly over the whole recording
    assert depths[-1] - depths[0] > 70
    assert "kept" in made.summary


@pytest.mark.parametrize(("given", "limit"), [(5, 8), (8, 8), (9, 8), (100, 8), (64, 2)])
def test_thinning_keeps_an_even_choice(given, limit):
    thinned = Thinned(limit)
    for number in range(given):
        thinned.add(np.array(number))
    kept = [int(item) for item in thinned.items]
    assert kept == list(range(0, given, thinned.step))
    assert min(given, limit) / 2 <= len(kept) <= limit


def test_an_endless_source_ends(monkeypatch):
    monkeypatch.setattr("app.inference.recorded_crops.ENDLESS_FRAMES", 12)
    assert len(collect_crops(Frames(10**6, "camera"), Middle(), "realsense", 0).crops) == 12


def test_what_comes_before_the_damage_counts():
    source = Frames(7, damaged=True)
    made = collect_crops(source, Middle(), "x.bag", 0)
    assert len(made.crops) == 7
    assert "stops after frame 7 of 100; the rest is damaged" in made.summary
    assert source.count == -1  # closed


@pytest.mark.parametrize("damaged", [False, True])
def test_a_recording_without_hands_says_so(damaged):
    with pytest.raises(DataError, match=r"no hand found in x.bag: 7 frames") as caught:
        collect_crops(Frames(7, damaged=damaged), Middle(every=0), "x.bag", 0)
    assert "\n" not in str(caught.value)
    assert ("stops after" in str(caught.value)) == damaged


def test_every_crop_comes_once_an_epoch():
    crops = np.arange(10, dtype=STORED)[:, None, None] / 16 * np.ones((1, 128, 128), STORED)
    numbers = np.arange(len(crops), dtype=np.float32)
    made = RecordedCrops(crops, numbers, numbers[:, None] * np.ones(32, np.float32), 3, "")
    first, second = (made.arrays(start, 10)["images"][:, 0, 0] for start in (0, 10))
    assert first.dtype == np.float32
    assert sorted(first) == sorted(second) == list(np.arange(10) / 16)
    assert (first != second).any()
    both = made.arrays(7, 6)
    np.testing.assert_array_equal(both["images"][:, 0, 0], [*first[7:], *second[:3]])
    for name in ("perspective", "z"):  # each crop with its own
        np.testing.assert_array_equal(both[name].reshape(6, -1)[:, 0], 16 * both["images"][:, 0, 0])


def blobs(spec: str, weights: Path, seed: int) -> RecordedCrops:
    images = FakeCrops(9, "train").arrays(0, 12)["images"]
    perspective = np.full(len(images), 0.2, np.float32)
    z = np.random.default_rng(4).normal(0, 0.3, (len(images), DIMENSIONS)).astype(np.float32)
    return RecordedCrops(images.astype(STORED), perspective, z, seed, f"{spec}: 12 crops", spec)


ADAPTED = Sources(FakeCrops, fake_poses, blobs)


@pytest.fixture
def weights(tmp_path) -> Path:
    path = tmp_path / "base.safetensors"
    save_weights(path, build(thin_preset("live"), 5), {})
    return path


@pytest.mark.parametrize("stage", ["adapt", "joint"])
def test_adapting_starts_from_the_weights_and_leaves_weights(tmp_path, weights, stage):
    changes = {"adapt": "mine.bag", "weights_file": weights, "sources": ADAPTED}
    made = run(tmp_path / "out", (stage,), **changes)
    base = load_weights(weights)[0]
    loaded, metadata = load_weights(tmp_path / "out" / "live.safetensors")
    assert same(loaded, made.loop.average.model)
    assert same(loaded.vae, base.vae)  # the decoder is frozen: the latent space stays
    assert not same(loaded.disc, base.disc)
    assert metadata["data"]["unlabelled"] == "mine.bag: 12 crops"
    assert metadata["data"]["start"].startswith("base.safetensors")
    assert "--adapt RECORDING" in metadata["training"]["command"]
    assert json.loads((tmp_path / "out" / "config.json").read_text())["adapt"] == "mine.bag"
    pairs = zip(loaded.disc.parameters(), base.disc.parameters(), strict=True)
    assert max(float((p - q).detach().abs().max()) for p, q in pairs) < 0.01


@pytest.mark.parametrize("stage", ["adapt", "joint"])
def test_a_resumed_adaptation_ends_in_the_same_weights(tmp_path, weights, stage):
    changes = {"adapt": "mine.bag", "weights_file": weights, "sources": ADAPTED}
    whole = run(tmp_path / "whole", (stage,), **changes)
    run(tmp_path / "parts", (stage,), stop_after=2, **changes)
    resumed = run(tmp_path / "parts", (stage,), resume=True, **changes)
    assert same(whole.model, resumed.model)


def adapting(tmp_path: Path, weights: Path) -> AdaptStage:
    """The stage before its first step."""
    plain = config(tmp_path / "out", ("adapt",), adapt="mine.bag", weights_file=weights)
    made = Run(plain, ADAPTED, quiet=True)
    stage = made._stage("adapt")
    stage.prepare(0, fresh=True)
    return stage


def test_only_the_recording_moves_an_adapted_network(tmp_path, weights):
    """On synthetic crops nothing has moved before the first step, so they do not pull."""
    stage = adapting(tmp_path, weights)
    losses = stage.update(0)
    assert float(losses["kept"]) < 2e-4  # distances are smooth at zero
    assert losses["consistency"] > 0.01
    assert stage.update(1)["kept"] > losses["kept"]


def test_an_adapted_network_comes_nearer_to_the_refined_answers(tmp_path, weights):
    stage = adapting(tmp_path, weights)
    alone = replace(stage.context.weights, kept=0.0, resynthesis=0.0)
    stage.context = replace(stage.context, weights=alone)
    stage.set_rate(5)
    losses = [float(stage.update(k)["consistency"]) for k in range(30)]
    assert np.mean(losses[-6:]) < 0.85 * np.mean(losses[:6])
    assert same(stage.start, load_weights(weights)[0])


def test_a_pseudo_label_is_the_refined_answer_but_for_the_wrist(tmp_path, weights):
    stage = adapting(tmp_path, weights)
    pseudo = stage._pseudo_labels(0)
    stage.recorded.z += 1.0
    stage.prepare(0, fresh=True)
    other = stage._pseudo_labels(0)
    assert torch.equal(pseudo.images, other.images)
    assert torch.equal(pseudo.joints[:, 0], other.joints[:, 0])
    assert (pseudo.joints[:, 1:] != other.joints[:, 1:]).any(-1).all()


def test_weights_of_another_preset_are_refused(tmp_path, weights):
    with pytest.raises(WeightsError, match="live preset"):
        run(tmp_path / "out", ("joint",), preset="paper", weights_file=weights)


def test_a_prior_stays_with_adapted_weights(tmp_path):
    base = run(tmp_path / "base", ("vae",))
    first = base.config.out / "live.safetensors"
    changes = {"adapt": "mine.bag", "weights_file": first, "sources": ADAPTED}
    made = run(tmp_path / "out", ("joint",), **changes)
    before, after = (
        read_latents(p).to_tensors() for p in (first, made.config.out / "live.safetensors")
    )
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name])


def test_files_that_are_no_recordings_give_one_line(tmp_path, weights, capsys):
    wrong = tmp_path / "wrong.bag"
    wrong.write_bytes(b"nothing of the kind")
    arguments = ["--out", str(tmp_path / "o"), "--adapt", str(wrong), "--weights", str(weights)]
    code = main([*arguments, "--steps", "1", "--workers", "0", "--quiet"])
    said = capsys.readouterr().err.strip()
    assert code == NotARecording.exit_code
    assert said.startswith("python -m app.training: ")
    assert "\n" not in said


def frames_with_unit(unit_mm: float) -> list[DepthFrame]:
    """Frames of the sample, their readings taken for another unit."""
    with open_source(str(SAMPLE)) as source:
        return [replace(f, depth_unit_mm=unit_mm) for f in islice(source.depth_frames(), 4)]


@pytest.mark.parametrize("unit_mm", [1.0, 0.001])
def test_nothing_is_learnt_under_a_wrong_unit_and_the_likely_one_is_named(monkeypatch, unit_mm):
    source = FakeSource(frames_with_unit(unit_mm))
    monkeypatch.setattr("app.inference.recorded_crops.open_source", lambda spec: source)
    with pytest.raises(DataError, match=r"with 0\.125 mm, not"):
        read_recording("x.bag", SHIPPED_WEIGHTS, 0)


def test_nothing_is_learnt_without_a_hand_and_the_range_is_named(monkeypatch):
    source = FakeSource([empty_frame(i) for i in range(3)])
    monkeypatch.setattr("app.inference.recorded_crops.open_source", lambda spec: source)
    with pytest.raises(DataError, match=r"no hand found in x.bag: 3 frames \(.*15 to 150 cm"):
        read_recording("x.bag", SHIPPED_WEIGHTS, 0)
