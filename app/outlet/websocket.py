"""A WebSocket server: every client gets a greeting, then a JSON message a frame."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from app.address import Address
from app.errors import OutputError
from app.outlet.messages import greeting

QUEUE = 32  # messages that wait for a client; a slower one misses the oldest
MOST_CLIENTS = 16
CLOSE_S = 1.0
MAX_BYTES = 1024  # of what a client says; nothing is expected of it
# A page of another site must not listen to this computer's hands. Pages that this computer serves
# may, and programs that are no browser (they give no origin). "null" is what a page from a file
# says, but any site can make a frame that says the same.
OWN_PAGES = re.compile(r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?")


class JointsServer:
    """Lives in one event loop."""

    def __init__(self) -> None:
        self._server: Server | None = None
        self._queues: set[asyncio.Queue[str]] = set()

    @property
    def clients(self) -> int:
        return len(self._queues)

    async def open(self, address: Address) -> None:
        """Listen. Raises OutputError where the address cannot be had."""
        origins = [None, OWN_PAGES] if address.is_loopback else None
        try:
            self._server = await serve(
                self._attend, address.host, address.port, origins=origins, compression=None,
                max_size=MAX_BYTES, close_timeout=CLOSE_S,
            )  # fmt: skip
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise OutputError(f"WebSocket cannot listen at {address}: {reason}") from error

    def send(self, text: str) -> None:
        """To every client; returns at once."""
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
                queue.task_done()
            queue.put_nowait(text)

    async def close(self) -> None:
        """Send what waits, within a second, and say goodbye."""
        if self._server is None:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(q.join() for q in self._queues)), CLOSE_S)
        self._server.close()
        await self._server.wait_closed()

    async def _attend(self, connection: ServerConnection) -> None:
        if self.clients >= MOST_CLIENTS:
            await connection.close(1013, "too many clients")
            return
        queue: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        queue.put_nowait(greeting())
        self._queues.add(queue)
        sending = asyncio.create_task(_pass_on(queue, connection))
        try:
            with suppress(ConnectionClosed):
                async for _ in connection:
                    pass  # read only so that the end is seen
        finally:
            self._queues.discard(queue)
            sending.cancel()


async def _pass_on(queue: asyncio.Queue[str], connection: ServerConnection) -> None:
    with suppress(ConnectionClosed):
        while True:
            await connection.send(await queue.get())
            queue.task_done()
