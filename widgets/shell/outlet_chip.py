"""What the status line shows while joints are streamed: to whom; a click opens the settings."""

from __future__ import annotations

from app.address import OutletConfig
from app.outlet import OutletStats
from widgets.parts.buttons import PushButton


class OutletChip(PushButton):
    """Hidden while nothing is streamed."""

    def __init__(self) -> None:
        super().__init__("", "", "Joints are streamed to other programs; click for the settings")
        self.setObjectName("chip")
        self.hide()

    def show_stats(self, config: OutletConfig | None, stats: OutletStats | None) -> None:
        """None: the outlet is off."""
        if config is None or stats is None:
            self.hide()
            return
        text, lines = f"Streaming to {config.osc}", []
        if config.websocket is not None:
            text = f"Streaming: {count_clients(stats.clients)}"
            text += " + OSC" if config.osc is not None else ""
            lines.append(f"WebSocket at {config.websocket}: {count_clients(stats.clients)}")
        if config.osc is not None:
            lines.append(f"OSC to {config.osc}")
        lines.append(f"{stats.sent} frames sent. Click for the settings.")
        self.setText(text)
        self.setToolTip("\n".join(lines))
        self.setAccessibleDescription(lines[-1])
        self.show()


def count_clients(count: int) -> str:
    """In words: "no clients", "1 client", "2 clients"."""
    return f"{count or 'no'} client" + ("" if count == 1 else "s")
