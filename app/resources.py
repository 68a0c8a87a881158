"""Files that come with the program: weights, samples, documents, licences.

In a checkout they lie in folders beside `app/`; a wheel carries the same folders inside `app/`.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

_PACKAGE = Path(str(files("app")))


def resource(*names: str) -> Path:
    """Path of a shipped file or folder, for instance `resource("weights", "live.safetensors")`.

    It need not exist: who reads it says what is missing.
    """
    inside = _PACKAGE.joinpath(*names)
    return inside if inside.exists() else _PACKAGE.parent.joinpath(*names)


SHIPPED_WEIGHTS = resource("weights", "live.safetensors")
SHIPPED_LOCALISER = resource("weights", "localiser.onnx")
SAMPLE = resource("samples", "sr305_hand.bag")
DOCS = resource("docs")
