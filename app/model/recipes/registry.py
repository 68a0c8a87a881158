"""The presets that there are: add a recipe here and it is known to every command."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.errors import WeightsError
from app.model.presets import (
    WIDEST,
    DiscriminatorConfig,
    GeneratorConfig,
    Preset,
    VaeConfig,
    is_size,
)
from app.model.recipe import Recipe
from app.model.recipes.live import LIVE
from app.model.recipes.paper import PAPER

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (LIVE, PAPER)}


def recipe_named(name: str) -> Recipe:
    """The recipe of a preset. Raises WeightsError where there is none."""
    if name not in RECIPES:
        raise WeightsError(f"unknown preset {name!r}", f"the presets are {' and '.join(RECIPES)}")
    return RECIPES[name]


def preset_by_name(name: str) -> Preset:
    """The sizes of a preset. Raises WeightsError where there is none."""
    return recipe_named(name).preset


def preset_from_dict(values: dict[str, Any]) -> Preset:
    """Inverse of `Preset.to_dict`. Raises WeightsError on what is no preset of this version."""
    try:
        name = values["name"]
        preset = Preset(
            name,
            VaeConfig(**values["vae"] | {"shape": values["vae"]["shape"]}),  # none: an old file
            GeneratorConfig(**_with_tuples(values["generator"])),
            DiscriminatorConfig(**_with_tuples(values["discriminator"])),
            int(values["n_joints"]),
            RECIPES[name].preset.beside if name in tuple(RECIPES) else 0,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise WeightsError(
            "the weights describe a network of another version", str(error)
        ) from error
    if preset.name not in tuple(RECIPES):
        raise WeightsError(f"the weights are of an unknown preset {str(preset.name)[:20]!r}")
    parts = (preset.vae, preset.generator, preset.discriminator)
    if not all(is_size(k, v) for part in parts for k, v in asdict(part).items()):
        raise WeightsError("the weights describe a network of impossible size")
    if not (0 < preset.n_joints <= WIDEST and 0 <= preset.vae.shape <= preset.vae.latent):
        raise WeightsError("the weights describe a network of impossible size")
    return preset


def _with_tuples(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has lists where a configuration has tuples."""
    return {k: tuple(v) if isinstance(v, list | tuple) else v for k, v in values.items()}
