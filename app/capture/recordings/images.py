"""A folder of depth pictures as a recording, in the natural order of their names.

16-bit PNG, grey or packed into colours, TIFF, PGM, PFM and `.npy`. What stands beside them tells of
the camera (`app/capture/recordings/pictures/told.py`); `intrinsics.json` is ours: {"fx", "fy",
"cx", "cy"} in pixels, and where wanted "distortion" [k1, k2, p1, p2, k3], "depth_unit_mm" (1),
"fps" (30), "t_s" [seconds of each picture]. Without it a usual focal length is assumed and said.
Other pictures beside them, such as colour, are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.capture.backend import Backend
from app.capture.base import DEFAULT_FPS, Damaged, StreamInfo, arrival_s, opened
from app.capture.recordings.clock import seconds_of
from app.capture.recordings.indexed import IndexedSource
from app.capture.recordings.pictures.decode import read_picture
from app.capture.recordings.pictures.form import DepthForm, form_of
from app.capture.recordings.pictures.listing import DEPTH_WORD, list_depth
from app.capture.recordings.pictures.told import Told
from app.capture.recordings.pictures.told_files import told_beside
from app.errors import NotARecording, SourceNotFound
from app.frames import DepthFrame, Intrinsics

SAMPLED = 4  # pictures looked at to know what their numbers are
TUM_NAME = re.compile(r"\d{9,10}\.\d{3,9}")  # seconds since 1970, and parts of one
STAMP_NAME = re.compile(r"\d{13}|\d{16}|\d{19}")  # the same in ms, us or ns
TUM_UNIT_MM = 0.2  # 5000 steps to a metre
FARTHEST_STEPS = 12_000  # of a millimetre; TUM's go on to 13 m in a fifth of one
FRACTION = 5  # TUM's depth is made of whole millimetres: all its steps are multiples


class PngSource(IndexedSource):
    """Depth frames of a folder of pictures."""

    def __init__(self, path: Path | str):
        self._files: Sequence[Path] = ()
        self._intrinsics: Intrinsics | None = None
        self._times: list[float] = []
        self._form = DepthForm()
        super().__init__(path)

    def _load(self) -> StreamInfo:
        if not self._path.is_dir():
            raise SourceNotFound(f"there is no folder {self._path}")
        listing = list_depth(self._path)
        self._files = listing.files
        self._count = self._expected = len(self._files)
        told = told_beside(*_places(self._path, listing.folder))
        samples = self._samples()
        height, width = samples[0].shape
        self._intrinsics, camera_note = told.camera_for(width, height)
        unit_mm, unit_note = self._unit(told, samples)
        self._form, form_note = form_of(samples, unit_mm)
        fps = DEFAULT_FPS if told.fps is None else told.fps
        if not 1 <= fps <= 1000:
            raise NotARecording(f"{self._path}: {fps:g} frames a second are not believable")
        time_note = self._load_times(told, fps)
        notes = listing.note, camera_note, unit_note, form_note, time_note
        return StreamInfo(
            name=self._path.name,
            kind="pictures",
            intrinsics=self._intrinsics,
            depth_unit_mm=self._form.unit_mm,
            fps=fps,
            n_frames=self._count,
            duration_s=max(self._times[-1] - self._times[0], 0.0),
            seekable=True,
            note="; ".join(filter(None, notes)),
            start_s=self._times[0],
        )

    def _release(self) -> None:
        self._files = ()

    def _frame(self, index: int) -> DepthFrame:
        k = opened(self._intrinsics)
        values = read_picture(self._files[index])
        if values.shape != (k.height, k.width):
            raise Damaged("a picture of another size")
        raw, unit_mm = self._form.steps(values), self._form.unit_mm
        return DepthFrame(index, 0, self._times[index], arrival_s(), raw, k, unit_mm)

    def _stamp(self, index: int) -> float:
        return self._times[index]

    def _samples(self) -> list[np.ndarray]:
        """The first few pictures of one size that can be read; raises NotARecording."""
        found: list[np.ndarray] = []
        for index, file in enumerate(self._files):
            try:
                values = read_picture(file)
            except Damaged:
                self._unreadable.add(index)
                continue
            if not found or values.shape == found[0].shape:
                found.append(values)
            if len(found) == SAMPLED:
                break
        if not found:
            raise NotARecording(f"{self._path}: not one of its pictures can be read")
        return found

    def _unit(self, told: Told, samples: Sequence[np.ndarray]) -> tuple[float | None, str]:
        """Mm of one number, None where nothing tells, and a note where it is a guess."""
        named = all(TUM_NAME.fullmatch(file.stem) for file in self._files)
        if told.unit_mm is not None or not named or samples[0].dtype != np.uint16:
            return told.unit_mm, ""
        multiples = all(not (sample % FRACTION).any() for sample in samples)
        if multiples or max(int(sample.max()) for sample in samples) > FARTHEST_STEPS:
            return TUM_UNIT_MM, "5000 steps to a metre assumed: the names are TUM's"
        return None, ""

    def _load_times(self, told: Told, fps: float) -> str:
        """Set a time for each picture: told, or in their names, or steady; returns a note."""
        stems = [file.stem for file in self._files]
        if told.times is not None:
            if len(told.times) != self._count:
                raise NotARecording(f"{self._path}: t_s is not one number for each picture")
            times, note = seconds_of(np.array(told.times))
            self._times = times.tolist()
            return note
        for form, to_seconds in ((TUM_NAME, float), (STAMP_NAME, _seconds_of_name)):
            if all(map(form.fullmatch, stems)):
                self._times = [to_seconds(stem) for stem in stems]
                return ""
        self._times = [index / fps for index in range(self._count)]
        return ""


def _places(given: Path, of_pictures: Path) -> list[Path]:
    """Where a description may be: beside the pictures, and one above where that is their part."""
    places = [of_pictures]
    if of_pictures != given:
        places.append(given)
    elif DEPTH_WORD.fullmatch(given.name):
        places.append(given.absolute().parent)
    return places


def _seconds_of_name(stem: str) -> float:
    return int(stem) / 10 ** (len(stem) - 10)


BACKEND = Backend(
    "folder of 16-bit PNG",
    "recordings",
    form="FOLDER",
    about="of 16-bit PNG, TIFF, PGM or .npy, one a frame",
    open=lambda request: PngSource(request.path),
    recognises=lambda path, head: head is None,
)
