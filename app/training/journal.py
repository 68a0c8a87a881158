"""What a run writes.

The progress line, metrics.jsonl, TensorBoard's events, and the checkpoint that survives a kill at
any moment.
"""

from __future__ import annotations

import io
import json
import pickle
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from app.errors import WeightsError
from app.outputs import write_atomically
from app.training.board import Board

CHECKPOINT = "checkpoint.pt"
METRICS = "metrics.jsonl"
BOARD = "tensorboard"


class Journal:
    """metrics.jsonl and TensorBoard's events in the run's folder, and one line on the terminal.

    speaks=False: writes and says nothing (the further ones of several processes).
    """

    def __init__(
        self, folder: Path, quiet: bool = False, tensorboard: bool = False, speaks: bool = True
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.speaks = folder, speaks
        self.quiet = quiet or not speaks
        self.live = sys.stderr.isatty()
        self.board = Board(folder / BOARD, self.say) if tensorboard and speaks else None

    def record(self, kind: str, **values: Any) -> None:
        """One line of metrics.jsonl, its numbers on TensorBoard."""
        if not self.speaks:
            return
        if self.board is not None and "step" in values:
            self.board.scalars(kind, **values)
        line = json.dumps({"kind": kind, "t": round(time.time(), 1)} | values)
        with (self.folder / METRICS).open("a") as file:
            file.write(line + "\n")

    def picture(self, stage: str, step: int, sheet: np.ndarray) -> None:
        """Sample pictures [H, W] in 0..1 on TensorBoard."""
        if self.board is not None:
            self.board.picture(stage, step, sheet)

    def progress(
        self, stage: str, done: float, rate: float, left_s: float, values: dict[str, float]
    ) -> None:
        """The progress line: how far, samples a second, time left, losses."""
        if self.quiet:
            return
        shown = "  ".join(f"{k} {v:.4g}" for k, v in values.items())
        text = f"{stage:9s} {100 * done:5.1f} %  {rate:6.0f}/s  {_clock(left_s)} left  {shown}"
        print(
            ("\r\x1b[K" + text) if self.live else text,
            end="" if self.live else "\n",
            file=sys.stderr,
            flush=True,
        )

    def say(self, text: str) -> None:
        if not self.quiet:
            print(("\n" if self.live else "") + text, file=sys.stderr, flush=True)


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write beside, then rename."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_atomically(folder / CHECKPOINT, buffer.getvalue())


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """The state of a run to resume, None where there is none.

    Raises WeightsError where it is damaged.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (
        RuntimeError,
        OSError,
        EOFError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
        ValueError,
    ) as error:
        raise WeightsError(f"{path} is damaged", "delete it to start again") from error


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(int(max(seconds, 0)), 60)
    return f"{minutes}:{seconds:02d}"
