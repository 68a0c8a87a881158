"""Questions to the user that need a dialog, each answered by a path or an empty string."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_recording(parent: QWidget) -> str:
    """A depth recording."""
    kinds = "Depth recordings (*.bag *.npz *.db3 *.mkv);;All files (*)"
    return QFileDialog.getOpenFileName(parent, "Open recording", _start_folder(), kinds)[0]


def ask_folder(parent: QWidget) -> str:
    """A folder of 16-bit PNG."""
    return QFileDialog.getExistingDirectory(parent, "Open folder of 16-bit PNG", _start_folder())


def ask_weights(parent: QWidget) -> str:
    """Weights of the network."""
    kinds = "Weights (*.safetensors)"
    return QFileDialog.getOpenFileName(parent, "Load weights", _start_folder(), kinds)[0]


def ask_latents(parent: QWidget) -> str:
    """Latents or a walk."""
    kinds = "Latents (*.json)"
    return QFileDialog.getOpenFileName(parent, "Open latents or a walk", str(Path.home()), kinds)[0]


def ask_save(parent: QWidget, title: str, name: str, kinds: str) -> str:
    """Where to write a file; an existing one is asked about. A name without an ending gets that of
    the kind that was chosen.
    """
    start = str(Path.home() / name)
    path, kind = QFileDialog.getSaveFileName(parent, title, start, kinds)
    ending = re.search(r"\*(\.\w+)", kind)
    return path + ending[1] if path and ending and not Path(path).suffix else path


def _start_folder() -> str:
    samples = Path(__file__).resolve().parents[1] / "samples"
    return str(samples if samples.is_dir() else Path.home())
