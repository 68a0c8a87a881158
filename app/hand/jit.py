"""One decorator for the inner loops: numba where it is installed, plain Python where it is not.

Without numba everything still gives the same numbers, only slowly; `raster` then uses a vectorised
fallback.
"""

from __future__ import annotations

from collections.abc import Callable

try:
    import numba
except ImportError:  # the optional accelerator is absent
    numba = None

HAVE_NUMBA = numba is not None


def njit(function: Callable) -> Callable:
    """Compile `function` without the GIL, cached on disc; divisions follow IEEE rules instead of
    raising."""
    if numba is None:
        return function
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
