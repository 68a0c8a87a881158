"""TensorBoard's event files, where `tensorboardX` is installed (the extra `training`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from app.extras import hint_for


class Board:
    """Scalars by kind and stage, and pictures. Without the package it says so once and is mute."""

    def __init__(self, folder: Path, say: Callable[[str], None]):
        self._writer: Any = None
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            say(f"no TensorBoard files: tensorboardX is not installed ({hint_for('training')})")
            return
        self._writer = SummaryWriter(str(folder))

    def scalars(self, kind: str, stage: str, step: int, **values: Any) -> None:
        """Every number among the values, as stage/kind/name."""
        if self._writer is None:
            return
        for name, value in values.items():
            if isinstance(value, int | float):
                self._writer.add_scalar(f"{stage}/{kind}/{name}", value, step)

    def picture(self, stage: str, step: int, sheet: np.ndarray) -> None:
        """A grey picture [H, W] in 0..1."""
        if self._writer is None:
            return
        self._writer.add_image(f"{stage}/samples", sheet[None].astype(np.float32), step)
        self._writer.flush()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
