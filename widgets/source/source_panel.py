"""The source dock: what is open, what else can be opened, and why the rest cannot.

Beside it, on a page of its own, what can be set on a camera.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.capture.backend import BackendStatus
from app.capture.base import StreamInfo
from widgets.parts.buttons import PushButton, ToolButton, make_label
from widgets.parts.icons import icon
from widgets.parts.low_scroll import LowScroll
from widgets.source.camera_settings import CameraControls
from widgets.source.sensor_list import SensorList
from widgets.source.stream_panel import StreamPanel
from widgets.source.thumbnails import SHOWN_PX

NOTHING_OPEN = "Nothing is open. Choose something below, or drop a file on the window."
ROLE = Qt.ItemDataRole.UserRole


class SourcePanel(QWidget):
    """Knows no session: its methods say what is, its signals say what the user wants."""

    open_wanted = Signal(str)  # SOURCE of the command line
    ask_wanted = Signal(str)  # "file" or "folder": let the user choose one
    sensors_wanted = Signal()  # look again what answers
    forget_wanted = Signal()  # clear the list of what was open

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._asked = False
        self.stream, self.controls = StreamPanel(), CameraControls()
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 8)
        column.setSpacing(6)
        self.facts = QLabel(NOTHING_OPEN)
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.facts)
        self.pages = QTabWidget()
        self.pages.addTab(self._make_open_page(), "Open")
        self.pages.addTab(self._make_camera_page(), "Camera")
        column.addWidget(self.pages, 1)

    def show_page(self, name: str) -> None:
        """Bring "Open" or "Camera" to the front."""
        names = [self.pages.tabText(k) for k in range(self.pages.count())]
        self.pages.setCurrentIndex(names.index(name))

    def show_source(self, info: StreamInfo, spec: str | None) -> None:
        """What is open now."""
        camera = info.intrinsics
        lines = [info.name if spec is None or not Path(spec).exists() else str(Path(spec))]
        lines[0] += f", serial {info.serial}" if info.serial else ""
        lines.append(
            f"{camera.width} × {camera.height}, {info.fps:g} fps, {info.depth_unit_mm:g} mm a step"
        )
        lines.append(f"f {camera.fx:.1f}, {camera.fy:.1f}   c {camera.cx:.1f}, {camera.cy:.1f} px")
        if info.n_frames is not None:
            length = f", {info.duration_s:.1f} s" if info.duration_s is not None else ""
            lines.append(f"{info.n_frames} frames{length}")
        if info.note:
            lines.append(info.note)
        self.facts.setText("\n".join(lines))

    def show_sensors(self, found: list[BackendStatus]) -> None:
        """What `--list-sensors` says; what can be opened is enabled, the rest says why not."""
        self.refresh.setEnabled(True)
        self.sensors.show_sensors(found)
        self.stream.show_cameras([camera for status in found for camera in status.cameras])

    def show_recent(self, paths: list[str], pictures: Mapping[str, QIcon] | None = None) -> None:
        """What was open before, the newest first; pictures: of those that have one."""
        self.recent.clear()
        self.forget.setEnabled(bool(paths))
        for path in paths:
            picture = (pictures or {}).get(path)
            item = QListWidgetItem(picture or icon("file"), Path(path).name)
            item.setData(ROLE, path)
            item.setToolTip(path)
            self.recent.addItem(item)
        if not paths:
            item = QListWidgetItem("Nothing yet: recordings that you open are listed here")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.recent.addItem(item)
        rows = self.recent.sizeHintForRow(0) * self.recent.count()
        self.recent.setMaximumHeight(rows + 2 * self.recent.frameWidth() + 2)

    def paintEvent(self, event) -> None:
        if not self._asked:  # looking for cameras takes a moment: not before anybody sees the list
            self._asked = True
            QTimer.singleShot(0, self, self._look_again)
        super().paintEvent(event)

    def _look_again(self) -> None:
        self.refresh.setEnabled(False)
        self.sensors_wanted.emit()

    def _make_open_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(6)
        column.addLayout(self._make_buttons())
        self.refresh = ToolButton("reset", "Search for cameras again")
        self.refresh.clicked.connect(self._look_again)
        column.addLayout(_heading("Sensors and formats", self.refresh))
        self.sensors = SensorList()
        column.addWidget(self.sensors, 4)
        column.addWidget(self.sensors.about)
        self.forget = ToolButton("close", "Clear the list of recent recordings and their pictures")
        self.forget.clicked.connect(self.forget_wanted)
        column.addLayout(_heading("Recent", self.forget))
        self.recent = self._make_recent()
        column.addWidget(self.recent, 1)
        self.sensors.open_wanted.connect(self.open_wanted)
        self.sensors.ask_wanted.connect(self.ask_wanted)
        self.recent.itemActivated.connect(lambda item: self.open_wanted.emit(item.data(ROLE)))
        return page

    def _make_camera_page(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(6)
        column.addWidget(self.stream)
        column.addWidget(self.controls)
        column.addStretch(1)
        return LowScroll(content)

    def _make_buttons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(6)
        self.buttons: dict[str, PushButton] = {}
        for k, (name, text, tip) in enumerate(
            (
                ("file", "Recording…", "Open a recording (Ctrl+O), or drop it on the window"),
                ("folder", "Folder…", "Open a folder of 16-bit PNG (Ctrl+Shift+O)"),
                (
                    "realsense",
                    "Camera",
                    "A live RealSense, with the settings of the Camera page (Ctrl+L)",
                ),
                ("demo", "Demo hand", "A synthetic hand; needs no camera (Ctrl+D)"),
            )
        ):
            button = self.buttons[name] = PushButton(text, tip=tip)
            signal = self.ask_wanted if name in ("file", "folder") else self.open_wanted
            button.clicked.connect(lambda _=False, name=name, signal=signal: signal.emit(name))
            grid.addWidget(button, k // 2, k % 2)
        return grid

    def _make_recent(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName("Recent recordings")
        made.setMinimumHeight(44)
        made.setIconSize(SHOWN_PX)
        made.setWordWrap(True)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return made


def _heading(text: str, *widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    label = make_label(text, "heading")
    row.addWidget(label, 1)
    for widget in widgets:
        row.addWidget(widget)
    return row
