"""Files of others: one sentence that says what they are."""

import numpy as np
import pytest

from app.capture.registry import open_source
from app.cv import cv2
from app.errors import NotARecording

FILES = {
    "OpenNI": ("a.bin", b"NI10" + bytes(200)),
    "OpenNI ": ("a.oni", b"something"),
    "Git LFS": ("a.bag", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    "one picture": ("a.png", cv2.imencode(".png", np.ones((4, 4), np.uint16))[1].tobytes()),
    "JPEG": ("a.jpg", cv2.imencode(".jpg", np.ones((4, 4, 3), np.uint8))[1].tobytes()),
    "video": ("a.mp4", b"\0\0\0 ftypisom" + bytes(99)),
    "HDF5": ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(99)),
    "web page": ("a.bag", b"<!DOCTYPE html><html>"),
    "pickle": ("a.pkl", b"\x80\x04something"),
    "point cloud": ("a.ply", b"ply\nformat ascii 1.0\n"),
    "packed archive": ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(99)),
    "Kinect Studio": ("a.xef", b"something"),
    "first format": ("a.bag", b"#ROSBAG V1.2\n"),
}


@pytest.mark.parametrize("words", FILES)
def test_a_foreign_file_is_called_by_its_name(tmp_path, words):
    name, content = FILES[words]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NotARecording, match=words.strip()) as caught, open_source(str(path)):
        pass
    assert caught.value.exit_code == 3
    assert caught.value.hint
    assert "\n" not in str(caught.value)
