"""The page of the live outlet in the preferences: which streams, where, and who listens."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from app.address import (
    LOOPBACK,
    OSC_PORT,
    WEBSOCKET_PORT,
    Address,
    AddressError,
    OutletConfig,
    parse_address,
)
from app.outlet import OutletStats
from widgets.shell.outlet_chip import count_clients

ABOUT = (
    "Sends the joints of every frame to other programs: Blender, Unity, TouchDesigner, a script. "
    "While exploring, it sends the hand set by the sliders. "
    "It is off at every start; docs/outlet.md describes the messages."
)
EXPOSED = "Other computers can listen to this address; nothing is encrypted."


class OutletPage(QWidget):
    """changed: what the user has set up, as OutletConfig. refused: why it cannot be used."""

    changed = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.on = QCheckBox("Stream joints (Ctrl+T)")
        self.osc = _Stream("OSC to", Address(LOOPBACK, OSC_PORT))
        self.websocket = _Stream("WebSocket at", Address(LOOPBACK, WEBSOCKET_PORT))
        self.status, self.warning = QLabel("Off"), QLabel()
        about = QLabel(ABOUT)
        for label in (about, self.warning, self.status):
            label.setWordWrap(True)
        about.setProperty("role", "muted")
        self.warning.setProperty("role", "warn")
        form = QFormLayout(self)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow(about)
        form.addRow("Outlet", self.on)
        for stream in (self.osc, self.websocket):
            form.addRow(stream.wanted, stream)
        form.addRow(self.warning)
        form.addRow("Now", self.status)
        self.on.toggled.connect(self._announce)
        for stream in (self.osc, self.websocket):
            stream.wanted.toggled.connect(self._announce)
            stream.address.editingFinished.connect(self._announce)
            stream.address.textEdited.connect(self._judge)
        self._judge()

    def config(self) -> OutletConfig:
        """What is asked for; nothing while the outlet is off. Raises AddressError."""
        if not self.on.isChecked():
            return OutletConfig()
        return OutletConfig(self.osc.chosen(), self.websocket.chosen())

    def show_config(self, config: OutletConfig) -> None:
        """What the command line asks for, or that nothing is sent any more; emits nothing."""
        with QSignalBlocker(self):
            self.on.setChecked(config.wanted)
            for stream, address in ((self.osc, config.osc), (self.websocket, config.websocket)):
                if config.wanted:
                    stream.wanted.setChecked(address is not None)
                if address is not None:
                    stream.address.setText(str(address))
        self._judge()

    def show_stats(self, stats: OutletStats | None) -> None:
        """What has been sent; None: the outlet is off."""
        if stats is None:
            self.status.setText("Off")
            return
        lost = f", {stats.lost} lost" if stats.lost else ""
        clients = count_clients(stats.clients)
        self.status.setText(f"{stats.sent} frames sent{lost}; WebSocket: {clients}")

    def _announce(self) -> None:
        self._judge()
        try:
            config = self.config()
        except AddressError as error:
            self.refused.emit(str(error))
        else:
            self.changed.emit(config)

    def _judge(self) -> None:
        """Say what is wrong with an address, or what follows from it."""
        problem, exposed = "", False
        for stream in (self.osc, self.websocket):
            try:
                address = stream.chosen()
            except AddressError as error:
                problem = str(error)
            else:
                exposed |= address is not None and not address.is_loopback
        self.warning.setText(problem or (EXPOSED if exposed else ""))
        self.warning.setVisible(bool(self.warning.text()))


class _Stream(QWidget):
    """One way to stream: a switch and an address."""

    def __init__(self, name: str, address: Address):
        super().__init__()
        self.wanted = QCheckBox(name)
        self.wanted.setChecked(True)
        self.address = QLineEdit(str(address))
        self.address.setAccessibleName(f"{name}: address, HOST:PORT")
        self.address.setPlaceholderText("HOST:PORT")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.address, 1)

    def chosen(self) -> Address | None:
        """None: not wanted. Raises AddressError."""
        return parse_address(self.address.text()) if self.wanted.isChecked() else None
