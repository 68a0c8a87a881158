"""Which files of a folder are pictures of depth, and a sentence where none of them is."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.capture.base import Damaged, read_head
from app.capture.recordings.pictures.decode import NoDepth, read_picture
from app.capture.recordings.pictures.natural import natural_key
from app.errors import CaptureError, NotARecording
from app.png import png_shape

IHDR_END = 33  # bytes: the magic and a PNG's first chunk with its checksum
KINDS = {".tif": "TIFF", ".tiff": "TIFF", ".pgm": "PGM", ".pfm": "PFM", ".npy": "NumPy"}
OTHERS = {
    ".jpg": "JPEG pictures, which do not keep depth",
    ".jpeg": "JPEG pictures, which do not keep depth",
    ".exr": "OpenEXR pictures, which are not read here",
    ".bmp": "BMP pictures, which have 8 bits",
    ".ply": "point clouds",
    ".pcd": "point clouds",
    ".bin": "files without a description of what is in them",
    ".raw": "files without a description of what is in them",
    ".mat": "MATLAB files",
}
ADVICE = "save depth in millimetres as 16-bit grey PNG, or as .npz with depth_mm and intrinsics"
DEPTH_WORD = re.compile(r"depth|dpt|disp", re.IGNORECASE)
TRIED = 8  # files of a kind, of which one must be depth


@dataclass(frozen=True, slots=True)
class Listing:
    """The pictures of depth in a folder, in the natural order of their names."""

    folder: Path
    files: tuple[Path, ...]
    note: str = ""


def list_depth(folder: Path) -> Listing:
    """The pictures of a folder, or of the one below it that holds depth.

    Raises NotARecording with what was found in their place, and OSError.
    """
    found = _in_folder(folder)
    if isinstance(found, tuple):
        return Listing(folder, found)
    below = [f for f in folder.iterdir() if f.is_dir() and not f.name.startswith(".")]
    below.sort(key=lambda f: (DEPTH_WORD.search(f.name) is None, natural_key(f.name)))
    for inner in below:
        files = _in_folder(inner)
        if isinstance(files, tuple):
            return Listing(inner, files, f"reads its folder {inner.name}")
        found = found or files
    said = f"holds {found}" if found else "is a folder without pictures of depth"
    raise NotARecording(f"{folder} {said}", ADVICE)


def _in_folder(folder: Path) -> tuple[Path, ...] | str:
    """Files of the kind that is depth; else what there is in words, "" for nothing."""
    reason = ""
    groups = _groups(folder)
    for files in groups.values():
        said = _reason_against(files)
        if not said:
            return tuple(_of_depth_by_name(files))
        reason = reason or said
    if reason:
        return reason
    endings = sorted({f.suffix.lower() for f in folder.iterdir() if f.is_file()})
    return next((OTHERS[e] for e in endings if e in OTHERS), "")


def _groups(folder: Path) -> dict[str, list[Path]]:
    """Pictures by kind, the likeliest kind of depth first; a broken PNG counts as 16-bit grey."""
    order = ("PNG", "TIFF", "PGM", "PFM", "NumPy", "PNG in 16-bit colour", "PNG in 8 bits")
    groups: dict[str, list[Path]] = {kind: [] for kind in order}
    for file in sorted(folder.iterdir(), key=lambda f: natural_key(f.name)):
        ending = file.suffix.lower()
        if file.is_dir() or file.name.startswith("."):
            continue
        kind = _png_kind(file) if ending == ".png" else KINDS.get(ending)
        if kind is not None:
            groups[kind].append(file)
    return {kind: files for kind, files in groups.items() if files}


def _reason_against(files: Sequence[Path]) -> str:
    """Why pictures of one kind are no depth, by some of them; "" where they are."""
    reason = ""
    for file in files[:: max(len(files) // TRIED, 1)]:
        try:
            if read_picture(file).any():
                return ""
        except NoDepth as error:
            reason = reason or str(error)
        except Damaged:
            continue
    return reason  # damaged ones are reported as such


def _of_depth_by_name(files: Sequence[Path]) -> Sequence[Path]:
    """Those whose names say depth, where the names of others say something else."""
    named = [f for f in files if DEPTH_WORD.search(f.stem)]
    first = [f for f in named if DEPTH_WORD.match(f.stem)]  # not NYU's synthdepth_1_...
    return first or named or files


def _png_kind(path: Path) -> str:
    """By its first chunk.

    A broken one, or a link that leads nowhere, counts as depth, so that it is reported.
    """
    try:
        head = read_head(path, IHDR_END)
    except CaptureError:
        return "PNG"
    shape = png_shape(head)
    if shape is None or not _is_sound(head) or shape[2:] == (16, 0):
        return "PNG"
    return "PNG in 16-bit colour" if shape[2] == 16 else "PNG in 8 bits"


def _is_sound(head: bytes) -> bool:
    """Whether the checksum of the first chunk, which says what kind of PNG it is, is right."""
    return head[IHDR_END - 4 :] == zlib.crc32(head[12 : IHDR_END - 4]).to_bytes(4, "big")
