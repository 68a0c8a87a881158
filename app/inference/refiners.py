"""Choose the refiner that fits the weights."""

from __future__ import annotations

from pathlib import Path

from app.config import EstimatorConfig
from app.engine.engine import Engine
from app.extras import missing_extra
from app.inference.refinement import Refiner, SurfaceRefiner
from app.model.weights_file import read_latents
from app.resources import SHIPPED_WEIGHTS


def make_refiner(engine: Engine, config: EstimatorConfig) -> Refiner | None:
    """The refiner that `config` asks for, of the weights it names; None for no steps.

    Raises WeightsError, and ExtraMissing where torch is needed and absent.
    """
    if config.refine == 0:
        return None
    weights = SHIPPED_WEIGHTS if config.weights is None else Path(config.weights)
    if config.refine_by == "surface":
        return SurfaceRefiner(engine, read_latents(weights), config.refine)
    try:
        from app.inference.map_refinement import MapRefiner  # torch, for these two alone
    except ImportError as error:
        raise missing_extra(error, f"refinement by {config.refine_by}") or error from error
    return MapRefiner(weights, config.refine_by, config.refine)
