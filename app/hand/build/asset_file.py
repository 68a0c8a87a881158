"""How the builders write what they have made."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def write_asset(path: Path, arrays: dict[str, np.ndarray]) -> str:
    """Write a compressed .npz; -> one line that says what lies where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]  # the stub sees allow_pickle
    return f"{path}: {len(arrays)} arrays, {path.stat().st_size / 1000:.0f} kB"
