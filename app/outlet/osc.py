"""OSC by UDP: a bundle a frame, sent and forgotten."""

from __future__ import annotations

import asyncio
import math
import socket

from pythonosc.udp_client import UDPClient

from app.address import Address
from app.errors import OutputError
from app.frames import FrameResult
from app.outlet.messages import osc_bundle


class OscSender:
    """Sends to one address, whose name is looked up once. Used by one thread."""

    def __init__(self, client: UDPClient):
        self._client = client
        self._first_s: float | None = None
        self.lost = 0  # frames that the network did not take

    @classmethod
    async def open(cls, address: Address) -> OscSender:
        """Raises OutputError where the host is not known."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                address.host, address.port, type=socket.SOCK_DGRAM
            )
            return cls(UDPClient(str(found[0][4][0]), address.port))
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise OutputError(f"OSC cannot be sent to {address}: {reason}") from error

    def send(self, result: FrameResult) -> None:
        """One frame. A network that does not take it loses it; that is counted."""
        t_s = result.frame.t_s
        if self._first_s is None and math.isfinite(t_s):
            self._first_s = t_s
        seconds = t_s - (self._first_s or 0.0)
        try:
            self._client.send(osc_bundle(result, seconds if math.isfinite(seconds) else 0.0))
        except OSError:  # unreachable or full: the next frame may get through
            self.lost += 1

    def close(self) -> None:
        self._client.close()
