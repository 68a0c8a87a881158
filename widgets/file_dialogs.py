"""Questions to the user that need a dialog, each answered by a path or an empty string."""

from __future__ import annotations

import platform
from pathlib import Path

import PySide6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QVBoxLayout, QWidget
from vtkmodules.vtkCommonCore import vtkVersion

from app.version import VERSION


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


def show_about(parent: QWidget) -> None:
    """Version and what it stands on; not modal."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("About")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(24, 20, 24, 20)
    text = QLabel(
        f"<h3>Crossing Nets Live {VERSION}</h3>"
        "<p>Hand pose from a depth camera by the shared latent space of<br>"
        "Wan, Probst, Van Gool and Yao, <i>Crossing Nets</i> (CVPR 2017).</p>"
        f"<p>Python {platform.python_version()} · Qt {PySide6.__version__} · "
        f"VTK {vtkVersion.GetVTKVersion()}<br>Apache License 2.0; notices in NOTICE.</p>"
    )
    column.addWidget(text)
    dialog.show()


def _start_folder() -> str:
    samples = Path(__file__).resolve().parents[1] / "samples"
    return str(samples if samples.is_dir() else Path.home())
