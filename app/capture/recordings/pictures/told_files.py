"""The files beside pictures that tell of their camera: JSON, YAML, or a matrix as text."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from app.capture.base import check_file
from app.capture.recordings.pictures.told import Told, told_by
from app.errors import CaptureError, NotARecording

MAX_JSON = 16 << 20
OURS = "intrinsics.json"
STEMS: tuple[str, ...] = (
    "intrinsics",
    "camera",
    "cameraintrinsics",
    "camerainfo",
    "calibration",
    "calib",
    "intrinsic",
)
STEMS += (
    "depthintrinsics",
    "depthcamera",
    "depthcamerainfo",
    "intrinsicdepth",
    "camk",
    "k",
    "params",
)
ENDINGS = (".json", ".yaml", ".yml", ".txt")
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
PAIR = re.compile(rf"^\s*['\"]?([A-Za-z_]\w*)['\"]?\s*[:=]\s*({NUMBER})\s*,?\s*$", re.MULTILINE)
LIST = re.compile(r"['\"]?([A-Za-z_]\w*)['\"]?\s*:\s*(?:![^\n]*)?\[([^\[\]]*)\]")
MATRIX = re.compile(r"^([A-Za-z_]\w*)\s*:[^\n]*\n((?:[ \t]+[^\n]*\n?|\s*\n)+)", re.MULTILINE)
DATA = re.compile(r"data\s*:\s*\[([^\]]*)\]")


def told_beside(*folders: Path, stem: str = "") -> Told:
    """What the first file that tells of the camera says; an empty one where there is none.

    stem: of a file of the same name that would tell of this recording alone. Raises NotARecording
    where the file that is there cannot be read.
    """
    for folder in folders:
        for path in _likely(folder, stem):
            return _read(path)
    return Told()


def _likely(folder: Path, stem: str) -> Iterator[Path]:
    if os.path.lexists(folder / OURS):
        yield folder / OURS
    try:
        there = sorted(f for f in folder.iterdir() if f.suffix.lower() in ENDINGS and f.is_file())
    except OSError:
        return
    own = [f for f in there if stem and f.stem in (stem, f"{stem}_intrinsics")]
    names = {f: "".join(c for c in f.stem.lower() if c.isalnum()) for f in there}
    known = sorted((f for f in there if names[f] in STEMS), key=lambda f: STEMS.index(names[f]))
    yield from (f for f in (*own, *known) if f.name != OURS)


def _read(path: Path) -> Told:
    try:
        if check_file(path) > MAX_JSON:
            raise ValueError("it is too large")
        text = path.read_text("utf-8")
        is_json = path.suffix.lower() == ".json"
        about = json.loads(text) if is_json else parse_text(text)
    except CaptureError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise NotARecording(f"{path} cannot be read: {error}") from None
    if not isinstance(about, dict):
        raise NotARecording(f"{path} is not a JSON object")
    return told_by(about, path.name)


def parse_text(text: str) -> dict[str, object]:
    """Names and values of a simple YAML (ROS's and OpenCV's calibrations), or a bare matrix.

    Raises ValueError where it is neither.
    """
    rows = [re.findall(NUMBER, line) for line in text.splitlines() if line.strip()]
    bare = re.fullmatch(rf"(?:[\s,;\[\]]|{NUMBER})*", text.strip())
    if bare:
        flat = [float(n) for row in rows for n in row]
        if len(flat) == 16:  # a 4 x 4 matrix
            flat = [flat[i] for i in (0, 1, 2, 4, 5, 6, 8, 9, 10)]
        return {"K": flat}
    about: dict[str, object] = {name: float(value) for name, value in PAIR.findall(text)}
    for name, values in LIST.findall(text):
        if name != "data":
            about[name] = [float(n) for n in re.findall(NUMBER, values)]
    for name, block in MATRIX.findall(text):
        data = DATA.search(block)
        if data:
            about[name] = [float(n) for n in re.findall(NUMBER, data[1])]
    if not about:
        raise ValueError("it tells no numbers")
    inner = ("rows", "cols", "dt", "data")
    return {name: value for name, value in about.items() if name not in inner}
