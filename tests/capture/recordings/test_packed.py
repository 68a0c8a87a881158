"""Packed recordings: the one inside is played, and nothing else is done."""

import gzip
import os
import tempfile
import zipfile

import numpy as np
import pytest

from app.capture.recordings.packed import safe_place
from app.capture.registry import open_source
from app.cv import cv2
from app.errors import CaptureError, NotARecording
from app.zstd import zstd
from tests.capture.recordings.ros.ros_files import write_ros2
from tests.capture.specimens import pictures, write_bag, write_npz

DEPTH = pictures(6, 12, 16)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Where things are unpacked; empty again in the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def pack(path, files, method=zipfile.ZIP_DEFLATED):
    """files: content or a path, by name in the archive."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            is_data = isinstance(content, bytes)
            archive.writestr(name, content if is_data else content.read_bytes())
    return path


def check(path, depth=DEPTH):
    with open_source(str(path)) as source:
        info = source.open()
        assert np.array_equal([frame.depth_raw for frame in source.frames()], depth)
        assert f"unpacked from {path.name}" in info.note


def png(raw):
    return cv2.imencode(".png", raw)[1].tobytes()


def test_the_one_recording_inside_is_played_whatever_lies_beside_it(tmp_path, temporary):
    bag = write_bag(tmp_path / "a.bag")
    beside = {"__MACOSX/._a.bag": b"x", "readme.txt": b"hello", "a/b/.DS_Store": b""}
    check(pack(tmp_path / "a.bag.zip", {"a/b/c.bag": bag} | beside))
    check(pack(tmp_path / "no_ending", {"20230101": bag}))
    check(pack(tmp_path / "of_npz.zip", {"a.npz": write_npz(tmp_path / "a.npz")}))


def test_folders_inside_are_played(tmp_path, temporary):
    check(pack(tmp_path / "a.zip", {f"set/depth/{i}.png": png(raw) for i, raw in enumerate(DEPTH)}))
    file = write_ros2(tmp_path / "rosbag2", DEPTH, "mcap")
    files = {f"rosbag2/{f.name}": f for f in file.parent.iterdir()}
    check(pack(tmp_path / "b.zip", files))


@pytest.mark.parametrize("packed", [gzip.compress, zstd.compress])
def test_one_packed_file_is_played(tmp_path, temporary, packed):
    path = tmp_path / "a.bag.packed"
    path.write_bytes(packed(write_bag(tmp_path / "a.bag").read_bytes()))
    check(path)


REFUSED = {
    "several recordings: a.bag, b.bag": {"a.bag": b"1", "b.bag": b"2"},
    "holds no files": {"__MACOSX/._a": b"1"},
    "is not a recording": {"a.xyz": b"nothing"},
    "is a recording of OpenNI": {"a.oni": b"NI10" + bytes(99)},
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_no_recording_is_one_line_that_names_the_archive(tmp_path, temporary, words):
    path = pack(tmp_path / "a.zip", REFUSED[words])
    with pytest.raises(CaptureError, match=words) as caught, open_source(str(path)):
        pass
    assert str(path) in str(caught.value)
    assert str(temporary) not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["../a.bag", "/etc/a.bag", "a/../../b.bag", "C:\\a.bag", "..\\a"])
def test_nothing_is_written_outside(tmp_path, temporary, name):
    assert safe_place(name) is None
    path = pack(tmp_path / "a.zip", {name: b"outside", "inside.bag": write_bag(tmp_path / "a.bag")})
    check(path)
    assert b"outside" not in {f.read_bytes() for f in tmp_path.rglob("*") if f.is_file()}


def test_links_are_passed_over(tmp_path, temporary):
    path = pack(tmp_path / "a.zip", {"a.bag": write_bag(tmp_path / "a.bag")})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("b.bag")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    check(path)


def test_an_archive_that_grows_too_large_is_stopped(tmp_path, temporary, monkeypatch):
    monkeypatch.setattr("app.capture.recordings.packed.MOST_BYTES", 1 << 20)
    path = pack(tmp_path / "bomb.zip", {"a.bag": bytes(8 << 20)})
    assert os.path.getsize(path) < 1 << 16
    with pytest.raises(NotARecording, match="too large"), open_source(str(path)):
        pass


def test_a_packed_file_inside_a_packed_file_stays_packed(tmp_path, temporary):
    inner = pack(tmp_path / "inner.zip", {"a.bag": write_bag(tmp_path / "a.bag")})
    path = pack(tmp_path / "outer.zip", {"inner.zip": inner})
    with pytest.raises(CaptureError), open_source(str(path)):
        pass
