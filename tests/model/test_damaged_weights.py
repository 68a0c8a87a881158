"""Damaged and hostile weights are refused in one line: no crash, no hang, little memory."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from app.errors import WeightsError
from app.latent.space import fit_latent_space
from app.model.checkpoint import load_weights, save_weights
from app.model.crossing_nets import build
from app.model.presets import DiscriminatorConfig, GeneratorConfig, VaeConfig
from app.model.recipes.live import LIVE
from app.model.seal import is_intact, seal
from tests.model.hostile_weights import hostile, join, split
from tests.repository.tree import ROOT

SMALL = replace(
    LIVE.preset,
    vae=VaeConfig(hidden=16),
    generator=GeneratorConfig(latent=8, align_hidden=8, channels=(4, 4)),
    discriminator=DiscriminatorConfig((4, 4), (4, 4, 4), 8, (4, 4, 4), 8),
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    latents = fit_latent_space(np.random.default_rng(0).normal(size=(200, 32)), 1, 4)
    save_weights(path, build(SMALL, seed=1), {"licence": "Apache-2.0"}, latents)
    return path


def check(weights, folder, first, count):
    script = [sys.executable, "-m", "tests.model.read_damaged_weights", str(first), str(count)]
    done = subprocess.run(
        [*script, folder, weights],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120 + 3 * count,
    )
    assert (done.returncode, done.stderr) == (0, "")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == count + 8
    for result in results:
        assert result["outcome"] == "4", result
        assert "\n" not in result["message"], result
        assert len(result["message"]) < 600, result
        assert result["worked_s"] < 5, result
        assert result["peak_mb"] < 1024, result


def test_damaged_and_hostile_weights_are_refused(weights, tmp_path):
    check(weights, tmp_path, 0, 32)


@pytest.mark.full
def test_many_damaged_and_hostile_weights_are_refused(weights, tmp_path):
    check(weights, tmp_path, 1000, 400)


def test_the_shipped_weights_bear_their_seal():
    content = (ROOT / "weights" / "live.safetensors").read_bytes()
    assert seal(content) == content
    flipped = bytearray(content)
    flipped[-1000] ^= 1
    assert is_intact(content)
    assert not is_intact(bytes(flipped))


def test_the_seal_sees_every_bit(weights):
    content = weights.read_bytes()
    assert is_intact(content)
    assert seal(content) == content
    start = len(content) - len(split(content)[1])
    for at in np.random.default_rng(0).integers(start, len(content), 50):
        broken = bytearray(content)
        broken[at] ^= 1
        assert not is_intact(bytes(broken))


def test_weights_of_an_older_version_have_no_seal_and_load(weights, tmp_path):
    header, numbers = split(weights.read_bytes())
    header["__metadata__"].pop("sha256")
    path = tmp_path / "old.safetensors"
    path.write_bytes(join(header, numbers))
    assert load_weights(path)[0].preset == SMALL
    kind, content = hostile(weights.read_bytes(), 4)
    assert kind == "no_numbers"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="finite"):
        load_weights(path)


def test_the_same_seed_makes_the_same_file(weights):
    content = weights.read_bytes()
    for seed in range(8):
        assert hostile(content, seed) == hostile(content, seed)
