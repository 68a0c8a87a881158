"""A recording once more, with its skeleton drawn over it, into a video."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from app.analysis.recording import Find
from app.capture.base import DepthSource
from app.capture.registry import open_source
from app.errors import EndedEarly, OutputError
from app.export.frame_times import video_times
from app.export.overlay_picture import DepthRange, caption, draw_overlay
from app.export.track import FrameJoints, Track
from app.export.video import VideoFile
from app.frames import DepthFrame
from app.threads.task import Progress


def write_overlay_video(
    path: Path,
    spec: str,
    track: Track,
    progress: Progress,
    find: Find = open_source,
    first: int = 0,
    last: int | None = None,
) -> int:
    """Draw the frames `first` to `last` of `spec` with the joints of `track` into `path`.

    The recorded times decide how long each is shown.
    Returns how many were drawn; a cancelled or empty one leaves no file. Raises AppError.
    """
    hands: dict[int, list[FrameJoints]] = {}
    for row in track.rows():
        hands.setdefault(row.index, []).append(row)
    limits, known = DepthRange.of(track), track.source
    end = max(hands, default=-1) if last is None else min(last, max(hands, default=-1))
    fps, ticks = _pace(track, first, end)
    drawn = 0
    with ExitStack() as stack:
        source, video = stack.enter_context(closing(find(spec))), None
        info = source.open()
        if info.seekable and first > 0:
            source.seek(first)
        for frame in _until(source, end):
            if progress.cancelled:
                return 0
            if frame.index < first:
                continue
            found = hands.get(frame.index, [])
            text = caption(found, frame.index, frame.t_s - info.start_s)
            frame = replace(frame, intrinsics=known.intrinsics, depth_unit_mm=known.depth_unit_mm)
            picture = draw_overlay(frame, found, limits, text)
            if video is None:
                video = stack.enter_context(VideoFile(path, picture.shape[:2], fps))
            for _ in range(ticks.get(frame.index, 1)):
                video.write(picture)
            drawn += 1
            progress.tell(drawn, end - first + 1)
        if video is None:
            raise OutputError(f"cannot write {path}: there is no frame to draw")
        video.commit()
        return drawn


def _pace(track: Track, first: int, end: int) -> tuple[float, dict[int, int]]:
    """Rate of the video of frames `first` to `end`, and for how many of its ticks each is shown."""
    frames = track.one_a_frame()
    inside = (frames.index >= first) & (frames.index <= end)
    times = video_times(frames.t_s[inside], track.source.fps)
    return times.fps, dict(zip(frames.index[inside].tolist(), times.ticks.tolist(), strict=True))


def _until(source: DepthSource, end: int) -> Iterator[DepthFrame]:
    """Frames up to number `end`; a recording that ends early ends here too."""
    try:
        for frame in source.depth_frames():
            if frame.index > end:
                return
            yield frame
    except EndedEarly:
        return
