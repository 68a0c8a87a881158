"""The thread that turns frames into hands: newest in, newest out, commands in between."""

from __future__ import annotations

import logging
import threading
import traceback
from collections import deque
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any

from app.config import EstimatorConfig, changed_config
from app.engine.engine import Engine
from app.errors import AppError
from app.frames import Failure, Frame, FrameResult
from app.inference.pipeline import FramePipeline, make_pipeline
from app.inference.timing import RunStats, Tally
from app.threads.mailbox import Mailbox
from app.threads.own_thread import OwnThread
from app.threads.takers import Takers

log = logging.getLogger(__name__)

WAIT_S = 0.1  # longest wait for a frame before commands are looked at again
ENDING_S = 1.0  # that a thread takes at most once its work is over
RECENT = 120  # frames that the live statistics look back on
# Fields of the configuration that name something which may be impossible to have.
NETWORK = ("weights", "backend", "threads")
REFINEMENT = ("refine", "refine_by")


class EstimatorState(Enum):
    """Where the worker stands. FAULTED can be started again."""

    STOPPED = "stopped"
    STARTING = "starting"  # loading weights
    RUNNING = "running"
    FAULTED = "faulted"


AT_WORK = (EstimatorState.STARTING, EstimatorState.RUNNING)


class Estimator:
    """Owns a `FramePipeline` on a thread of its own.

    frames: where it takes frames from. results: where it leaves what it made of them (newest wins).
    build: makes the pipeline, on the thread, from `config`; raises AppError where it cannot.
    on_failure and on_network (a network is at work from now on) are called on the thread. Every
    method may be called from any thread and returns at once, but for `stop`.
    """

    def __init__(
        self,
        frames: Mailbox[Frame],
        results: Mailbox[FrameResult],
        config: EstimatorConfig | None = None,
        build: Callable[[EstimatorConfig], FramePipeline] = make_pipeline,
        on_failure: Callable[[Failure], object] | None = None,
        on_network: Callable[[Engine, EstimatorConfig], object] | None = None,
    ):
        self.frames = frames
        self.results = results
        self.config = config or EstimatorConfig()
        self.takers: Takers[FrameResult] = Takers()  # are given every result, on the thread
        self.on_failure = on_failure
        self.on_network = on_network
        self._build = build
        self._commands: deque[Callable[[FramePipeline], None]] = deque()
        self._changing = threading.Lock()  # of `config`
        self._thread = OwnThread("estimator")
        self._pipeline: FramePipeline | None = None
        self._last_frame: Frame | None = None
        self._tally = Tally(RECENT)
        self._taken, self._finished, self._failed, self._beats = 0, 0, 0, 0
        self.crashed = False  # it faulted by something that nobody foresaw: worth another try
        self.state = EstimatorState.STOPPED

    @property
    def engine(self) -> Engine | None:
        """The loaded network, whose calls are thread-safe; None until RUNNING."""
        pipeline = self._pipeline
        return None if pipeline is None else pipeline.engine

    def start(self) -> None:
        """Start, or start again after a stop or a fault. Does nothing while running.

        Counts begin anew, but for those of a run that crashed.
        """
        if self.state in AT_WORK and self._thread.alive:
            return
        if not self._thread.wait(ENDING_S):  # it has told its end, and is about to
            return
        if not self.crashed:
            self._tally = Tally(RECENT)
            self._taken, self._finished, self._failed = 0, 0, 0
        self.crashed = False
        self.state = EstimatorState.STARTING
        self._thread.start(self._run)

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Ask the thread to end and wait for it. True: it has ended."""
        return self._thread.stop(timeout_s)

    # Commands: carried out between two frames;
    # while the source is paused its last frame is estimated again.

    def point_at(self, pixel: tuple[float, float]) -> None:
        """Follow the hand at this pixel (x, y) of the depth image."""
        self._commands.append(lambda pipeline: pipeline.point_at(pixel))

    def configure(self, **fields: Any) -> None:
        """Change fields of the `EstimatorConfig`: at once where nothing runs, else between frames.

        A network (weights, backend, threads) or a refinement that cannot be had stays as it was and
        a Failure is sent; `config` names the new one once it is at work. Raises ConfigError.
        """
        with self._changing:
            changed = changed_config(self.config, fields)
            if self.state not in AT_WORK:
                self.config = changed
                return
            sure = {name: v for name, v in fields.items() if name not in NETWORK + REFINEMENT}
            self.config = changed_config(self.config, sure)
        for names in (NETWORK, REFINEMENT):
            wanted = {name: v for name, v in fields.items() if name in names}
            if wanted:
                self._commands.append(partial(self._try, wanted))
        if sure:
            self._commands.append(partial(_apply, sure))

    def reset(self) -> None:
        """Forget the hand and look for one anew."""
        self._commands.append(lambda pipeline: pipeline.reset())

    def stats(self) -> RunStats:
        """Counts since the start; medians and rate over the last seconds."""
        dropped = self.frames.dropped
        return self._tally.summary(self._taken + dropped, dropped, self._failed)

    @property
    def beats(self) -> int:
        """Grows while the thread is alive and not held up by a frame."""
        return self._beats

    # The thread.

    def _run(self) -> None:
        try:
            self._take(self._build(self.config))
            while not self._thread.ending.is_set():
                if self.frames.closed and not len(self.frames):
                    break
                self._turn()
            self.state = EstimatorState.STOPPED
        except AppError as error:
            self._fault(Failure("estimator", str(error), traceback.format_exc()))
        except Exception as error:  # the one place where this worker catches: a fault becomes data
            self.crashed = True
            self._failed = self._taken - self._finished
            message = f"the estimator failed: {type(error).__name__}: {error}"
            self._fault(Failure("estimator", message, traceback.format_exc()))

    def _turn(self) -> None:
        self._beats += 1
        changed = self._obey()
        new = self.frames.get(0 if changed else WAIT_S)
        frame = self._last_frame if new is None and changed else new
        if frame is None:
            return
        self._last_frame = frame
        self._taken += new is not None
        result = self._present().process(frame)
        self._finished += new is not None
        self._tally.add(result)
        self.results.put(result)
        self.takers.give(result)

    def _obey(self) -> bool:
        """Carry out the waiting commands; True when there were any."""
        count = len(self._commands)
        for _ in range(count):
            self._commands.popleft()(self._present())
        return count > 0

    def _present(self) -> FramePipeline:
        """What is at work; the thread takes one before anything else."""
        if self._pipeline is None:
            raise RuntimeError("the network is not loaded yet")
        return self._pipeline

    def _try(self, fields: dict[str, Any], pipeline: FramePipeline) -> None:
        """Another network or refinement; where it cannot be had nothing changes."""
        config = changed_config(pipeline.config, fields)
        try:
            if fields.keys() & set(NETWORK):
                self.state = EstimatorState.STARTING
                self._take(self._build(config))
            else:
                pipeline.apply(config)
        except (AppError, ImportError) as error:  # torch may not be installed
            stage = "weights" if fields.keys() & set(NETWORK) else "refinement"
            self._send(Failure(stage, str(error), traceback.format_exc(), fatal=False))
        else:
            with self._changing:
                self.config = changed_config(self.config, fields)
        self.state = EstimatorState.RUNNING

    def _take(self, pipeline: FramePipeline) -> None:
        """Work with this pipeline from now on."""
        self._pipeline = pipeline
        self.state = EstimatorState.RUNNING
        if self.on_network is not None:
            self.on_network(pipeline.engine, pipeline.config)

    def _fault(self, failure: Failure) -> None:
        self.state = EstimatorState.FAULTED
        self._send(failure)

    def _send(self, failure: Failure) -> None:
        log.error("%s", failure.message)
        log.debug("%s", failure.detail)  # whoever takes the failure has it too
        if self.on_failure is not None:
            self.on_failure(failure)


def _apply(fields: dict[str, Any], pipeline: FramePipeline) -> None:
    pipeline.apply(changed_config(pipeline.config, fields))
