"""The source dock: what is open, what else can be opened, and why the rest cannot."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.capture.base import StreamInfo
from app.capture.registry import BackendStatus
from widgets.controls import PushButton, ToolButton
from widgets.icons import icon

SPECS = {  # back ends that open by a word
    "RealSense": "realsense",
    "Kinect v1": "kinect1",
    "Azure Kinect": "azure",
    "demo": "demo",
}
ROLE = Qt.ItemDataRole.UserRole


class SourcePanel(QWidget):
    """Knows no session: its methods say what is, its signals say what the user wants."""

    open_wanted = Signal(str)  # SOURCE of the command line
    ask_wanted = Signal(str)  # "file" or "folder": let the user choose one
    sensors_wanted = Signal()  # look again what answers

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._asked = False
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 8)
        column.setSpacing(6)
        self.facts = QLabel("Nothing is open.")
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.facts)
        column.addLayout(self._make_buttons())
        self.refresh = ToolButton("reset", "Look for cameras again")
        self.refresh.clicked.connect(self._look_again)
        column.addLayout(_heading("Sensors and formats", self.refresh))
        self.sensors = self._make_list("Sensors and formats")
        column.addWidget(self.sensors, 3)
        column.addLayout(_heading("Recent"))
        self.recent = self._make_list("Recent recordings")
        column.addWidget(self.recent, 2)
        self.sensors.itemActivated.connect(self._on_sensor)
        self.recent.itemActivated.connect(lambda item: self.open_wanted.emit(item.data(ROLE)))

    def show_source(self, info: StreamInfo, spec: str | None) -> None:
        """What is open now."""
        camera = info.intrinsics
        lines = [info.name if spec is None or not Path(spec).exists() else str(Path(spec))]
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
        self.sensors.clear()
        self.refresh.setEnabled(True)
        for status in found:
            item = QListWidgetItem(icon("good" if status.available else "off"), status.name)
            item.setData(ROLE, status.name)
            said = f"{status.reason}. Checked: {status.checked}."
            item.setToolTip(said)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, said)
            if not status.available:
                item.setText(f"{status.name} – {status.reason}")
                if status.name not in SPECS:
                    item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.sensors.addItem(item)

    def show_recent(self, paths: list[str]) -> None:
        self.recent.clear()
        for path in paths:
            item = QListWidgetItem(icon("file"), Path(path).name)
            item.setData(ROLE, path)
            item.setToolTip(path)
            self.recent.addItem(item)
        if not paths:
            item = QListWidgetItem("Nothing yet")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.recent.addItem(item)

    def paintEvent(self, event) -> None:
        if not self._asked:  # looking for cameras takes a moment: not before anybody sees the list
            self._asked = True
            QTimer.singleShot(0, self, self._look_again)
        super().paintEvent(event)

    def _look_again(self) -> None:
        self.refresh.setEnabled(False)
        self.sensors_wanted.emit()

    def _on_sensor(self, item: QListWidgetItem) -> None:
        name = item.data(ROLE)
        if name in SPECS:
            self.open_wanted.emit(SPECS[name])
        else:
            self.ask_wanted.emit("folder" if name.startswith("folder") else "file")

    def _make_buttons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(6)
        self.buttons: dict[str, PushButton] = {}
        for k, (name, text, tip) in enumerate(
            (
                ("file", "Recording…", "Open a recording (Ctrl+O), or drop it on the window"),
                ("folder", "Folder…", "Open a folder of 16-bit PNG (Ctrl+Shift+O)"),
                ("realsense", "Camera", "A live RealSense (Ctrl+L)"),
                ("demo", "Demo hand", "A synthetic hand; needs no camera (Ctrl+D)"),
            )
        ):
            button = self.buttons[name] = PushButton(text, tip=tip)
            signal = self.ask_wanted if name in ("file", "folder") else self.open_wanted
            button.clicked.connect(lambda _=False, name=name, signal=signal: signal.emit(name))
            grid.addWidget(button, k // 2, k % 2)
        return grid

    def _make_list(self, name: str) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName(name)
        made.setMinimumHeight(60)
        made.setWordWrap(True)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return made


def _heading(text: str, *widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    label = QLabel(text)
    label.setProperty("role", "heading")
    row.addWidget(label, 1)
    for widget in widgets:
        row.addWidget(widget)
    return row
