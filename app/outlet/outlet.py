"""The thread that passes estimates on to other programs."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from app.address import OutletConfig
from app.capture.mailbox import Mailbox
from app.errors import AppError, OutputError
from app.frames import Failure, HandEstimate

WAIT_S = 0.2
OPEN_S = 10.0  # a name server may take its time
CAPACITY = 64  # estimates that wait to be sent


@dataclass(frozen=True, slots=True)
class OutletStats:
    """What has been sent since the start."""

    sent: int  # frames
    lost: int  # frames that the network, or this computer, did not take
    clients: int  # WebSocket clients now


class Outlet:
    """Sends what `send` is given. Methods may be called from any thread and return at once, but
    for `stop` and `wait_open`.

    on_failure: called on the outlet's thread where an address cannot be had. after: another outlet
    that is being closed, whose addresses this one may want.
    """

    def __init__(
        self,
        config: OutletConfig,
        on_failure: Callable[[Failure], None] | None = None,
        after: Outlet | None = None,
    ):
        self.config = config
        self._after = after
        self._on_failure = on_failure
        self._mailbox: Mailbox[HandEstimate] = Mailbox(CAPACITY, notify=self._wake)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None
        self._opened = threading.Event()  # or failed to
        self._error: AppError | None = None
        self._thread: threading.Thread | None = None
        self._stats = OutletStats(0, 0, 0)

    @property
    def stats(self) -> OutletStats:
        return self._stats

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Open what `config` names, on a thread of its own. Once only."""
        self._thread = threading.Thread(target=self._run, name="outlet", daemon=True)
        self._thread.start()

    def wait_open(self) -> None:
        """Wait until everything is open. Raises OutputError where that fails."""
        if not self._opened.wait(OPEN_S):
            raise OutputError("the outlet does not open: the host's name is not answered")
        if self._error is not None:
            raise self._error

    def send(self, estimate: HandEstimate) -> None:
        """Leave an estimate to be sent; where too many wait the oldest is dropped."""
        self._mailbox.put(estimate)

    def send_all(self, estimate: HandEstimate) -> None:
        """The same without a drop: waits for room while the outlet is alive."""
        while self.alive and not self._mailbox.put_wait(estimate, WAIT_S):
            if self._mailbox.closed:
                return

    def close(self) -> None:
        """Send what is left and end, without being waited for."""
        self._mailbox.close()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Send what is left, close, and wait for the thread. True: it has ended."""
        self.close()
        if self._thread is None or self._thread is threading.current_thread():
            return self._thread is None
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # --- the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            if self._after is not None:
                self._after.stop()
                self._after = None
            asyncio.run(self._serve())
        except AppError as error:
            self._fail(error)
        except Exception as error:  # the one place where this worker catches: a fault becomes data
            self._fail(OutputError(f"the outlet failed: {type(error).__name__}: {error}"))
        finally:
            self._mailbox.close()
            self._opened.set()

    async def _serve(self) -> None:
        from app.outlet.messages import json_message
        from app.outlet.osc import OscSender
        from app.outlet.websocket import JointsServer

        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
        osc, server, sent = None, JointsServer(), 0
        async with AsyncExitStack() as stack:
            if self.config.osc is not None:
                osc = await OscSender.open(self.config.osc)
                stack.callback(osc.close)
            if self.config.websocket is not None:
                await server.open(self.config.websocket)
                stack.push_async_callback(server.close)
            self._opened.set()
            while not (self._mailbox.closed and not len(self._mailbox)):
                while (estimate := self._mailbox.get(0.0)) is not None:
                    if osc is not None:
                        osc.send(estimate)
                    if server.clients:
                        server.send(json_message(estimate))
                    sent += 1
                    await asyncio.sleep(0)  # the clients' turn
                lost = self._mailbox.dropped + (osc.lost if osc else 0)
                self._stats = OutletStats(sent, lost, server.clients)
                await self._wait_for_news()

    async def _wait_for_news(self) -> None:
        self._news.clear()
        if len(self._mailbox) or self._mailbox.closed:
            return
        try:
            await asyncio.wait_for(self._news.wait(), WAIT_S)
        except TimeoutError:
            return

    def _wake(self) -> None:
        loop, news = self._loop, self._news
        if loop is not None and news is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(news.set)
            except RuntimeError:  # closed between the question and the call
                return

    def _fail(self, error: AppError) -> None:
        self._error = error
        if self._on_failure is not None:
            self._on_failure(Failure("outlet", str(error), traceback.format_exc()))
