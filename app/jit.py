"""One decorator for the inner loops: numba where it is installed, plain Python where it is not.

Without numba everything still gives the same numbers, only slowly; `raster` then uses a vectorised
fallback. Compiled code is kept in a folder named after the source of all that is compiled: numba by
itself notices a change of the function's own file only, and these functions call across files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

try:
    import numba
except ImportError:  # the optional accelerator is absent
    numba = None

HAVE_NUMBA = numba is not None
_HERE = Path(__file__).parent
_TEXTS = (path.read_bytes() for path in sorted(_HERE.rglob("*.py")))
_SOURCE = b"".join(text for text in _TEXTS if b"@njit" in text)
CACHE_FOLDER = _HERE / "__pycache__" / f"compiled-{hashlib.sha1(_SOURCE).hexdigest()[:12]}"


def njit(function: Callable) -> Callable:
    """Compile `function` without the GIL, cached on disc; divisions follow IEEE rules."""
    if numba is None:
        return function
    usual, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(CACHE_FOLDER)
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = usual
