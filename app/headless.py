"""Without a window: every frame of a source in order, none dropped, joints and timing to files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from app.capture.base import StreamInfo
from app.capture.camera_presets import corrected_intrinsics
from app.capture.recorder.recorder import Recorder
from app.capture.registry import list_sensors, open_source
from app.command_line import stop_on_signal
from app.config import Options
from app.errors import OutputError
from app.export.track import TrackSource
from app.export.track_files import make_run_writer
from app.inference.offline import HeadlessRun
from app.inference.pipeline import make_pipeline
from app.outlet import Outlet
from app.outputs import OutputFile

FINISH_S = 60.0  # a slow disk may take its time over the last frames


def run_headless(options: Options) -> int:
    """Process `options.source` to its end (or --frames); returns the exit code. Raises AppError.

    Outputs are opened first, so that an unwritable one is reported before any work is done.
    """
    with ExitStack() as stack:
        joints = stack.enter_context(OutputFile(options.joints)) if options.joints else None
        stats = stack.enter_context(OutputFile(options.stats)) if options.stats else None
        outlet = stack.enter_context(open_outlet(options)) if options.outlet.wanted else None
        source = open_source(options.source)
        stack.callback(source.close)
        info = source.open()
        pipeline = make_pipeline(options.estimator)
        recorder = None
        if options.record:
            recorder = stack.enter_context(open_recorder(options, info, pipeline.engine.weights))
        writer, takers = None, []
        if joints is not None:
            camera = options.estimator.camera
            intrinsics = corrected_intrinsics(info.intrinsics, camera)
            unit_mm = camera.depth_unit_mm or info.depth_unit_mm
            weights = pipeline.engine.weights
            made = TrackSource(info.name, intrinsics, unit_mm, info.fps, info.start_s, weights)
            writer = make_run_writer(joints, made)
            takers.append(writer.add)
        if outlet is not None:
            takers.append(outlet.send_all)
        if recorder is not None:
            takers.append(recorder.add_joints)
        run = HeadlessRun(source, info, pipeline, takers, options, recorder)
        with stop_on_signal() as stop:
            run.process(stop)
        if writer is not None:
            writer.finish()
        if recorder is not None:
            finish_recording(recorder)
        if stats is not None:
            stats.write(json.dumps(run.stats(), indent=1) + "\n")
            stats.commit()
        return run.report(stop.is_set())


@contextmanager
def open_outlet(options: Options) -> Iterator[Outlet]:
    """The streams of `options.outlet`, open. Raises OutputError where one cannot be had."""
    outlet = Outlet(options.outlet)
    outlet.start()
    try:
        outlet.wait_open()
        yield outlet
    finally:
        outlet.stop()


@contextmanager
def open_recorder(options: Options, info: StreamInfo, weights: str) -> Iterator[Recorder]:
    """Records to `options.record`. Raises OutputError where it cannot be made."""
    recorder = Recorder(options.record, info, weights=weights)
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
