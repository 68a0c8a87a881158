"""The folder of a ROS 2 recording: one file or several, and a `metadata.yaml` that lists them."""

from __future__ import annotations

import re
from pathlib import Path

from app.capture.backend import Backend, Request, starts_with
from app.capture.base import DepthSource, read_head
from app.capture.recordings.bag_records import MAGIC as BAG_MAGIC
from app.capture.recordings.db3_container import MAGIC as DB3_MAGIC
from app.capture.recordings.pictures.natural import natural_key
from app.capture.recordings.ros.mcap import McapFile
from app.capture.recordings.ros.mcap_records import MAGIC as MCAP_MAGIC
from app.capture.recordings.ros.source import RosSource
from app.capture.recordings.ros.stores import BagStore, Db3Store, MessageStore, SplitStore
from app.errors import CaptureError, NotARecording

METADATA = "metadata.yaml"
ENDINGS = (".db3", ".mcap")
MAX_METADATA = 4 << 20
MOST_FILES = 1000
LISTED = re.compile(r"^\s*relative_file_paths:\s*\n((?:\s*-\s*.+\n?)+)", re.MULTILINE)
ITEM = re.compile(r"^\s*-\s*['\"]?(.+?)['\"]?\s*$", re.MULTILINE)


def open_store(path: Path) -> MessageStore:
    """The container of a ROS recording: a file of any kind, or the folder of several.

    Raises CaptureError, OSError, or Damaged.
    """
    if path.is_dir():
        files = files_of(path)
        return open_store(files[0]) if len(files) == 1 else SplitStore(files, open_store)
    head = read_head(path, 16)
    if head.startswith(BAG_MAGIC.rstrip()):
        return BagStore(path)
    if head.startswith(DB3_MAGIC):
        return Db3Store(path)
    if head.startswith(MCAP_MAGIC):
        return McapFile(path)
    raise NotARecording(f"{path} is not a recording by ROS")


def files_of(folder: Path) -> list[Path]:
    """The files of a recording in their order; raises NotARecording where there is none.

    As its description lists them, as far as they are there; what it lacks comes in the order of
    names. Nothing outside the folder is read.
    """
    there = sorted(
        (f for f in folder.iterdir() if f.suffix.lower() in ENDINGS and f.is_file()),
        key=lambda f: natural_key(f.name),
    )
    by_name = {f.name: f for f in there}
    listed = [by_name[name] for name in _listed(folder / METADATA) if name in by_name]
    files = [*dict.fromkeys([*listed, *there])][:MOST_FILES]
    if not files:
        packed = sorted(f.name for f in folder.iterdir() if f.suffix.lower() == ".zstd")
        if packed:
            hint = f"unpack it first: zstd -d {packed[0]}"
            raise NotARecording(f"{folder} is a recording by ROS 2 whose files are packed", hint)
        raise NotARecording(f"{folder} is a recording by ROS 2 without its .db3 or .mcap")
    return files


def _listed(path: Path) -> list[str]:
    """Names of the files that the description lists; none where it cannot be read."""
    try:
        text = read_head(path, MAX_METADATA).decode("utf-8", "replace")
    except CaptureError:
        return []
    found = LISTED.search(text)
    items = ITEM.findall(found[1]) if found else []
    return [item.replace("\\", "/").rpartition("/")[2] for item in items]


def is_ros_folder(path: Path, head: bytes | None) -> bool:
    """A folder with the description of a ROS 2 recording, or with its files and nothing else."""
    if head is not None:
        return False
    try:
        if (path / METADATA).is_file():
            return True
        names = [f.suffix.lower() for f in path.iterdir() if not f.name.startswith(".")]
    except OSError:
        return False
    return bool(names) and all(name in ENDINGS for name in names)


def open_ros(request: Request) -> DepthSource:
    """A recording by ROS, not yet started."""
    return RosSource(request.path, open_store, request.colour, request.stream)


MCAP = Backend(
    "ROS .mcap",
    "recordings, against rosbags",
    form="FILE.mcap[#N]",
    about="a recording by ROS 2, or by ROS 1 in that form",
    open=open_ros,
    recognises=starts_with(MCAP_MAGIC),
    pattern="*.mcap",
    has_streams=True,
)
FOLDER = Backend(
    "ROS 2 folder",
    "recordings, against rosbags",
    form="FOLDER[#N]",
    about="a recording by ROS 2: .db3 or .mcap with metadata.yaml",
    open=open_ros,
    recognises=is_ros_folder,
    has_streams=True,
)
