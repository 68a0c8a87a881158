"""Choose an engine by name and load weights into it."""

from __future__ import annotations

from pathlib import Path

from app.engine.engine import Engine
from app.errors import WeightsError
from app.extras import missing_extra
from app.resources import SHIPPED_WEIGHTS


def load_engine(path: Path | str | None = None, backend: str = "onnx", threads: int = 1) -> Engine:
    """Load weights (None: the shipped ones) into a back end: "onnx", or "torch" (the reference).

    Raises WeightsError where the file is missing, damaged or not ours, ExtraMissing where there is
    no torch.
    """
    weights = SHIPPED_WEIGHTS if path is None else Path(path)
    if not weights.is_file():
        raise WeightsError(f"there is no weights file {weights}")
    if backend == "onnx":
        from app.engine.onnx_engine import OnnxEngine

        return OnnxEngine(weights, threads)
    if backend == "torch":
        try:
            from app.engine.reference.torch_engine import TorchEngine
        except ImportError as error:
            raise missing_extra(error, "the engine torch") or error from error

        return TorchEngine(weights, threads)
    raise ValueError(f"no back end {backend!r}")
