"""One run: the program's own threads, faults on schedule, and everything counted."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.capture.player import Player
from app.capture.player_state import PlayerState, PlayerStats
from app.capture.reconnect import ReconnectingSource
from app.capture.registry import open_source
from app.config import EstimatorConfig
from app.errors import CaptureError, WeightsError
from app.frames import Failure, Frame, FrameResult
from app.inference.estimator import Estimator, EstimatorState
from app.inference.timing import RunStats
from app.inference.watchdog import Watchdog, watch_camera, watch_estimator
from app.memory import trim_memory
from app.soak.camera import FaultyCamera
from app.soak.disk import Disk
from app.soak.estimating import Consumer, FaultyPipeline, Trouble
from app.soak.faults import KINDS, Fault, make_schedule
from app.soak.holdings import Holding, look
from app.soak.recordings import RecordingCounts, Recordings
from app.threads.ending import own_threads
from app.threads.mailbox import Mailbox

TICK_S = 0.02
LOOK_S = 0.25  # between two looks of the watchdog
SAMPLE_S = 1.0
TRIM = 30  # samples between two times that memory is given back, as the window does
SILENT_S = 0.75  # told sooner than in the window, so that every silence is
START_S = 60.0
AFTER_S = 2.5  # a fault's window: it itself, and so long afterwards
CLOSE_S = 10.0
SETTLE_S = 60.0  # at most, once the time is over, for what is not recovered yet


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of a run."""

    seconds: float = 1800.0
    source: str = "demo"
    fps: float = 90.0
    kinds: tuple[str, ...] = tuple(KINDS)
    every_s: float = 10.0
    seed: int = 1
    record: bool = True
    estimator: EstimatorConfig = field(default_factory=EstimatorConfig)


@dataclass(slots=True)
class Happened:
    """A fault, when it was in `time.monotonic()`, and how long after its end hands came again."""

    fault: Fault
    began_s: float
    ended_s: float
    recovered_s: float | None = None


@dataclass(slots=True)
class Outcome:
    """All that was counted."""

    plan: Plan
    seconds: float
    made: int  # frames that the camera gave
    spoilt: dict[str, int]
    player: PlayerStats
    waiting: int  # frames still in the mailbox at the end
    estimator: RunStats
    results_dropped: int
    seen: np.ndarray  # float [n, 2] of the results taken: arrival in `time.monotonic()`, ms
    hands: int
    out_of_order: int
    recordings: RecordingCounts
    faults: list[Happened]
    told: dict[str, int]  # failures, by their first words
    holdings: list[Holding]
    threads_left: list[str]


