"""The shipped heat map network, run by ONNX Runtime."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path

import numpy as np

from app.errors import WeightsError
from app.resources import SHIPPED_LOCALISER as GRAPH

log = logging.getLogger(__name__)


class OnnxHeatmap:
    """float32 [1, 2, h, w], see `localiser_input` -> float32 [1, 2, h/4, w/4]."""

    def __init__(self, path: Path, threads: int = 1):
        """Raises WeightsError when the graph cannot be loaded."""
        from app.onnx_session import BAD_GRAPH, make_session  # late: the window need not wait

        try:
            self._session = make_session(path.read_bytes(), threads)
        except (OSError, *BAD_GRAPH) as error:
            reason = str(error).split("\n")[0]
            raise WeightsError(f"{path} is not a usable localiser", reason) from error

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        return self._session.run(None, {"inputs": inputs})[0]


@lru_cache(maxsize=1)
def shipped_heatmap() -> OnnxHeatmap | None:
    """The network of weights/localiser.onnx; None where it is not there.

    The locator then does without, and a warning says so.
    """
    problem = missing_localiser()
    if problem:
        log.warning("%s", problem)  # on stderr, unless somebody listens
        return None
    return OnnxHeatmap(GRAPH)


def missing_localiser() -> str:
    """One line that says the shipped network is not there; empty where it is."""
    if GRAPH.exists():
        return ""
    return f"{GRAPH} is missing: hands are found by their shape alone, less surely"
