"""Without a window: every frame of a source in order, none dropped, joints and timing to files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from app.address import OutletConfig
from app.capture.base import StreamInfo
from app.capture.camera_presets import corrected_intrinsics
from app.capture.recorder.recorder import Recorder
from app.capture.registry import list_sensors, open_source
from app.command_line import INTERRUPTED, stop_on_signal
from app.config import EstimatorConfig, Options
from app.errors import CaptureError, EndedEarly, OutputError
from app.export.joints import JointsWriter
from app.export.track import TrackSource
from app.export.track_files import make_run_writer
from app.frames import Frame, FrameResult
from app.inference.offline import OfflineRun
from app.inference.pipeline import make_pipeline
from app.inference.run_check import RunCheck, RunWarning
from app.outlet import Outlet
from app.outputs import OutputFile

DEMO_FRAMES = 300  # of the endless demo, where --frames does not say
FINISH_S = 60.0  # a slow disk may take its time over the last frames


def run_headless(options: Options) -> int:
    """Process `options.source` to its end (or --frames); returns the exit code. Raises AppError.

    Outputs are opened first, so that an unwritable one is reported before any work is done.
    """
    with ExitStack() as stack:
        joints = stack.enter_context(OutputFile(options.joints)) if options.joints else None
        stats = stack.enter_context(OutputFile(options.stats)) if options.stats else None
        outlet = stack.enter_context(open_outlet(options.outlet)) if options.outlet.wanted else None
        source = open_source(options.source)
        stack.callback(source.close)
        info = source.open()
        pipeline = make_pipeline(options.estimator)
        weights = pipeline.engine.weights
        check = RunCheck(pipeline.engine, [info.note], options.estimator.hand)
        takers: list[Callable[[FrameResult], object]] = [check.add]
        writer = None if joints is None else make_writer(joints, info, options.estimator, weights)
        if writer is not None:
            takers.append(writer.add)
        if outlet is not None:
            takers.append(outlet.send_all)
        keep, recorder = None, None
        if options.record is not None:
            recorder = stack.enter_context(open_recorder(options.record, info, weights))
            takers.append(recorder.add_joints)
            keep = partial(record, recorder, info.live)
        limit = frame_limit(options.frames, info)
        run = OfflineRun(source, info, pipeline, takers, options.playback, limit, keep)
        with stop_on_signal() as stop:
            run.process(stop)
        if writer is not None:
            writer.finish()
        if recorder is not None:
            finish_recording(recorder)
        warnings = check.warnings()
        if stats is not None:
            stats.write(json.dumps(stats_of(run, warnings), indent=1) + "\n")
            stats.commit()
        for warning in warnings:
            print(f"main.py: warning: {warning.message}", file=sys.stderr)
        return report(run, info, stop.is_set())


def frame_limit(frames: int | None, info: StreamInfo) -> int | None:
    """Frames to stop after; None: at the end. The endless demo gets a limit, and that is said."""
    if frames is None and info.kind == "demo":
        told = f"main.py: the demo has no end, so {DEMO_FRAMES} frames of it (--frames N)"
        print(told, file=sys.stderr)
        return DEMO_FRAMES
    return frames


def make_writer(
    joints: OutputFile, info: StreamInfo, config: EstimatorConfig, weights: str
) -> JointsWriter:
    """Where the joints go; its header says what they were estimated from and by."""
    intrinsics = corrected_intrinsics(info.intrinsics, config.camera)
    unit_mm = config.camera.depth_unit_mm or info.depth_unit_mm
    source = TrackSource(info.name, intrinsics, unit_mm, info.fps, info.start_s, weights)
    return make_run_writer(joints, source)


def record(recorder: Recorder, live: bool, frame: Frame) -> bool:
    """A camera does not wait for the disk, everything else does. False: the recorder failed."""
    (recorder.take if live else recorder.take_all)(frame)
    return recorder.error is None


def stats_of(run: OfflineRun, warnings: Sequence[RunWarning]) -> dict[str, Any]:
    """What --stats writes."""
    told = {"warnings": [asdict(warning) for warning in warnings]}
    return run.stats.to_json() | {"frame_faults": asdict(run.faults)} | told


def report(run: OfflineRun, info: StreamInfo, interrupted: bool) -> int:
    """Say how it went, in one line; returns the exit code.

    Raises CaptureError where nothing was read.
    """
    if run.faults.describe():
        print(f"main.py: frames {run.faults.describe()}", file=sys.stderr)
    if run.ended_early is not None:
        if run.frames_in == 0:
            raise CaptureError(f"nothing could be read: {run.ended_early}")
        print(f"main.py: {run.ended_early}", file=sys.stderr)
        return EndedEarly.exit_code
    if interrupted:
        told = f"main.py: interrupted after {run.frames_in} frames; they are kept"
        print(told, file=sys.stderr)
        return INTERRUPTED
    if run.frames_in == 0:
        raise CaptureError(f"{info.name} has no frames", run.complaint)
    stats = run.stats
    found, rate = stats.frames_detected, stats.fps
    print(f"{stats.frames_in} frames, {found} with a hand, {rate:.0f} frames/s")
    return 0


@contextmanager
def open_outlet(config: OutletConfig) -> Iterator[Outlet]:
    """The streams of `config`, open. Raises OutputError where one cannot be had."""
    outlet = Outlet(config)
    outlet.start()
    try:
        outlet.wait_open()
        yield outlet
    finally:
        outlet.stop()


@contextmanager
def open_recorder(path: Path, info: StreamInfo, weights: str) -> Iterator[Recorder]:
    """Records to `path`. Raises OutputError where it cannot be made."""
    recorder = Recorder(path, info, weights=weights)
    recorder.start()
    try:
        recorder.wait_open()
        yield recorder
    finally:
        recorder.stop()


def finish_recording(recorder: Recorder) -> None:
    """Close the file and say what is in it. Raises OutputError where the recording failed."""
    if not recorder.stop(FINISH_S):
        raise OutputError(f"{recorder.path} cannot be finished: the disk does not answer")
    if recorder.error is not None:
        raise recorder.error
    stats = recorder.stats
    lost = f", {stats.dropped} dropped" if stats.dropped else ""
    print(f"{recorder.path}: {stats.frames} frames, {stats.size / 1e6:.1f} MB{lost}")


def print_sensors() -> int:
    """`--list-sensors`: every back end, available or why not, and how far it has been checked."""
    for status in list_sensors():
        mark = "available" if status.available else "not available"
        print(f"{status.name:22} {mark:14} {status.reason} [{status.checked}]")
    return 0
