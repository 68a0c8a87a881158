"""What can be tried again after it has failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """Offered by a message, until something of the same topic succeeds or is tried instead."""

    topic: str  # "source", "network"
    run: Callable[[], object]
