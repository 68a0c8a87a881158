"""What a file is that is no recording this program reads, in one sentence with a way out."""

from __future__ import annotations

from pathlib import Path

PICTURES = "open the folder that holds the pictures"
SAVE = "save its depth as 16-bit PNG in millimetres, or as .npz with depth_mm and intrinsics"
UNPACK = "unpack it first"
# By the first bytes: what it is, and what to do
BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"NI10", "a recording of OpenNI (.oni), which is not read here", SAVE),
    (b"#ROSBAG V1", "a recording by ROS in its first format", "rosbag fix makes a newer one of it"),
    (b"version https://git-lfs", "a pointer of Git LFS in place of the file", "git lfs pull"),
    (b"<!DOCTYPE", "a web page, saved in place of the file", "download it again"),
    (b"<html", "a web page, saved in place of the file", "download it again"),
    (b"\x89PNG", "one picture", PICTURES),
    (b"II*\0", "one picture", PICTURES),
    (b"MM\0*", "one picture", PICTURES),
    (b"P5", "one picture", PICTURES),
    (b"Pf", "one picture", PICTURES),
    (b"\xff\xd8\xff", "a JPEG picture, which does not keep depth", SAVE),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture, which is not read here", SAVE),
    (b"\x89HDF", "an HDF5 file, which is not read here", SAVE),
    (b"MATLAB", "a MATLAB file, which is not read here", SAVE),
    (b"ply", "a point cloud", SAVE),
    (b"# .PCD", "a point cloud", SAVE),
    (b"RIFF", "a video, whose colours are not depth", SAVE),
    (b"7z\xbc\xaf", "a packed archive", UNPACK),
    (b"Rar!", "a packed archive", UNPACK),
    (b"BZh", "a packed file", UNPACK),
    (b"\xfd7zXZ", "a packed file", UNPACK),
    (b"EVENTS", "a recording of Kinect Studio (.xef), which is not read here", SAVE),
)
# By the ending, where the first bytes say nothing
ENDINGS = {
    ".oni": BEGINNINGS[0][1:],
    ".xef": BEGINNINGS[-1][1:],
    ".svo": ("a recording of a ZED camera, which is not read here", SAVE),
    ".svo2": ("a recording of a ZED camera, which is not read here", SAVE),
    ".klg": ("a log of ElasticFusion, which is not read here", SAVE),
    ".sens": ("a recording of ScanNet, which is not read here", SAVE),
    ".tar": ("a packed archive", UNPACK),
    ".tgz": ("a packed archive", UNPACK),
    ".csv": ("a table, not a recording", ""),
    ".json": ("a text, not a recording", ""),
    ".yaml": ("a text, not a recording", "open the folder that it lies in"),
    ".txt": ("a text, not a recording", ""),
    ".pkl": ("a pickle of Python, which is not opened: it could run anything", SAVE),
    ".pt": ("a file of PyTorch, which is not read here", SAVE),
}


def describe_foreign(path: Path, head: bytes | None) -> tuple[str, str] | None:
    """(what a file is, what to do); None: it is not known either."""
    head = head or b""
    if head[4:8] == b"ftyp":
        return "a video, whose colours are not depth", SAVE
    for beginning, what, hint in BEGINNINGS:
        if head.startswith(beginning):
            return what, hint
    return ENDINGS.get(path.suffix.lower())
