"""The default back end: ONNX Runtime on the CPU, one thread unless told otherwise; no torch."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import onnxruntime

from app.engine.engine import EngineOutput, describe_weights
from app.engine.onnx_cache import find_graphs
from app.errors import WeightsError
from app.model.presets import PERSPECTIVE
from app.model.weights_file import ORIGIN, read_metadata, sha256
from app.onnx_session import BAD_GRAPH, make_session

FIRST = ("estimate", "synthesise", "decode")  # the others are loaded when asked for


class OnnxEngine:
    """See `engine.Engine`. Sessions are shared: ONNX Runtime allows concurrent runs."""

    name = "onnx"

    def __init__(self, weights: Path, threads: int = 1):
        self.path, self._threads = weights, threads
        self._lock = threading.Lock()
        self.metadata = read_metadata(weights, "hand")
        digest = sha256(weights)
        self.weights = describe_weights(weights, digest)
        if not any(self._open(graphs, digest) for graphs in find_graphs(weights)):
            raise WeightsError(f"{weights} gives graphs that ONNX Runtime does not run")

    def estimate(self, images: np.ndarray) -> EngineOutput:
        return EngineOutput(*self._run("estimate", images[:, None]))

    def decode(self, z: np.ndarray) -> np.ndarray:
        return self._run("decode", z)[0]

    def synthesise(
        self, z: np.ndarray, perspective: float | np.ndarray | None = None
    ) -> np.ndarray:
        seen = PERSPECTIVE if perspective is None else perspective
        seen = np.full(len(z), seen, np.float32)
        return self._run("synthesise", z, seen)[0][:, 0]

    def encode(self, joints_norm: np.ndarray) -> np.ndarray:
        return self._run("encode", joints_norm)[0]

    def realism(self, images: np.ndarray) -> np.ndarray:
        return self._run("realism", images[:, None])[0]

    def _run(self, name: str, *inputs: np.ndarray) -> list[np.ndarray]:
        """Inputs beyond the graph's own (it may need no perspective) are left out."""
        session = self._sessions.get(name) or self._load(name)
        feed = zip(session.get_inputs(), inputs, strict=False)
        return session.run(
            None, {entry.name: np.ascontiguousarray(x, np.float32) for entry, x in feed}
        )

    def _load(self, name: str) -> onnxruntime.InferenceSession:
        with self._lock:
            if name not in self._sessions:
                self._sessions[name] = make_session(self._graphs.pop(name), self._threads)
            return self._sessions[name]

    def _open(self, graphs: dict[str, bytes], digest: str) -> bool:
        """Take these graphs; False where one cannot be read or was made from other weights."""
        sessions = {name: open_graph(graphs[name], digest, self._threads) for name in FIRST}
        if None in sessions.values():
            return False
        self._sessions = sessions
        self._graphs = {name: content for name, content in graphs.items() if name not in FIRST}
        return True


def open_graph(graph: bytes, digest: str, threads: int = 1) -> onnxruntime.InferenceSession | None:
    """A session on a graph of the weights of this digest; None: damaged, or of other weights."""
    try:
        session = make_session(graph, threads)
    except BAD_GRAPH:
        return None
    return session if session.get_modelmeta().custom_metadata_map.get(ORIGIN) == digest else None
