"""The cameras and formats: what can be opened, why the rest cannot, how far each is checked."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem

from app.capture.backend import BackendStatus
from app.capture.usb import FoundCamera
from widgets.parts.icons import icon

NAME = Qt.ItemDataRole.UserRole  # of the back end
SPEC = Qt.ItemDataRole.UserRole + 1  # SOURCE that opens it; empty: the user is asked for a file


class SensorList(QListWidget):
    """A row for each back end, and below it one for each of its cameras.

    `about`, which belongs beside the list, tells of the row under the mouse or the keyboard.
    """

    open_wanted = Signal(str)  # SOURCE of the command line
    ask_wanted = Signal(str)  # "file" or "folder": let the user choose one

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[BackendStatus] = []
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setProperty("role", "muted")
        self.setAccessibleName("Sensors and formats")
        self.setMinimumHeight(60)
        self.setWordWrap(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemActivated.connect(self._on_activated)
        self.itemEntered.connect(self._tell)
        self.currentItemChanged.connect(self._tell)
        self._tell(None)

    def show_sensors(self, found: list[BackendStatus]) -> None:
        """What `--list-sensors` says. The chosen row stays chosen where it is still there."""
        if found == self._shown:
            return
        self._shown = list(found)
        chosen, place = _key(self.currentItem()), self.verticalScrollBar().value()
        self.clear()
        for status in found:
            self.addItem(_backend_row(status))
            for camera in status.cameras:
                self.addItem(_camera_row(status, camera))
        for row in range(self.count()):
            if chosen is not None and _key(self.item(row)) == chosen:
                self.setCurrentRow(row)
        self.verticalScrollBar().setValue(place)

    def _on_activated(self, item: QListWidgetItem) -> None:
        if spec := item.data(SPEC):
            self.open_wanted.emit(spec)
        else:
            self.ask_wanted.emit("folder" if item.data(NAME).startswith("folder") else "file")

    def _tell(self, item: QListWidgetItem | None, *_: object) -> None:
        said = "Select a row to read more; press Enter to open it."
        self.about.setText(said if item is None else item.toolTip())


def _backend_row(status: BackendStatus) -> QListWidgetItem:
    text = status.name if status.available else f"{status.name} – {status.reason}"
    item = _row(text, "good" if status.available else "off", status)
    item.setData(SPEC, status.spec)
    if not status.available and not status.spec:
        item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _camera_row(status: BackendStatus, camera: FoundCamera) -> QListWidgetItem:
    serial = camera.serial or "serial number unknown while another camera streams"
    item = _row(f"{camera.name}, {serial}", "camera", status)
    named = status.by_serial and camera.serial
    item.setData(SPEC, f"{status.spec}:{camera.serial}" if named else status.spec)
    return item


def _row(text: str, picture: str, status: BackendStatus) -> QListWidgetItem:
    item = QListWidgetItem(icon(picture), text)
    item.setData(NAME, status.name)
    said = f"{status.name}: {status.reason}. Checked: {status.checked}."
    item.setToolTip(said)
    item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, said)
    return item


def _key(item: QListWidgetItem | None) -> tuple[str, str] | None:
    return None if item is None else (item.data(NAME), item.data(SPEC))