class SoakRun:
    """`run` once, on one thread."""

    def __init__(self, plan: Plan, folder: Path, say: Callable[[str], None] = print):
        self._plan, self._say = plan, say
        self._camera = FaultyCamera(open_source(plan.source), plan.fps, plan.seed)
        self._trouble, self._disk, self._disk_until_s = Trouble(), Disk(), 0.0
        self._failures: list[Failure] = []
        self._recordings = None
        if plan.record:
            self._recordings = Recordings(folder, lambda: self._player.info, self._failures.append)
        self._frames: Mailbox[Frame] = Mailbox()
        self._results: Mailbox[FrameResult] = Mailbox()
        recorded = [self._recordings.take] if self._recordings is not None else []
        self._player = Player(
            ReconnectingSource(self._camera), [*recorded, self._frames.put], self._failures.append
        )
        self._estimator = Estimator(
            self._frames, self._results, plan.estimator, on_failure=self._failures.append,
            build=lambda config: FaultyPipeline(config, self._trouble),
        )  # fmt: skip
        if self._recordings is not None:
            self._estimator.takers.add(self._recordings.add_joints)
        self._dog = Watchdog(self._failures.append, SILENT_S)
        self._dog.stages += [watch_camera(lambda: self._player), watch_estimator(self._estimator)]
        self._faults: list[Happened] = []
        self._holdings: list[Holding] = []
        self._threads_before = own_threads()

    def run(self, stop: threading.Event | None = None) -> Outcome:
        """Until the time is over or `stop`. Raises AppError where it cannot even begin."""
        plan, stop = self._plan, stop or threading.Event()
        try:
            self._start()
            self._began_s = time.monotonic()
            self._consumer = Consumer(self._results)
            if self._recordings is not None:
                self._recordings.start()
            waiting = make_schedule(plan.seed, plan.seconds, plan.kinds, plan.every_s)
            due = {"look": 0.0, "sample": 0.0, "say": 60.0}
            while not self._is_over(at_s := time.monotonic() - self._began_s) and not stop.is_set():
                while waiting and waiting[0].at_s <= at_s:
                    self._commit(waiting.pop(0))
                self._tick(at_s, due)
                time.sleep(TICK_S)
            return self._finish(at_s)
        finally:
            self._disk.free()

    # --- inside -------------------------------------------------------------------------------

    def _is_over(self, at_s: float) -> bool:
        """The time has passed, and a busy machine had time to recover from the last fault."""
        if at_s < self._plan.seconds or at_s > self._plan.seconds + SETTLE_S:
            return at_s >= self._plan.seconds
        states = self._player.state, self._estimator.state
        working = states == (PlayerState.RUNNING, EstimatorState.RUNNING)
        last_s = max((happened.ended_s for happened in self._faults), default=0.0)
        return working and self._consumer.newest_s > last_s

    def _start(self) -> None:
        self._estimator.start()
        self._player.start()
        until = time.monotonic() + START_S
        while (
            self._estimator.state is EstimatorState.STARTING
            or self._player.state is PlayerState.STARTING
        ):
            if time.monotonic() > until:
                raise CaptureError("nothing begins within a minute")
            time.sleep(TICK_S)
        if self._player.error is not None:
            raise self._player.error
        if self._failures:  # the network's
            raise WeightsError(self._failures[0].message)

    def _tick(self, at_s: float, due: dict[str, float]) -> None:
        if self._disk.full and time.monotonic() > self._disk_until_s:
            self._free_disk()
        if at_s >= due["look"]:
            due["look"] = at_s + LOOK_S
            self._dog.look(time.monotonic())
        if at_s >= due["sample"]:
            due["sample"] = at_s + SAMPLE_S
            if len(self._holdings) % TRIM == 0:
                trim_memory()
            self._holdings.append(look(at_s))
        if at_s >= due["say"]:
            due["say"] += 60.0
            held = self._holdings[-1]
            self._say(
                f"{at_s / 60:.0f} min: {self._camera.made} frames, {len(self._faults)} faults, "
                f"{held.memory_mb:.0f} MB, {held.threads} threads, {held.files} files"
            )

    def _commit(self, fault: Fault) -> None:
        """Let it happen."""
        now_s, lasts_s = time.monotonic(), KINDS[fault.kind][1]
        self._faults.append(Happened(fault, now_s, now_s + lasts_s))
        {
            "stall": lambda: self._camera.fall_silent(lasts_s),
            "crash": self._camera.crash,
            "unplug": lambda: self._camera.unplug(lasts_s),
            "garbage": lambda: self._camera.spoil(max(round(lasts_s * self._plan.fps), 1)),
            "clock": self._camera.jump,
            "estimator": lambda: setattr(self._trouble, "crash", True),
            "hang": lambda: setattr(self._trouble, "hang_s", lasts_s),
            "disk": lambda: self._fill_disk(lasts_s),
            "folder": self._delete_recording,
            "consumer": lambda: self._consumer.rest(lasts_s),
        }[fault.kind]()

    def _delete_recording(self) -> None:
        if self._recordings is not None:
            self._recordings.delete()

    def _fill_disk(self, seconds: float) -> None:
        self._disk_until_s = time.monotonic() + seconds
        if self._recordings is not None:
            self._recordings.held_up = True
            self._disk.fill(self._recordings.size)

    def _free_disk(self) -> None:
        self._disk.free()
        if self._recordings is not None:
            self._recordings.held_up = False

    def _finish(self, at_s: float) -> Outcome:
        self._free_disk()
        if self._recordings is not None:
            self._recordings.stop()
        self._player.stop()
        self._estimator.stop(CLOSE_S)
        self._consumer.stop()
        told: dict[str, int] = {}
        for failure in self._failures:
            told[failure.message] = told.get(failure.message, 0) + 1
        left = own_threads()
        for name in self._threads_before:
            left.remove(name)
        return Outcome(
            plan=self._plan,
            seconds=at_s,
            made=self._camera.made,
            spoilt=self._camera.spoilt,
            player=self._player.stats,
            waiting=len(self._frames),
            estimator=self._estimator.stats(),
            results_dropped=self._results.dropped,
            seen=self._consumer.seen,
            hands=self._consumer.hands,
            out_of_order=self._consumer.out_of_order,
            recordings=self._recordings.counts if self._recordings else RecordingCounts(),
            faults=self._mended(self._consumer.seen),
            told=told,
            holdings=self._holdings,
            threads_left=left,
        )

    def _mended(self, seen: np.ndarray) -> list[Happened]:
        """The faults, each with the time from its end to the next result of a later frame.

        seen: as in `Outcome`.
        """
        crashed = {
            "crash": iter(self._camera.crashed_s),
            "estimator": iter(self._trouble.crashed_s),
        }
        for happened in self._faults:
            if happened.fault.kind in crashed:  # it was carried out a little after it was ordered
                happened.ended_s = next(crashed[happened.fault.kind], happened.ended_s)
            k = np.searchsorted(seen[:, 0], happened.ended_s, side="right")
            if k < len(seen):
                happened.recovered_s = float(seen[k, 0] + seen[k, 1] / 1e3) - happened.ended_s
        return self._faults


def soak(
    plan: Plan, stop: threading.Event | None = None, say: Callable[[str], None] = print
) -> Outcome:
    """Run it, recordings in a folder of their own that goes afterwards. Raises AppError."""
    with tempfile.TemporaryDirectory() as folder:
        return SoakRun(plan, Path(folder), say).run(stop)
