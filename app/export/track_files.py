"""The joints of a whole recording as CSV, JSON, NPZ or BVH, by the file's ending.

Each says in its header what it holds: units, axes, joint names, time stamps, camera intrinsics,
source, weights and version. docs/exports.md describes the files.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import OutputError
from app.export.bvh import write_bvh
from app.export.frame_times import measured_fps
from app.export.joints import CsvJoints, JointsWriter, JsonJoints, make_header, make_writer
from app.export.track import Track, TrackBuilder, TrackSource
from app.frames import FrameResult
from app.outputs import OutputFile, write_atomically


def track_header(track: Track) -> dict[str, Any]:
    """What every export of a recording says about itself."""
    source, frames = track.source, track.one_a_frame()
    header = make_header(source.name, source.intrinsics, source.depth_unit_mm, source.weights)
    header["units"] |= {"joints_raw_mm": "mm"}
    return header | {
        "fps": round(measured_fps(frames.t_s, source.fps), 4),
        "nominal_fps": source.fps,
        "start_s": source.start_s,
        "frames": track.n_frames,
        "frames_with_hand": int(frames.detected.sum()),
        **({"note": source.note} if source.note else {}),
    }


def write_track(path: Path | str, track: Track) -> None:
    """Write `track` in the form that the ending of `path` names. Raises OutputError."""
    path = Path(path)
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise OutputError(
            f"cannot write {path}: an ending of {path.suffix or 'nothing'} is not known",
            "known are " + ", ".join(WRITERS),
        )
    write(path, track)


class TrackWriter:
    """Keeps the joints of a run and writes them at its end: these forms cannot be streamed.

    output: has proved that the place is writable; it is left as it is.
    """

    def __init__(self, output: OutputFile, source: TrackSource):
        self._path, self._builder = output.path, TrackBuilder(source)

    def add(self, result: FrameResult) -> None:
        self._builder.add(result)

    def finish(self) -> None:
        write_track(self._path, self._builder.track())


def make_run_writer(output: OutputFile, source: TrackSource) -> JointsWriter:
    """Where the joints of a run go, by the ending of `output.path`.

    CSV or JSON while it runs, NPZ or BVH at its end.
    """
    if output.path.suffix.lower() in (".npz", ".bvh"):
        return TrackWriter(output, source)
    header = make_header(source.name, source.intrinsics, source.depth_unit_mm, source.weights)
    return make_writer(output, header)


def _write_csv(path: Path, track: Track) -> None:
    with OutputFile(path) as output:
        _stream(CsvJoints(output, track_header(track), raw=True), track)


def _write_json(path: Path, track: Track) -> None:
    with OutputFile(path) as output:
        _stream(JsonJoints(output, track_header(track), raw=True), track)


def _stream(writer: CsvJoints | JsonJoints, track: Track) -> None:
    for row in track.rows():
        writer.write(row)
    writer.finish()


def _write_npz(path: Path, track: Track) -> None:
    camera = track.source.intrinsics
    content = io.BytesIO()
    np.savez_compressed(
        content,
        joints_mm=track.joints_mm,
        joints_raw_mm=track.joints_raw_mm,
        t_s=track.t_s,
        index=track.index,
        detected=track.detected,
        hand=track.hand,
        confidence=track.confidence,
        track=track.tracks,
        intrinsics=np.array([camera.fx, camera.fy, camera.cx, camera.cy]),
        header=np.array(json.dumps(track_header(track))),
    )
    write_atomically(path, content.getvalue())


def _write_bvh(path: Path, track: Track) -> None:
    write_bvh(path, track, track_header(track))


WRITERS: dict[str, Callable[[Path, Track], None]] = {
    ".csv": _write_csv,
    ".json": _write_json,
    ".npz": _write_npz,
    ".bvh": _write_bvh,
}
