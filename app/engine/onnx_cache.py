"""The ONNX graphs of a weights file: shipped beside it, cached, or built once with torch.

A graph is only a cache of the safetensors: each names the SHA-256 of the weights it was made from.
In the user's cache folder a graph's file name also carries the digest of its own content, so that
damage is noticed and the graph rebuilt. `python -m app.engine.onnx_cache WEIGHTS ...` writes the
graphs beside the weights, for a release.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.errors import WeightsError
from app.extras import hint_for
from app.model.weights_file import GRAPHS, sha256
from app.outputs import write_atomically
from app.resources import cache_folder

log = logging.getLogger(__name__)

BUILD = 2  # grows when the exporter changes, so that old graphs are not taken
DIGITS = 16  # of a digest in a file name


def find_graphs(weights: Path, folder: Path | None = None) -> Iterator[dict[str, bytes]]:
    """Graphs of these weights, name -> content: those shipped, those cached, at last new ones.

    The caller takes the first that it can load and whose origin is these weights. Raises
    WeightsError.
    """
    digest = sha256(weights)
    shipped = shipped_graphs(weights)
    if shipped is not None:
        yield shipped
    cached = cached_graphs(digest, folder)
    if cached is not None:
        yield cached
    yield build_graphs(weights, digest, folder)


def shipped_graphs(weights: Path) -> dict[str, bytes] | None:
    """The graphs beside the weights (live.estimate.onnx, ...); None unless all are there."""
    try:
        return {name: _beside(weights, name).read_bytes() for name in GRAPHS}
    except OSError:
        return None


def cached_graphs(digest: str, folder: Path | None = None) -> dict[str, bytes] | None:
    """The graphs built earlier for this digest; None unless all are there and undamaged."""
    graphs = {}
    for name in GRAPHS:
        for path in sorted((folder or graph_folder()).glob(f"{_key(digest)}.{name}.*.onnx")):
            content = _read(path)
            if content is not None and path.name == _file_name(digest, name, content):
                graphs[name] = content
    return graphs if len(graphs) == len(GRAPHS) else None


def build_graphs(weights: Path, digest: str, folder: Path | None = None) -> dict[str, bytes]:
    """Export with torch (seconds) and remember in the cache, where that can be written.

    Raises WeightsError.
    """
    with tempfile.TemporaryDirectory() as scratch:
        paths = _export(weights, Path(scratch), digest)
        graphs = {name: path.read_bytes() for name, path in paths.items()}
    _remember(graphs, digest, folder or graph_folder())
    return graphs


def ship_graphs(weights: Path | str) -> list[Path]:
    """Write the graphs beside the weights, for a release. Returns their paths.

    Raises WeightsError, OutputError.
    """
    weights = Path(weights)
    graphs = build_graphs(weights, sha256(weights))
    for name, content in graphs.items():
        write_atomically(_beside(weights, name), content)
    return [_beside(weights, name) for name in graphs]


def graph_folder() -> Path:
    """Where built graphs are kept; it need not exist."""
    return cache_folder("graphs")


def _remember(graphs: dict[str, bytes], digest: str, folder: Path) -> None:
    """A cache that cannot be written costs time at the next start, nothing else."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in graphs.items():
            for old in folder.glob(f"{_key(digest)}.{name}.*.onnx"):
                old.unlink(missing_ok=True)
            handle, beside = tempfile.mkstemp(suffix=".part", dir=folder)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(beside, folder / _file_name(digest, name, content))
    except OSError as error:
        log.warning("graphs are not cached in %s: %s", folder, error)


def _export(weights: Path, folder: Path, digest: str) -> dict[str, Path]:
    try:
        from app.model import checkpoint, onnx
    except ImportError as error:
        reason = "the graphs of these weights have to be built once, which needs torch and onnx"
        raise WeightsError(reason, hint_for("training")) from error
    return onnx.export_onnx(checkpoint.load_weights(weights)[0], folder, digest)


def _beside(weights: Path, name: str) -> Path:
    return weights.with_name(f"{weights.stem}.{name}.onnx")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _key(digest: str) -> str:
    return f"{digest[:DIGITS]}-{BUILD}"


def _file_name(digest: str, name: str, content: bytes) -> str:
    return f"{_key(digest)}.{name}.{hashlib.sha256(content).hexdigest()[:DIGITS]}.onnx"


if __name__ == "__main__":
    for given in sys.argv[1:]:
        print(*ship_graphs(given), sep="\n")
