"""What this program is, what it stands on, and under which licences."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QTabWidget, QVBoxLayout
from PySide6.QtWidgets import QWidget as Widget

from app.resources import resource
from app.version import VERSION
from widgets.parts.buttons import PushButton
from widgets.parts.icons import icon

PACKAGES = (  # distribution, licence where its metadata does not say
    ("PySide6_Essentials", "LGPL-3.0"),
    ("shiboken6", "LGPL-3.0"),
    ("vtk", "BSD-3-Clause"),
    ("pyqtgraph", "MIT"),
    ("numpy", "BSD-3-Clause"),
    ("numba", "BSD-2-Clause"),
    ("onnxruntime", "MIT"),
    ("onnx", "Apache-2.0"),
    ("torch", "BSD-3-Clause"),
    ("safetensors", "Apache-2.0"),
    ("opencv-python-headless", "Apache-2.0"),
    ("pyrealsense2", "Apache-2.0"),
    ("rosbags", "Apache-2.0"),
    ("lz4", "BSD-3-Clause"),
    ("matplotlib", "PSF-based"),
    ("pillow", "MIT-CMU"),
)
TEXT = (
    f"<h3>Crossing Nets Live {VERSION}</h3>"
    "<p>Hand pose from a depth camera by the shared latent space of Wan, Probst, Van Gool and Yao, "
    "<i>Crossing Nets: Combining GANs and VAEs with a Shared Latent Space for Hand Pose "
    "Estimation</i> (CVPR 2017).</p>"
    "<p>Apache License 2.0. What it is built on, and under which licences, is on the next "
    "pages.</p>"
)
ABSENT = "not installed"


class About(QDialog):
    """Not modal. model: one line about the network that is at work."""

    def __init__(self, model: str, parent: Widget):
        super().__init__(parent)
        self.setWindowTitle("About")
        self._model = model
        self.tabs = QTabWidget()
        self.tabs.addTab(self._make_front(), "About")
        self.tabs.addTab(_page("Versions and licences of the libraries", versions()), "Versions")
        for name, title in (("LICENSE", "Licence"), ("NOTICE", "Notices")):
            self.tabs.addTab(_page(title, read_notice(name)), title)
        self.copy_button = PushButton("Copy versions", "copy", "Useful when you report a problem")
        self.copy_button.clicked.connect(self._copy)
        close = PushButton("Close")
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addWidget(self.copy_button)
        row.addStretch(1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addWidget(self.tabs, 1)
        column.addLayout(row)
        self.resize(600, 440)

    def _make_front(self) -> Widget:
        page = Widget()
        row = QHBoxLayout(page)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(18)
        mark = QLabel()
        mark.setPixmap(icon("app", "ACCENT").pixmap(64, 64))
        words = QLabel(f"{TEXT}<p>Model at work: {self._model}.</p>")
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(words, 1)
        return page

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{versions()}\nmodel: {self._model}\n")


def versions() -> str:
    """This program, the system and every library: a line each, with its licence."""
    lines = [
        f"Crossing Nets Live {VERSION} (Apache-2.0)",
        f"Python {platform.python_version()} on {platform.platform()}",
        "",
    ]
    return "\n".join(lines + [_line(name, licence) for name, licence in PACKAGES])


def _line(name: str, licence: str) -> str:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"{name}: {ABSENT}"
    return f"{name} {version} ({licence})"


def read_notice(name: str) -> str:
    """LICENSE or NOTICE: beside the program, or among the files of its installation."""
    beside = resource(name)
    if beside.is_file():
        return beside.read_text(encoding="utf-8")
    try:
        files = metadata.files("crossing-nets-live") or []
    except metadata.PackageNotFoundError:
        files = []
    found = [file for file in files if file.name == name]
    return found[0].read_text(encoding="utf-8") if found else f"{name} was not installed."


def _page(name: str, text: str) -> QPlainTextEdit:
    page = QPlainTextEdit(text, readOnly=True)
    page.setAccessibleName(name)
    page.setTabChangesFocus(True)
    return page
