"""Where the live outlet sends and listens: host and port, this computer unless told otherwise."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from app.errors import AppError

LOOPBACK = "127.0.0.1"
OSC_PORT, WEBSOCKET_PORT = 9000, 8765  # what the window proposes
FORM = "[HOST:]PORT, for instance 9000 or 192.168.1.20:9000"


class AddressError(AppError):
    """An address is not written as HOST:PORT."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Address:
    """Host name or number, and port 1 .. 65535."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Nothing but this computer is reached, or reaches it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:  # a name
            return False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class OutletConfig:
    """Which streams of joints are on; None: off."""

    osc: Address | None = None  # sends there
    websocket: Address | None = None  # listens there

    @property
    def wanted(self) -> bool:
        return self.osc is not None or self.websocket is not None


def parse_address(text: str) -> Address:
    """An address of "9000", "HOST:9000" or "[IPv6]:9000"; without a host it is the loopback's.

    Raises AddressError.
    """
    host, colon, port = text.strip().rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise AddressError(f"{text} is no address", "IPv6 is written [::1]:9000")
    if (colon and not host) or any(c.isspace() or c in "/[]" for c in host):
        raise AddressError(f"{text or 'nothing'} is no address", FORM)
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise AddressError(f"{port or 'nothing'} is no port", FORM)
    return Address(host or LOOPBACK, int(port))
