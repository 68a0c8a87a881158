"""The estimator's work and the reader of its results, both failing when they are told to."""

from __future__ import annotations

import time
from array import array

import numpy as np

from app.config import EstimatorConfig
from app.engine.load import load_engine
from app.frames import Frame, FrameResult
from app.inference.pipeline import FramePipeline
from app.threads.mailbox import Mailbox
from app.threads.own_thread import OwnThread

WAIT_S = 0.1
JOIN_S = 60.0


class Trouble:
    """What the next frame meets; outlives the pipelines that are made anew after a crash."""

    def __init__(self) -> None:
        self.crash = False
        self.hang_s = 0.0
        self.crashed_s: list[float] = []  # when

    def meet(self) -> None:
        if self.hang_s:
            seconds, self.hang_s = self.hang_s, 0.0
            time.sleep(seconds)
        if self.crash:
            self.crash = False
            self.crashed_s.append(time.monotonic())
            raise RuntimeError("the estimator has failed, as it was told to")


class FaultyPipeline(FramePipeline):
    """The program's own, after the trouble."""

    def __init__(self, config: EstimatorConfig, trouble: Trouble):
        super().__init__(load_engine(config.weights, config.backend, config.threads), config)
        self._trouble = trouble

    def process(self, frame: Frame, *args, **kwargs) -> FrameResult:
        self._trouble.meet()
        return super().process(frame, *args, **kwargs)


class Consumer:
    """Takes results as a window would."""

    def __init__(self, results: Mailbox[FrameResult]):
        self._results = results
        self._rest_until_s = 0.0
        self._last = (-1, -1)
        self._seen = array("d")  # a list of pairs would be the largest thing that grows
        self.hands = self.out_of_order = 0
        self._thread = OwnThread("consumer")
        self._thread.start(self._run)

    @property
    def seen(self) -> np.ndarray:
        """Float [n, 2]: when the frame of each result arrived, s, and its latency, ms."""
        return np.array(self._seen).reshape(-1, 2)

    @property
    def newest_s(self) -> float:
        """When the frame of the newest result arrived; 0: there is none."""
        return self._seen[-2] if self._seen else 0.0

    def rest(self, seconds: float) -> None:
        """Take nothing for so long."""
        self._rest_until_s = time.monotonic() + seconds

    def stop(self) -> None:
        """Take what is left, and end."""
        self._results.close()
        self._thread.wait(JOIN_S)

    def _run(self) -> None:
        while not (self._results.closed and not len(self._results)):
            rest_s = self._rest_until_s - time.monotonic()
            if rest_s > 0:
                time.sleep(rest_s)
            result = self._results.get(WAIT_S)
            if result is not None:
                self._take(result)

    def _take(self, result: FrameResult) -> None:
        frame = result.frame
        self._seen.extend((frame.t_host_s, result.latency_ms))
        self.hands += result.detected
        self.out_of_order += (frame.epoch, frame.index) <= self._last
        self._last = (frame.epoch, frame.index)
