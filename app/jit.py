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
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.resources import cache_folder, is_checkout, package_folder

HAVE_NUMBA = find_spec("numba") is not None


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
    if not HAVE_NUMBA:
        return function
    import numba

    settings: Any = numba.config  # numba makes its names when it is imported
    usual, settings.CACHE_DIR = settings.CACHE_DIR, str(CACHE_FOLDER or "")
    try:
        keep = CACHE_FOLDER is not None
        return numba.njit(cache=keep, nogil=True, error_model="numpy")(function)
    finally:
        settings.CACHE_DIR = usual
