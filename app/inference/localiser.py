"""The hand localiser's network for `segmentation.HandLocator`, through ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.errors import WeightsError
from app.inference.engine import SHIPPED_WEIGHTS
from app.inference.onnx_cache import find_graphs
from app.inference.onnx_engine import open_graph
from app.model.weights_file import read_metadata, sha256

SHIPPED_LOCALISER = SHIPPED_WEIGHTS.with_name("localiser.safetensors")


def load_heatmap(
    weights: Path = SHIPPED_LOCALISER, threads: int = 1
) -> Callable[[np.ndarray], np.ndarray] | None:
    """float32 [1, 2, h, w] -> float32 [1, 2, h/4, w/4]; None where no localiser ships. Raises
    WeightsError."""
    if not weights.is_file():
        return None
    read_metadata(weights, "localiser")
    digest = sha256(weights)
    for graphs in find_graphs(weights, "localiser"):
        session = open_graph(graphs["heatmap"], digest, threads)
        if session is not None:
            name = session.get_inputs()[0].name
            return lambda canvas: session.run(None, {name: canvas})[0]
    raise WeightsError(f"{weights} gives a graph that ONNX Runtime does not run")
