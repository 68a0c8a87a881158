"""The shipped heat map network, run by ONNX Runtime."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from app.errors import WeightsError

GRAPH = Path(__file__).resolve().parents[2] / "weights" / "localiser.onnx"


class OnnxHeatmap:
    """float32 [1, 2, h, w] -> float32 [1, 2, h/4, w/4], see
    `app.segmentation.canvas.localiser_input`.
    """

    def __init__(self, path: Path, threads: int = 1):
        """Raises WeightsError when the graph cannot be loaded."""
        try:
            import onnxruntime
        except ImportError as error:
            raise WeightsError("onnxruntime is not installed", "pip install onnxruntime") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            content = Path(path).read_bytes()
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime raises its own classes, one for each cause
            raise WeightsError(
                f"{path} is not a usable localiser", str(error).split("\n")[0]
            ) from error

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        return self._session.run(None, {"inputs": inputs})[0]


@lru_cache(maxsize=1)
def shipped_heatmap() -> OnnxHeatmap | None:
    """The network of weights/localiser.onnx; None where it is not there:
    the locator then does without.
    """
    return OnnxHeatmap(GRAPH) if GRAPH.exists() else None
