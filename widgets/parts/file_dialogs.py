"""Questions to the user that need a dialog, each answered by a path or an empty string."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.capture.registry import file_patterns
from app.export.video import Codec
from app.resources import resource

JOINT_FILES = {
    ".csv": "Table, CSV", ".json": "JSON", ".npz": "NumPy", ".bvh": "Motion, BVH",
}  # fmt: skip


def ask_recording(parent: QWidget) -> str:
    """A depth recording."""
    kinds = f"Depth recordings ({' '.join(file_patterns())});;All files (*)"
    return QFileDialog.getOpenFileName(parent, "Open recording", _start_folder(), kinds)[0]


def ask_folder(parent: QWidget) -> str:
    """A folder of 16-bit PNG."""
    return QFileDialog.getExistingDirectory(
        parent, "Open a folder of depth pictures", _start_folder()
    )


def ask_record_folder(parent: QWidget, start: str) -> str:
    """Where new recordings go."""
    return QFileDialog.getExistingDirectory(parent, "Recordings folder", start)


def ask_weights(parent: QWidget) -> str:
    """Weights of the network."""
    kinds = "Weights (*.safetensors)"
    return QFileDialog.getOpenFileName(parent, "Load weights", _start_folder(), kinds)[0]


def ask_latents(parent: QWidget) -> str:
    """Latents or a walk."""
    kinds = "Latents (*.json)"
    return QFileDialog.getOpenFileName(parent, "Open latents or a walk", str(Path.home()), kinds)[0]


def ask_save(parent: QWidget, title: str, name: str, kinds: str) -> str:
    """Where to write a file; an existing one is asked about.

    A name without an ending gets that of the kind that was chosen.
    """
    start = str(Path.home() / name)
    path, kind = QFileDialog.getSaveFileName(parent, title, start, kinds)
    ending = re.search(r"\*(\.\w+)", kind)
    return path + ending[1] if path and ending and not Path(path).suffix else path


def ask_joints(parent: QWidget, name: str) -> str:
    """Where the joints of a recording go: a known ending is put on if there is none."""
    kinds = ";;".join(f"{words} (*{ending})" for ending, words in JOINT_FILES.items())
    return _ask_with_ending(parent, "Export joints", name, kinds, tuple(JOINT_FILES))


def ask_video(parent: QWidget, name: str, codecs: list[Codec]) -> str:
    """Where a video goes, of those that can be written on this computer."""
    kinds = ";;".join(f"{codec.name} (*{codec.ending})" for codec in codecs)
    return _ask_with_ending(parent, "Export video", name, kinds, tuple(c.ending for c in codecs))


def _ask_with_ending(
    parent: QWidget, title: str, name: str, kinds: str, endings: tuple[str, ...]
) -> str:
    start = str(Path.home() / f"{name}{endings[0]}")
    path, kind = QFileDialog.getSaveFileName(parent, title, start, kinds)
    if not path or path.lower().endswith(endings):
        return path
    return path + next((e for e in endings if f"*{e})" in kind), endings[0])


def _start_folder() -> str:
    samples = resource("samples")
    return str(samples if samples.is_dir() else Path.home())
