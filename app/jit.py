"""One decorator for the inner loops: numba where it is installed, plain Python where it is not.

Without numba everything still gives the same numbers, only slowly; `raster` then uses a vectorised
fallback. Compiled code is kept in a folder named after the source of all that is compiled: numba by
itself notices a change of the function's own file only, and these functions call across files. The
folder lies inside a checkout, or in the user's cache folder; where neither can be written, code is
compiled anew at each start.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from app.resources import cache_folder, is_checkout, package_folder

try:
    import numba
except ImportError:  # the optional accelerator is absent
    numba = None

HAVE_NUMBA = numba is not None


def source_digest(folder: Path) -> str:
    """Digest of every file below `folder` that compiles something."""
    texts = (path.read_bytes() for path in sorted(folder.rglob("*.py")))
    return hashlib.sha1(b"".join(text for text in texts if b"@njit" in text)).hexdigest()[:12]


def choose_folder(*candidates: Path) -> Path | None:
    """The first of these folders that is there, or can be made, and written; None: none is."""
    for folder in candidates:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    return None


def _candidates(name: str) -> list[Path]:
    own = [package_folder("app") / "__pycache__" / name] if is_checkout() else []
    return [*own, cache_folder(name)]


CACHE_FOLDER = choose_folder(*_candidates(f"compiled-{source_digest(package_folder('app'))}"))


def njit(function: Callable) -> Callable:
    """Compile `function` without the GIL, cached on disc; divisions follow IEEE rules."""
    if numba is None:
        return function
    options = {"nogil": True, "error_model": "numpy", "cache": CACHE_FOLDER is not None}
    usual, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(CACHE_FOLDER or "")
    try:
        return numba.njit(**options)(function)
    finally:
        numba.config.CACHE_DIR = usual
