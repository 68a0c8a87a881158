"""A source from its first frame to its last, in order, none dropped."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace

from app.capture.base import DepthSource, EndOfStream, StreamInfo
from app.capture.frame_check import CheckedSource
from app.capture.recorder.recorder import Recorder
from app.command_line import INTERRUPTED
from app.config import ConfigError, Options
from app.errors import CaptureError
from app.frames import Frame, FrameResult
from app.inference.pipeline import FramePipeline
from app.inference.timing import Tally

WAIT_S = 0.2
DEMO_FRAMES = 300  # of the endless demo, where --frames does not say


class HeadlessRun:
    """One pass over an open source. takers: called with every result, in order. recorder: is
    given every frame before that; where it fails the pass ends."""

    def __init__(
        self,
        source: DepthSource,
        info: StreamInfo,
        pipeline: FramePipeline,
        takers: Sequence[Callable[[FrameResult], None]],
        options: Options,
        recorder: Recorder | None = None,
    ):
        self._source = CheckedSource(source)
        self._info, self._pipeline, self._takers = info, pipeline, takers
        self._recorder = recorder
        self._start_at_s = options.playback.start_at_s
        self._loop = options.playback.loop
        self._limit = frame_limit(options, info)
        self._tally = Tally()
        self._first_s: float | None = None
        self.frames_in = 0
        self.ended_early: CaptureError | None = None

    def process(self, stop: threading.Event) -> None:
        """Read and estimate until the end, the limit, damage or `stop`."""
        for frame in self._frames(stop):
            if self._recorder is not None and not self._record(frame):
                return
            self.frames_in += 1
            result = self._pipeline.process(frame)
            self._tally.add(result)
            for take in self._takers:
                take(result)
            if self.frames_in == self._limit:
                return

    def _record(self, frame: Frame) -> bool:
        """A camera does not wait for the disk, everything else does. False: the recorder failed."""
        (self._recorder.take if self._info.live else self._recorder.take_all)(frame)
        return self._recorder.error is None

    def stats(self) -> dict:
        """What --stats writes."""
        faults = {"frame_faults": asdict(self._source.faults)}
        return self._tally.summary(self.frames_in, 0).to_json() | faults

    def report(self, interrupted: bool) -> int:
        """Say how it went, in one line; returns the exit code.
        Raises CaptureError where nothing was read."""
        faults = self._source.faults
        if faults.describe():
            print(f"main.py: frames {faults.describe()}", file=sys.stderr)
        if self.ended_early is not None:
            if self.frames_in == 0:
                raise CaptureError(f"nothing could be read: {self.ended_early}")
            print(f"main.py: {self.ended_early}", file=sys.stderr)
            return 5
        if interrupted:
            print(
                f"main.py: interrupted after {self.frames_in} frames; they are kept",
                file=sys.stderr,
            )
            return INTERRUPTED
        if self.frames_in == 0:
            raise CaptureError(f"{self._info.name} has no frames", self._source.complaint)
        run = self._tally.summary(self.frames_in, 0)
        print(f"{run.frames_in} frames, {run.frames_detected} with a hand, {run.fps:.0f} frames/s")
        return 0

    def _frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Frames from --start-at on; with --loop over and over, a new epoch each time."""
        epoch, delivered = 0, False
        self._go_to_start()
        while not stop.is_set():
            try:
                frame = self._source.read(WAIT_S)
            except EndOfStream:
                if not (self._loop and delivered and self._info.seekable):
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
        if self._start_at_s <= 0:
            return
        duration = self._info.duration_s
        if duration is not None and self._start_at_s > duration:
            raise ConfigError(
                f"--start-at {self._start_at_s:g} lies beyond the end at {duration:.3f} s"
            )
        if self._info.seekable:
            self._source.seek(self._source.index_at(self._start_at_s))

    def _is_due(self, frame: Frame) -> bool:
        """A source that cannot seek is read up to --start-at."""
        if self._first_s is None:
            self._first_s = frame.t_s
        return frame.t_s - self._first_s >= self._start_at_s


def frame_limit(options: Options, info: StreamInfo) -> int | None:
    """Frames to stop after; None = at the end.
    The endless demo gets a limit, and the user is told."""
    if options.frames is None and info.kind == "demo":
        print(
            f"main.py: the demo has no end, so {DEMO_FRAMES} frames of it (--frames N)",
            file=sys.stderr,
        )
        return DEMO_FRAMES
    return options.frames
