"""What people write about a camera, in the spellings that they use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from app.capture.base import checked_depth_unit_mm, checked_intrinsics
from app.capture.lens import forward_distortion
from app.capture.recordings.pictures.camera_guess import usual_camera
from app.capture.recordings.pictures.spellings import (
    LENSES,
    MATRICES,
    NESTED,
    NUMBERS,
    PASSED,
    REALSENSE_MODELS,
    SIZES,
    TIMES,
    UNITS,
    plain,
)
from app.errors import NotARecording
from app.frames import Intrinsics


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a camera; None where it is not."""

    focal: tuple[float, float] | None = None  # fx fy
    centre: tuple[float | None, float | None] = (None, None)  # cx cy
    size: tuple[int, int] | None = None  # width, height of the pictures it is told for
    lens: tuple[float, ...] = ()
    model: str = "brown conrady"
    unit_mm: float | None = None
    fps: float | None = None
    times: tuple[float, ...] | None = None
    unknown: tuple[str, ...] = ()  # names that mean nothing here
    source: str = ""  # the file's name

    def camera_for(self, width: int, height: int) -> tuple[Intrinsics, str]:
        """Of pictures of this size: scaled where it is told for others; a note says what is not so.

        Raises NotARecording for what no camera has.
        """
        if self.focal is None:
            camera, note = usual_camera(width, height)
            cx, cy = self.centre
            cx, cy = camera.cx if cx is None else cx, camera.cy if cy is None else cy
            centred = replace(camera, cx=cx, cy=cy)
            return self._with_lens(centred, note)
        told_width, told_height = self.size or (width, height)
        middle = (told_width - 1) / 2, (told_height - 1) / 2
        cx, cy = (m if c is None else c for c, m in zip(self.centre, middle, strict=True))
        camera = checked_intrinsics(told_width, told_height, *self.focal, cx, cy)
        if (told_width, told_height) == (width, height):
            return self._with_lens(camera, "")
        across, down = width / told_width, height / told_height
        scaled = checked_intrinsics(
            width,
            height,
            camera.fx * across,
            camera.fy * down,
            (cx + 0.5) * across - 0.5,
            (cy + 0.5) * down - 0.5,
        )
        note = f"{self.source} is for {told_width} x {told_height} pixels and was scaled"
        if abs(across / down - 1) > 0.02:
            note += ", though the shape is another one"
        return self._with_lens(scaled, note.strip())

    def _with_lens(self, camera: Intrinsics, note: str) -> tuple[Intrinsics, str]:
        checked_intrinsics(
            camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy, self.lens
        )
        bent, more = forward_distortion(camera, self.model, self.lens)
        unknown = f"{self.source}: {', '.join(self.unknown)} not known" if self.unknown else ""
        return bent, "; ".join(filter(None, (note, more, unknown)))


def told_by(about: Mapping[str, object], source: str) -> Told:
    """What a mapping tells. Raises NotARecording naming a value that is none."""
    found = {plain(key): value for key, value in about.items()}
    inner = next((found[n] for n in NESTED if isinstance(found.get(n), Mapping)), None)
    used = {"distortionmodel", "model"}
    if isinstance(inner, Mapping) and not _has_focal(found):
        used |= {n for n in NESTED if found.get(n) is inner}
        found = {plain(key): value for key, value in inner.items()} | {
            key: value for key, value in found.items() if value is not inner
        }
    numbers = {}
    for name, spellings in NUMBERS.items():
        spelling = next((s for s in spellings if s in found), None)
        if spelling is not None:
            used.add(spelling)
            numbers[name] = number(found[spelling], f"{source}: {spelling}")
    focal, centre, of_matrix = _lens_numbers(found, numbers, source)
    unit_of = next((n for n in UNITS if n in found), None)
    lens_of = next((n for n in LENSES if n in found), None)
    times_of = next((n for n in TIMES if n in found), None)
    used |= {n for n in (of_matrix, unit_of, lens_of, times_of) if n} | set(SIZES)
    known = {*used, *PASSED, "k1", "k2", "k3", "p1", "p2", *MATRICES}
    return Told(
        focal=focal,
        centre=centre,
        size=_size(found, numbers, source),
        lens=_lens(found, lens_of, source),
        model=_model(found.get("model", found.get("distortionmodel"))),
        unit_mm=None if unit_of is None else _unit_mm(unit_of, found[unit_of], source),
        fps=numbers.get("fps"),
        times=None if times_of is None else number_list(found[times_of], f"{source}: t_s"),
        unknown=tuple(str(key) for key in about if plain(key) not in known),
        source=source,
    )


def camera_numbers(matrix: np.ndarray) -> np.ndarray | None:
    """Fx fy cx cy of a [3, 3] or [3, 4] matrix, of one column by column too; None: it is none."""
    if matrix.shape not in ((3, 3), (3, 4)):
        return None
    m = matrix[:, :3]
    if not (m[0, 2] or m[1, 2]) and (m[2, 0] or m[2, 1]):
        m = m.T
    if not (m[2, 2] and np.isfinite(m).all()):
        return None
    m = m / m[2, 2]
    return np.array([m[0, 0], m[1, 1], m[0, 2], m[1, 2]])


