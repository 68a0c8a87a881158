"""The thread that turns frames into hands:
newest frame in, newest estimate out, commands in between."""

from __future__ import annotations

import logging
import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from enum import Enum

from app.config import CameraConfig, EstimatorConfig
from app.engine.engine import Engine
from app.errors import AppError
from app.frames import DepthFrame, Failure, HandEstimate
from app.inference.pipeline import FramePipeline, make_pipeline
from app.inference.timing import RunStats, Tally
from app.threads.ending import has_ended
from app.threads.mailbox import Mailbox

log = logging.getLogger(__name__)

WAIT_S = 0.1  # longest wait for a frame before commands are looked at again
RECENT = 120  # frames that the live statistics look back on


class EstimatorState(Enum):
    """Where the worker stands. FAULTED can be started again."""

    STOPPED = "stopped"
    STARTING = "starting"  # loading weights
    RUNNING = "running"
    FAULTED = "faulted"


class Estimator:
    """Owns a `FramePipeline` on a thread of its own.

    frames: where it takes frames from. results: where it leaves estimates (newest wins). build:
    makes the pipeline, on the thread, from `config`; raises AppError where it cannot. on_result,
    on_failure and on_network (a network is at work from now on) are called on the thread. Every
    method may be called from any thread and returns at once, but for `stop`.
    """

    def __init__(
        self,
        frames: Mailbox[DepthFrame],
        results: Mailbox[HandEstimate],
        config: EstimatorConfig | None = None,
        build: Callable[[EstimatorConfig], FramePipeline] = make_pipeline,
        on_result: Callable[[HandEstimate], None] | None = None,
        on_failure: Callable[[Failure], None] | None = None,
        on_network: Callable[[Engine, EstimatorConfig], None] | None = None,
    ):
        self.frames = frames
        self.results = results
        self.config = config or EstimatorConfig()
        self.on_result = on_result
        self.on_recorded: Callable[[HandEstimate], None] | None = None  # the same for a recording
        self.on_failure = on_failure
        self.on_network = on_network
        self._build = build
        self._commands: deque[Callable[[FramePipeline], None]] = deque()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._pipeline: FramePipeline | None = None
        self._last_frame: DepthFrame | None = None
        self._tally = Tally(RECENT)
        self._taken, self._finished, self._failed, self._beats = 0, 0, 0, 0
        self.crashed = False  # it faulted by something that nobody foresaw: worth another try
        self.state = EstimatorState.STOPPED

    @property
    def engine(self) -> Engine | None:
        """The loaded network, for latent sliders and walks (its calls are thread-safe);
        None until RUNNING."""
        pipeline = self._pipeline
        return None if pipeline is None else pipeline.engine

    def start(self) -> None:
        """Start, or start again after a stop or a fault. Does nothing while running.
        Counts begin anew, but for those of a run that crashed."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._stopping.clear()
        if not self.crashed:
            self._tally = Tally(RECENT)
            self._taken, self._finished, self._failed = 0, 0, 0
        self.crashed = False
        self.state = EstimatorState.STARTING
        self._thread = threading.Thread(target=self._run, name="estimator", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Ask the thread to end and wait for it. True: it has ended."""
        self._stopping.set()
        return has_ended(self._thread, timeout_s)

    # Commands: carried out between two frames;
    # while the source is paused its last frame is estimated again.

    def point_at(self, pixel: tuple[float, float]) -> None:
        """Follow the hand at this pixel (x, y) of the depth image."""
        self._commands.append(lambda pipeline: pipeline.point_at(pixel))

    def set_hand(self, choice: str) -> None:
        """ "auto", "left" or "right"."""
        self._configure(hand=choice)
        self._commands.append(lambda pipeline: pipeline.set_hand(choice))

    def set_cube(self, cube_mm: float) -> None:
        """Side of the crop cube for a hand of mean size, mm."""
        self._configure(cube_mm=float(cube_mm))
        self._commands.append(lambda pipeline: pipeline.set_cube(cube_mm))

    def set_hand_size(self, scale: float) -> None:
        """This hand's size over the mean hand's; 0: measured while it is seen."""
        self._configure(hand_scale=float(scale))
        self._commands.append(lambda pipeline: pipeline.set_hand_size(scale))

    def set_camera(self, camera: CameraConfig) -> None:
        """Numbers of the camera that are known better than the source's."""
        self._configure(camera=camera)
        self._commands.append(lambda pipeline: pipeline.set_camera(camera))

    def set_smoothing(self, wanted: bool) -> None:
        """Filter the joints, or show them as the network gives them."""
        self._configure(smoothing=wanted)
        self._commands.append(lambda pipeline: pipeline.set_smoothing(wanted))

    def set_refinement(self, steps: int) -> None:
        """Steps of refinement of each frame; 0: none. Where these weights cannot be refined with,
        it stays as it was and a Failure is sent. Raises ConfigError."""
        replace(self.config, refine=steps)  # raises ConfigError where the caller can see it
        self._commands.append(lambda pipeline: self._change_refinement(pipeline, steps))

    def reset(self) -> None:
        """Forget the hand and look for one anew."""
        self._commands.append(lambda pipeline: pipeline.reset())

    def load_weights(self, path: str | None) -> None:
        """Change to other weights (None: the shipped ones); see `change_network`."""
        self.change_network(weights=path)

    def change_network(self, **values: object) -> None:
        """Build another network from these fields of the configuration: weights, backend, threads.
        Where that is impossible the old one stays and a Failure is sent. Raises ConfigError."""
        replace(self.config, **values)
        self._commands.append(lambda _: self._change_network(values))

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
            while not self._stopping.is_set() and not (self.frames.closed and not len(self.frames)):
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
        estimate = self._pipeline.process(frame)
        self._finished += new is not None
        self._tally.add(estimate)
        self.results.put(estimate)
        for take in (self.on_result, self.on_recorded):
            if take is not None:
                take(estimate)

    def _obey(self) -> bool:
        """Carry out the waiting commands; True when there were any."""
        count = len(self._commands)
        for _ in range(count):
            self._commands.popleft()(self._pipeline)
        return count > 0

    def _change_network(self, values: dict[str, object]) -> None:
        self.state = EstimatorState.STARTING
        config = replace(self.config, **values)
        try:
            pipeline = self._build(config)
        except (AppError, ImportError) as error:  # torch may not be installed
            self.state = EstimatorState.RUNNING
            self._refuse("weights", error)
        else:
            self._configure(**values)
            self._take(pipeline)

    def _take(self, pipeline: FramePipeline) -> None:
        """Work with this pipeline from now on."""
        self._pipeline = pipeline
        self.state = EstimatorState.RUNNING
        if self.on_network is not None:
            self.on_network(pipeline.engine, self.config)

    def _change_refinement(self, pipeline: FramePipeline, steps: int) -> None:
        try:
            pipeline.set_refinement(steps)
        except (AppError, ImportError) as error:
            self._refuse("refinement", error)
        else:
            self._configure(refine=steps)

    def _refuse(self, stage: str, error: Exception) -> None:
        self._send(Failure(stage, str(error), traceback.format_exc(), fatal=False))

    def _configure(self, **values: object) -> None:
        """Check and remember a setting for the next pipeline. Raises ConfigError."""
        self.config = replace(self.config, **values)

    def _fault(self, failure: Failure) -> None:
        self.state = EstimatorState.FAULTED
        self._send(failure)

    def _send(self, failure: Failure) -> None:
        log.error("%s", failure.message)
        log.debug("%s", failure.detail)  # whoever takes the failure has it too
        if self.on_failure is not None:
            self.on_failure(failure)
