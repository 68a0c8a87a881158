"""The live path through the real librealsense, fed by its software camera in its own process."""

import json
import os
import subprocess
import sys

import pytest

from app.capture import realsense
from app.capture.base import metres_to_mm
from app.capture.realsense import SILENCE_S, RealSenseSource
from app.errors import BackendMissing, CaptureError, NotARecording, SourceNotFound
from tests.capture.conftest import LIMIT_S, ROOT


def run_camera(fps, frames):
    command = [sys.executable, "-m", "tests.capture.software_camera", str(fps), str(frames)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def check(result, fps, frames):
    assert result["numbers"] == list(range(frames))  # all of them, once, in order
    assert result["right"] == frames
    assert result["writable"] == 0
    assert result["unit_mm"] == 0.125
    assert result["intrinsics"] == [200.0, 201.0, 160.5]
    assert (result["name"], result["serial"]) == ("Software camera", "SW-1")
    assert result["fps"] == fps
    assert result["live"]
    # the pulled plug
    assert "stopped sending" in result["message"]
    assert SILENCE_S - 0.1 < result["silent_s"] < 3 * SILENCE_S
    # the end
    assert result["close_s"] < 3.0
    assert result["threads"] == 1


def test_every_frame_of_a_camera_then_its_plug_is_pulled():
    check(run_camera(60, 60), 60, 60)


@pytest.mark.full
def test_ninety_frames_a_second_for_ten_seconds():
    check(run_camera(90, 900), 90, 900)


def test_without_a_camera_it_says_so(monkeypatch):
    monkeypatch.setattr(realsense, "find_camera", lambda serial=None: None)
    with pytest.raises(SourceNotFound, match="no RealSense camera answers") as caught:
        RealSenseSource().open()
    assert caught.value.exit_code == 3
    with pytest.raises(SourceNotFound, match="with serial 0123"):
        RealSenseSource("0123").open()


def test_a_camera_that_is_not_open_cannot_be_read_or_sought():
    source = RealSenseSource()
    with pytest.raises(CaptureError, match="not open"):
        source.read()
    with pytest.raises(CaptureError, match="cannot seek"):
        source.seek(0)
    source.close()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("No module named 'pyrealsense2'", "pip install pyrealsense2"),
        ("libusb-1.0.so.0: cannot open shared object file", "apt-get install libusb-1.0-0"),
    ],
)
def test_a_missing_library_is_named(monkeypatch, words, hint):
    def refuse(name, *arguments, **options):
        if name == "pyrealsense2":
            raise ImportError(words)
        return original(name, *arguments, **options)

    original = __import__
    monkeypatch.delitem(sys.modules, "pyrealsense2", raising=False)
    monkeypatch.setattr("builtins.__import__", refuse)
    with pytest.raises(BackendMissing, match=hint):
        realsense.load_library()
    assert os.environ["RS2_RUM_CLOUD_ENABLED"] == "0"


def test_depth_units_lose_the_rounding_of_a_float():
    assert metres_to_mm(0.000125) == 0.125
    assert metres_to_mm(0.0010000000474974513) == 1.0
    with pytest.raises(NotARecording):
        metres_to_mm(float("nan"))
