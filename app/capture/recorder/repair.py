"""`--repair`: a `.bag` whose recorder was killed, or that is damaged, made whole.

Where only the end is missing the file is repaired where it is: what was cut in half goes, the index
comes, and up to the last write it reads as before. Where damage lies in the middle, what can be
read goes to a new file and the damaged one stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.capture.base import Damaged, check_file
from app.capture.recorder.bag_output import (
    bag_header,
    chunk_record,
    index_records,
    write_all,
    write_index,
)
from app.capture.recorder.bag_scan import BagScan, ScannedChunk
from app.capture.recorder.file_lock import is_locked
from app.capture.recorder.recorded_joints import joints_beside, trim_joints
from app.capture.recordings.bag_records import MAGIC
from app.capture.recordings.rosbag import DEPTH_TOPIC, BagSource
from app.errors import CaptureError, NotARecording, OutputError, reason_of

CAMERA_TOPIC = re.compile(r".*/Depth_\d+/info/camera_info")


@dataclass(frozen=True, slots=True)
class Repaired:
    """A recording that is whole."""

    path: Path
    before: Path  # the file that was to be repaired: the same, or one that stays damaged
    frames: int
    seconds: float | None
    changed: bool = True

    def __str__(self) -> str:
        length = "" if self.seconds is None else f", {self.seconds:.2f} s"
        if not self.changed:
            return f"{self.path} is whole: {self.frames} frames{length}"
        aside = "" if self.path == self.before else f"; {self.before} stays as it is"
        return f"{self.path}: repaired, {self.frames} frames{length}{aside}"


def repair(path: Path) -> Repaired:
    """Make a recording whole.

    Raises CaptureError where nothing of it can be read (then nothing is changed), OutputError where
    the result cannot be written.
    """
    size = check_file(path)
    read_recording(path)
    try:
        with path.open("rb") as file:
            if is_locked(file):
                raise CaptureError(f"{path} is being recorded at this moment", "stop that first")
            scan = BagScan(file, size)
            if not scan.count(DEPTH_TOPIC) or not scan.count(CAMERA_TOPIC):
                raise Damaged("no picture in it is sound, or nothing says by what camera")
            if scan.whole:
                return Repaired(path, path, *read_recording(path), changed=False)
            if scan.only_the_end_is_missing:
                into = path
            else:
                into = path.with_name(f"{path.stem}-repaired{path.suffix}")
                copy_chunks(file, scan, into)
    except (Damaged, OSError) as error:
        raise CaptureError(f"{path} cannot be read: {error}") from None
    if into == path:
        finish_in_place(path, scan)
    found = read_recording(into)
    if into == path:
        trim_joints(joints_beside(path), found[0])
    return Repaired(into, path, *found)


def read_recording(path: Path) -> tuple[int, float | None]:
    """(frames, seconds) of a recording. Raises CaptureError where nothing can be read."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise NotARecording(f"{path} is no .bag", "only recordings of this kind are repaired")
    with BagSource(path) as source:
        info = source.open()
        return info.n_frames or 0, info.duration_s


def finish_in_place(path: Path, scan: BagScan) -> None:
    """Cut off what cannot be used, and write what is missing behind the rest."""
    *before, last = scan.chunks
    try:
        with path.open("r+b", buffering=0) as file:
            entries = [chunk.entry(chunk.at) for chunk in before]
            entries.append(last.entry(last.at))
            at = last.stop
            if not last.indexed:
                at = last.end if last.saved is None else last.at
                file.truncate(at)
                file.seek(at)
                data = b"" if last.saved is None else chunk_record(b"none", last.saved)
                data += index_records(last.content.rows)
                write_all(file, data)
                at += len(data)
            write_index(file, at, list(scan.connections.values()), entries)
    except OSError as error:
        raise OutputError(f"{path} cannot be repaired: {reason_of(error)}") from None


def copy_chunks(source: BinaryIO, scan: BagScan, into: Path) -> None:
    """Write every chunk that can be used to a new file. Raises OutputError."""
    try:
        with into.open("xb", buffering=0) as file:
            write_all(file, MAGIC + bag_header())
            entries = []
            for chunk in scan.chunks:
                entries.append(chunk.entry(file.tell()))
                write_all(file, usable(source, chunk) + index_records(chunk.content.rows))
            write_index(file, file.tell(), list(scan.connections.values()), entries)
    except FileExistsError:
        raise OutputError(f"{into} exists already: the repaired recording would go there") from None
    except OSError as error:
        raise OutputError(f"{into} cannot be written: {reason_of(error)}") from None


def usable(source: BinaryIO, chunk: ScannedChunk) -> bytes:
    """A chunk's record: as it is, or anew with what was saved of it."""
    if chunk.saved is not None:
        return chunk_record(b"none", chunk.saved)
    source.seek(chunk.at)
    return source.read(chunk.end - chunk.at)
