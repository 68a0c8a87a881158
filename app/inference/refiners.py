"""Choose the refiner that fits the weights."""

from __future__ import annotations

from app.config import EstimatorConfig
from app.engine.engine import Engine
from app.extras import missing_extra
from app.inference.refinement import PRIOR, Refiner, SurfaceRefiner
from app.inference.surface import ANCHOR, SURE_MM
from app.model.weights_file import read_latents


def make_refiner(engine: Engine, config: EstimatorConfig) -> Refiner | None:
    """The refiner that `config` asks for, of the engine's weights; None for no steps.

    Raises WeightsError, and ExtraMissing where torch is needed and absent.
    """
    if config.refine == 0:
        return None
    if config.refine_by == "surface":
        return SurfaceRefiner(engine, read_latents(engine.path), config.refine)
    try:
        from app.engine.reference.map_refinement import MapRefiner, Pulls  # torch, for these alone
    except ImportError as error:
        raise missing_extra(error, f"refinement by {config.refine_by}") or error from error
    return MapRefiner(engine.path, config.refine_by, config.refine, Pulls(PRIOR, ANCHOR, SURE_MM))
