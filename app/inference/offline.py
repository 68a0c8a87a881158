"""A source from its first frame to its last, in order, none dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from app.capture.base import DepthSource, EndOfStream, StreamInfo
from app.capture.frame_check import CheckedSource, FrameFaults
from app.config import ConfigError, PlaybackConfig
from app.errors import CaptureError
from app.frames import Frame, FrameResult
from app.inference.pipeline import FramePipeline
from app.inference.timing import RunStats, Tally

WAIT_S = 0.2


class OfflineRun:
    """One pass over an open source.

    takers: called with every result, in order. playback: where to start, and whether to go round.
    limit: frames after which it ends; None: none. keep: is given every frame before anything else;
    False from it ends the pass.
    """

    def __init__(
        self,
        source: DepthSource,
        info: StreamInfo,
        pipeline: FramePipeline,
        takers: Iterable[Callable[[FrameResult], object]],
        playback: PlaybackConfig | None = None,
        limit: int | None = None,
        keep: Callable[[Frame], bool] | None = None,
    ):
        self._source, self._info, self._pipeline = CheckedSource(source), info, pipeline
        self._takers, self._keep, self._limit = tuple(takers), keep, limit
        self._playback = playback or PlaybackConfig()
        self._tally = Tally()
        self._first_s: float | None = None
        self.frames_in = 0
        self.ended_early: CaptureError | None = None

    def process(self, stop: threading.Event) -> None:
        """Read and estimate until the end, the limit, damage or `stop`.

        Raises ConfigError where the start lies beyond the end.
        """
        for frame in self._frames(stop):
            if self._keep is not None and not self._keep(frame):
                return
            self.frames_in += 1
            result = self._pipeline.process(frame)
            self._tally.add(result)
            for take in self._takers:
                take(result)
            if self.frames_in == self._limit:
                return

    @property
    def stats(self) -> RunStats:
        """Counts and timings so far."""
        return self._tally.summary(self.frames_in, 0)

    @property
    def faults(self) -> FrameFaults:
        """Frames that were not as they should be."""
        return self._source.faults

    @property
    def complaint(self) -> str:
        """Why frames were left out, in words for the user; else empty."""
        return self._source.complaint

    def _frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Frames from the start on; looped over and over, a new epoch each time."""
        epoch, delivered = 0, False
        self._go_to_start()
        while not stop.is_set():
            try:
                frame = self._source.read(WAIT_S)
            except EndOfStream:
                if not (self._playback.loop and delivered and self._info.seekable):
                    return
                self._source.seek(0)
                epoch += 1
                continue
            except CaptureError as error:
                self.ended_early = error
                return
            if frame is not None and (self._info.seekable or self._is_due(frame)):
                delivered = True
                here = epoch + self._source.generation  # another camera begins anew, too
                yield replace(frame, epoch=here) if here else frame

    def _go_to_start(self) -> None:
        start_s, duration_s = self._playback.start_at_s, self._info.duration_s
        if start_s <= 0:
            return
        if duration_s is not None and start_s > duration_s:
            raise ConfigError(f"--start-at {start_s:g} lies beyond the end at {duration_s:.3f} s")
        if self._info.seekable:
            self._source.seek(self._source.index_at(start_s))

    def _is_due(self, frame: Frame) -> bool:
        """A source that cannot seek is read up to where it is to start."""
        if self._first_s is None:
            self._first_s = frame.t_s
        return frame.t_s - self._first_s >= self._playback.start_at_s
