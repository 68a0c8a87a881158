"""The shipped heat map network, run by ONNX Runtime."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from app.errors import WeightsError
from app.resources import SHIPPED_LOCALISER as GRAPH


class OnnxHeatmap:
    """float32 [1, 2, h, w] -> float32 [1, 2, h/4, w/4], see
    `app.segmentation.canvas.localiser_input`.
    """

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
    """The network of weights/localiser.onnx; None where it is not there:
    the locator then does without.
    """
    return OnnxHeatmap(GRAPH) if GRAPH.exists() else None
