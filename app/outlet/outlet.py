"""The thread that passes estimates on to other programs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from app.address import OutletConfig
from app.frames import Failure, FrameResult
from app.threads.mailbox import Mailbox
from app.threads.sink import Sink

WAIT_S = 0.2
CAPACITY = 64  # results that wait to be sent


@dataclass(frozen=True, slots=True)
class OutletStats:
    """What has been sent since the start."""

    sent: int  # frames
    lost: int  # frames that the network, or this computer, did not take
    clients: int  # WebSocket clients now


class Outlet(Sink[FrameResult]):
    """Sends what `send` is given.

    Methods may be called from any thread and return at once, but for `stop` and `wait_open`.

    Methods may be called from any thread and return at once, but for `stop` and `wait_open`.
    on_failure: called on the outlet's thread where an address cannot be had. after: another outlet
    that is being closed, whose addresses this one may want.
    """

    name, work = "outlet", "the outlet"
    slow = "the outlet does not open: the host's name is not answered"

    def __init__(
        self,
        config: OutletConfig,
        on_failure: Callable[[Failure], object] | None = None,
        after: Outlet | None = None,
    ):
        super().__init__(Mailbox(CAPACITY, notify=self._wake), on_failure)
        self.config = config
        self._after = after
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None
        self._stats = OutletStats(0, 0, 0)

    @property
    def stats(self) -> OutletStats:
        return self._stats

    def send(self, result: FrameResult) -> None:
        """Leave a result to be sent; where too many wait the oldest is dropped."""
        self._box.put(result)

    def send_all(self, result: FrameResult) -> None:
        """The same without a drop: waits for room while the outlet is alive."""
        self._put_all(result)

    # --- the thread ---------------------------------------------------------------------------

    def _work(self) -> None:
        if self._after is not None:
            self._after.stop()
            self._after = None
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        from app.outlet.messages import json_messages
        from app.outlet.osc import OscSender
        from app.outlet.websocket import JointsServer

        news = asyncio.Event()
        self._loop, self._news = asyncio.get_running_loop(), news
        osc, server, sent = None, JointsServer(), 0
        async with AsyncExitStack() as stack:
            if self.config.osc is not None:
                osc = await OscSender.open(self.config.osc)
                stack.callback(osc.close)
            if self.config.websocket is not None:
                await server.open(self.config.websocket)
                stack.push_async_callback(server.close)
            self._opened.set()
            while not (self._box.closed and not len(self._box)):
                while (result := self._box.get(0.0)) is not None:
                    if osc is not None:
                        osc.send(result)
                    for message in json_messages(result) if server.clients else ():
                        server.send(message)
                    sent += 1
                    await asyncio.sleep(0)  # the clients' turn
                lost = self._box.dropped + (osc.lost if osc else 0)
                self._stats = OutletStats(sent, lost, server.clients)
                await self._wait_for(self._news)

    async def _wait_for(self, news: asyncio.Event) -> None:
        news.clear()
        if len(self._box) or self._box.closed:
            return
        try:
            await asyncio.wait_for(news.wait(), WAIT_S)
        except TimeoutError:
            return

    def _wake(self) -> None:
        loop, news = self._loop, self._news
        if loop is not None and news is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(news.set)
            except RuntimeError:  # closed between the question and the call
                return
