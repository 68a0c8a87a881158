"""A preset is one recipe: it is built, saved and known again by its name alone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from app.errors import WeightsError
from app.model.checkpoint import load_weights, save_weights
from app.model.crossing_nets import build
from app.model.recipe import LossWeights
from app.model.recipes.registry import RECIPES, preset_from_dict, recipe_named
from tests.thin import thin_preset

torch.set_num_threads(1)


@pytest.fixture
def made_up(monkeypatch):
    """A third preset: the paper's networks, thin, whose pictures are dimmer."""
    preset = replace(thin_preset("paper"), name="made_up")
    recipe = replace(RECIPES["paper"], preset=preset, hand_below=0.7)
    monkeypatch.setitem(RECIPES, "made_up", recipe)
    return recipe


def test_one_recipe_makes_a_preset(made_up, tmp_path):
    model = build(made_up.preset)
    assert model.recipe is recipe_named("made_up") is made_up
    save_weights(tmp_path / "w.safetensors", model, {})
    again, metadata = load_weights(tmp_path / "w.safetensors")
    assert again.preset == made_up.preset
    assert again.recipe.hand_below == 0.7
    assert metadata["latent"] == again.preset.latent == 23


def test_what_stands_beside_the_code_comes_from_the_recipe_and_is_in_no_file():
    for name, beside in (("live", 9), ("paper", 3)):
        preset = recipe_named(name).preset
        assert preset.beside == beside
        assert "beside" not in preset.to_dict()
        assert "beside" not in repr(preset)
        assert preset_from_dict(preset.to_dict()) == preset


def test_an_unknown_preset_is_refused_by_name():
    with pytest.raises(WeightsError, match="unknown preset 'spurious'"):
        recipe_named("spurious")
    with pytest.raises(WeightsError, match="unknown preset 'spurious'"):
        preset_from_dict(RECIPES["live"].preset.to_dict() | {"name": "spurious"})


def test_a_misspelt_term_is_an_error_that_names_the_known_ones():
    weights = LossWeights(votes=0.25)
    assert weights.of("votes") == 0.25
    assert weights.of("joints") == 1  # the unit of the others
    with pytest.raises(KeyError, match=r"'vote'.*joints.*votes"):
        weights.of("vote")


def test_recipes_need_no_torch():
    program = "import sys, app.model.recipes.registry as r; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