def unit_by_scale(value: float) -> float:
    """Mm of one step from a scale of unknown sense: steps to a metre, or metres of a step.

    Raises NotARecording for what neither can be.
    """
    if value >= 1.0:
        return checked_depth_unit_mm(1000.0 / value)
    return checked_depth_unit_mm(float(f"{value * 1000.0:.9g}"))


def is_number(value: object) -> bool:
    """A number that can be used, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def number(value: object, what: str) -> float:
    """The value as a float; raises NotARecording where it is no number."""
    if not isinstance(value, int | float) or not is_number(value):
        raise NotARecording(f"{what} is not a number")
    return float(value)


def number_list(value: object, what: str) -> tuple[float, ...]:
    """The values as floats; raises NotARecording where it is no list of numbers."""
    if not isinstance(value, list | tuple):
        raise NotARecording(f"{what} is not a list of numbers")
    return tuple(number(item, what) for item in value)


def _lens_numbers(
    found: Mapping[str, object], numbers: Mapping[str, float], source: str
) -> tuple[tuple[float, float] | None, tuple[float | None, float | None], str]:
    """(focal lengths, centre, the name of the matrix that told them, or "")."""
    for name in MATRICES:
        if name in found and "fx" not in numbers:
            fx, fy, cx, cy = _of_matrix(found[name], f"{source}: {name}")
            return (fx, fy), (cx, cy), name
    centre = numbers.get("cx"), numbers.get("cy")
    given = [numbers[n] for n in ("fx", "fy", "both") if n in numbers]
    focal = (given[0], numbers.get("fy", given[0])) if given else None
    return focal, centre, ""


def _of_matrix(value: object, what: str) -> tuple[float, ...]:
    """Fx fy cx cy of four numbers, or of a matrix in rows, flat, or with its own `data`."""
    if isinstance(value, Mapping):
        value = value.get("data")
    rows = value if isinstance(value, list) else []
    flat = [item for row in rows for item in (row if isinstance(row, list) else [row])]
    values = np.array(number_list(flat, what))
    if values.size == 4:
        return tuple(values.tolist())
    shape = {9: (3, 3), 12: (3, 4)}.get(values.size)
    told = None if shape is None else camera_numbers(values.reshape(shape))
    if told is None:
        raise NotARecording(f"{what} is no matrix of a camera")
    return tuple(told.tolist())


def _has_focal(found: Mapping[str, object]) -> bool:
    names: Iterable[str] = (*NUMBERS["fx"], *NUMBERS["both"])
    lists = any(isinstance(found.get(n), list) for n in MATRICES)
    return lists or any(n in found for n in names)


def _size(
    found: Mapping[str, object], numbers: Mapping[str, float], source: str
) -> tuple[int, int] | None:
    if "width" in numbers and "height" in numbers:
        width, height = numbers["width"], numbers["height"]
    else:
        given = next((found[n] for n in SIZES if n in found), None)
        if not isinstance(given, list) or len(given) != 2:
            return None
        width, height = number_list(given, f"{source}: size")
    if not (0 < width < 1e5 and 0 < height < 1e5):
        raise NotARecording(f"{source}: pictures of {width:g} x {height:g} are not believable")
    return int(width), int(height)


def _lens(found: Mapping[str, object], name: str | None, source: str) -> tuple[float, ...]:
    if name is None:
        five = ("k1", "k2", "p1", "p2", "k3")
        return tuple(number(found.get(n, 0.0), f"{source}: {n}") for n in five)
    value = found[name]
    if isinstance(value, Mapping):
        value = value.get("data", [])
    if isinstance(value, list) and any(isinstance(row, list) for row in value):
        value = [item for row in value for item in (row if isinstance(row, list) else [row])]
    lens = number_list(value, f"{source}: {name}")
    if len(lens) not in (0, 4, 5, 8, 12, 14):
        raise NotARecording(f"{source}: {name} is not a list of five numbers")
    return lens


def _model(value: object) -> str:
    """Realsense's number or words for a lens; what is not told is the usual one."""
    if isinstance(value, int):
        return REALSENSE_MODELS.get(value, "brown conrady")
    text = str(value or "").lower()
    words = (
        "inverse",
        "modified",
        "plumb",
        "brown",
        "rational",
        "equidistant",
        "fisheye",
        "kannala",
    )
    if not any(word in text for word in words):
        return "brown conrady"
    return "rational" if "rational" in text else text


def _unit_mm(name: str, value: object, source: str) -> float:
    unit = number(value, f"{source}: {name}")
    if name in ("depthunitmm", "depthscalemm"):
        return checked_depth_unit_mm(unit)
    if name == "depthunitm":
        return checked_depth_unit_mm(unit * 1000.0)
    return unit_by_scale(unit)
