"""The live outlet: on while the user wants it, fed by the estimator's thread or the explorer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QWidget

from app.address import AddressError, OutletConfig, parse_address
from app.frames import Failure, FrameResult
from app.outlet import Outlet
from widgets.controller import Controller
from widgets.hub import Hub
from widgets.menus import Actions
from widgets.parts.bridge import Bridge
from widgets.shell.outlet_chip import OutletChip
from widgets.shell.outlet_page import OutletPage

PAGE = "Live outlet"  # its title in the preferences


class OutletControl(Controller):
    """Owns the page of the outlet in the preferences, the chip, and the outlet while it is on."""

    page_wanted = Signal(str)  # title of the page of the preferences to open

    def __init__(self, hub: Hub, actions: Actions):
        super().__init__(hub, actions)
        self.page, self.chip = OutletPage(), OutletChip()
        self.outlet: Outlet | None = None
        self._leaving: Outlet | None = None  # the one before, perhaps still closing
        self._failures: Bridge[Failure] = Bridge(capacity=4)
        self._failures.connect(self._on_failure)
        self.page.changed.connect(self.set_config)
        self.page.refused.connect(self._on_refused)
        self.chip.clicked.connect(lambda: self.page_wanted.emit(PAGE))
        hub.figures_due.connect(self._show_figures)
        hub.mode_changed.connect(lambda _: self._choose_feed())
        hub.shown.connect(self._send_explored)

    def commands(self) -> dict[str, Callable[[], object]]:
        return {"outlet": self.toggle}

    def pages(self) -> list[tuple[str, QWidget]]:
        return [(PAGE, self.page)]

    def begin(self) -> None:
        """What the command line asks for."""
        config = self.hub.options.outlet
        if config.wanted:
            self.page.show_config(config)
            self.set_config(config)

    def restore(self, store: QSettings) -> None:
        """The addresses of the last run; the outlet itself is off at every start."""
        for name in ("osc", "websocket"):
            stream = getattr(self.page, name)
            try:
                address = parse_address(str(store.value(f"outlet/{name}", "")))
            except AddressError:
                continue
            stream.address.setText(str(address))
            stream.wanted.setChecked(str(store.value(f"outlet/{name}_wanted", "true")) == "true")

    def save(self, store: QSettings) -> None:
        for name in ("osc", "websocket"):
            stream = getattr(self.page, name)
            store.setValue(f"outlet/{name}", stream.address.text())
            store.setValue(f"outlet/{name}_wanted", stream.wanted.isChecked())

    def close(self) -> None:
        self._failures.close()
        self._dismiss()
        if self._leaving is not None:
            self._leaving.stop()

    def toggle(self) -> None:
        """On or off, with the addresses of the page."""
        self.page.on.click()
        self._show()

    def set_config(self, config: OutletConfig) -> None:
        """Stream there from now on, and nowhere else."""
        if self.outlet is not None and self.outlet.config == config and self.outlet.alive:
            return
        self._dismiss()
        if config.wanted:
            self.outlet = Outlet(config, self._failures.mailbox.put, after=self._leaving)
            self.outlet.start()
            self._choose_feed()
        self._show()

    # --- inside -------------------------------------------------------------------------------

    def _choose_feed(self) -> None:
        """The source's hands come from the estimator's thread, but none while exploring."""
        if self.outlet is not None:
            takers = self.hub.session.estimator.takers
            takers.remove(self.outlet.send)
            if not self.hub.exploring:
                takers.add(self.outlet.send)

    def _send_explored(self, result: FrameResult) -> None:
        if result.explored and self.outlet is not None:
            self.outlet.send(result)

    def _dismiss(self) -> None:
        """End the present outlet without waiting for it."""
        if self.outlet is not None:
            self.hub.session.estimator.takers.remove(self.outlet.send)
            self.outlet.close()
            self._leaving, self.outlet = self.outlet, None

    def _show(self) -> None:
        self.actions["outlet"].setChecked(self.outlet is not None)
        self._show_figures()

    def _show_figures(self) -> None:
        outlet = self.outlet
        stats = None if outlet is None else outlet.stats
        self.page.show_stats(stats)
        self.chip.show_stats(None if outlet is None else outlet.config, stats)

    def _on_failure(self) -> None:
        for failure in self._failures.take_all():
            self._give_up(failure.message, failure.detail)

    def _on_refused(self, reason: str) -> None:
        self._give_up(reason)

    def _give_up(self, reason: str, detail: str = "") -> None:
        self._dismiss()
        self.page.show_config(OutletConfig())
        self._show()
        self.hub.say("error", "Streaming has stopped", reason, detail)
