"""The joints of a whole recording: every frame in order, none dropped, by a pipeline of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from app.capture.base import DepthSource, StreamInfo
from app.capture.registry import open_source
from app.config import EstimatorConfig
from app.errors import CaptureError
from app.export.track import Track, TrackBuilder, TrackSource
from app.frames import FrameResult
from app.inference.offline import OfflineRun
from app.inference.pipeline import FramePipeline, make_pipeline
from app.threads.task import Progress

GROWTH = 1.05  # a track told on the way is this much longer than the one before
Find = Callable[[str | None], DepthSource]
Build = Callable[[EstimatorConfig], FramePipeline]


def has_end(info: StreamInfo | None) -> bool:
    """Can the whole of it be processed?"""
    return info is not None and info.kind in ("recording", "pictures")


def estimate_recording(
    spec: str,
    config: EstimatorConfig,
    progress: Progress,
    find: Find = open_source,
    build: Build = make_pipeline,
) -> Track:
    """Estimate every frame of what `spec` names; cancelled: those so far.

    A recording that is damaged part-way gives what could be read, and a note. Raises AppError.
    """
    with closing(find(spec)) as source:
        info = source.open()
        if not has_end(info):
            raise CaptureError(f"{info.name} has no end", "open a recording")
        pipeline = build(config)
        builder = TrackBuilder(describe(info, pipeline.engine.weights))

        shown = 0  # rows of the last track that was told on the way

        def so_far() -> Track | None:
            nonlocal shown
            if len(builder) < shown * GROWTH:
                return None
            shown = len(builder)
            return builder.track()

        def take(result: FrameResult) -> None:
            builder.add(result)
            progress.tell(builder.n_frames, info.n_frames, so_far)

        run = OfflineRun(source, info, pipeline, [take])
        run.process(progress.stop)
    if not len(builder) and run.ended_early is not None:
        raise CaptureError(f"nothing could be read: {run.ended_early}")
    if run.ended_early is not None:
        return builder.track(str(run.ended_early))
    total = "?" if info.n_frames is None else info.n_frames
    stopped = f"stopped after {builder.n_frames} of {total} frames"
    return builder.track(stopped if progress.cancelled else "")


def describe(info: StreamInfo, weights: str) -> TrackSource:
    """What a track says of the source it comes from."""
    return TrackSource(
        info.name, info.intrinsics, info.depth_unit_mm, info.fps, info.start_s, weights
    )
