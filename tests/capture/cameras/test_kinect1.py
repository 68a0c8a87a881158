"""Kinect v1: Debian's real libfreenect plays a synthetic dump, in its own process.

The conversion to millimetres is held against the library's formula.
"""

import ctypes as c
import json
import subprocess
import sys

import numpy as np
import pytest

from app.capture.cameras import kinect1
from app.capture.cameras.kinect1 import Kinect1Source, nominal_table
from app.capture.cameras.libfreenect import (
    NO_VALUE,
    FrameMode,
    Registration,
    ZeroPlane,
    load_library,
)
from app.capture.usb import UsbModel, check_permission, find_devices
from app.errors import BackendMissing, CaptureError
from tests.capture.conftest import LIMIT_S, ROOT

FRAMES, FPS = 12, 30.0


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fakenect") / "dump"
    script = [sys.executable, "-m", "tests.capture.cameras.fakenect", folder, str(FRAMES), str(FPS)]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr[-2000:]
    # The library says goodbye on stdout, in Debian 13 after the script's own line.
    (told,) = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return json.loads(told)


def test_depth_is_exact_before_the_conversion_and_after_it(played):
    assert played["exact"] == FRAMES // 2
    assert played["converted"] == FRAMES // 2
    assert played["writable"] == 0


def test_the_clock_goes_on_where_the_devices_counter_starts_anew(played):
    assert played["stamps"] == pytest.approx([k / FPS for k in range(FRAMES)], abs=1e-6)


def test_the_end_of_the_stream_is_a_camera_that_has_gone(played):
    assert "stopped answering" in played["message"]


def test_what_it_says_of_itself(played):
    assert (played["name"], played["live"], played["unit"]) == ("Kinect v1", True, 1.0)
    assert played["size"] == [640, 480]
    assert played["focal_px"] == pytest.approx(575.8, abs=0.1)
    assert "typical numbers" in played["note"]  # fakenect has no calibration


def raw_to_mm(raw):
    """libfreenect's own conversion, one number at a time."""
    metric = ((raw - 4 * 200) / 4 - 0.375) * 0.1042
    return 10 * (metric * 120.0 / (7.5 - metric) + 120.0)


def test_millimetres_are_those_of_the_formula_within_rounding():
    table = nominal_table()
    valid = np.flatnonzero(table)
    assert all(abs(table[raw] - raw_to_mm(raw)) <= 0.5 for raw in valid)
    assert table[NO_VALUE] == 0
    assert np.all(np.diff(table[valid].astype(int)) >= 0)  # a larger disparity is farther
    assert all(not 0 < raw_to_mm(raw) < 9_999 for raw in set(range(NO_VALUE)) - set(valid))


class Library:
    """Stands for a libfreenect whose device gives its calibration and one frame."""

    def __init__(self, table, reference_cm=120.0):
        self._table = (c.c_uint16 * 2048)(*table)
        self._reference_cm = reference_cm
        self.destroyed = 0

    def __getattr__(self, name):  # everything else succeeds
        return lambda *arguments: 0

    def freenect_num_devices(self, context):
        return 1

    def freenect_find_depth_mode(self, resolution, form):
        return FrameMode(valid=1)

    def freenect_set_depth_callback(self, device, callback):
        self._callback = callback

    def freenect_process_events_timeout(self, context, timeout):
        pixels = (c.c_uint16 * (640 * 480))(*range(2048))
        self._callback(None, c.addressof(pixels), 0)
        return 0

    def freenect_copy_registration(self, device):
        plane = ZeroPlane(7.5, 2.3, self._reference_cm, 0.1)
        table = c.cast(self._table, c.POINTER(c.c_uint16))
        return Registration(zero_plane=plane, raw_to_mm=table)

    def freenect_destroy_registration(self, registration):
        self.destroyed += 1


def read_one(monkeypatch, library):
    monkeypatch.setattr(kinect1, "load_library", lambda path: library)
    with Kinect1Source("anything") as source:
        return source.open(), source.read().depth_raw


def test_the_devices_own_calibration_wins(monkeypatch):
    table = np.arange(3000, 3000 - 2048, -1)
    library = Library(table)
    info, depth = read_one(monkeypatch, library)
    assert (info.note, info.intrinsics.fx) == ("", pytest.approx(600.0))
    assert np.array_equal(depth.ravel()[:NO_VALUE], table[:NO_VALUE])
    assert depth.ravel()[NO_VALUE] == 0
    assert library.destroyed == 2  # opened twice
    assert c.sizeof(Registration) == 176  # as C lays it out on 64 bits


def test_a_calibration_of_nonsense_is_not_used(monkeypatch):
    info, depth = read_one(monkeypatch, Library(np.zeros(2048, int), reference_cm=0.0))
    assert "typical numbers" in info.note
    assert np.array_equal(depth.ravel()[:2048], nominal_table())


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("app.capture.cameras.libfreenect.NAMES", ("libnothing.so.9",))
    with pytest.raises(BackendMissing, match=r"apt-get install libfreenect0\.5"):
        load_library()
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(BackendMissing, match="Linux only"):
        load_library()


def test_a_kinect_that_is_not_open_cannot_be_read():
    with pytest.raises(CaptureError, match="not open"):
        Kinect1Source().read()


@pytest.fixture
def usb(tmp_path):
    """A system with one camera plugged in; its node may be opened."""
    system, nodes = tmp_path / "system", tmp_path / "nodes"
    folder, node = system / "1-2", nodes / "001" / "007"
    for made in (folder, system / "usb1", node.parent):
        made.mkdir(parents=True)
    facts = {"idVendor": "045e", "idProduct": "02ae", "product": "Xbox NUI Camera"}
    facts |= {"busnum": "1", "devnum": "7", "serial": "A00", "speed": "480"}
    for name, text in facts.items():
        (folder / name).write_text(text + "\n")
    node.touch()
    return system, nodes


def test_what_is_plugged_in_is_found_without_its_library(usb):
    (device,) = find_devices(kinect1.USB, *usb)
    assert (device.name, device.serial, device.speed_mbit) == ("Xbox NUI Camera", "A00", 480)
    assert find_devices(UsbModel(0x8086, word="NUI"), *usb) == []
    assert find_devices(UsbModel(0x045E, word="NUI"), *usb) == [device]
    assert find_devices(kinect1.USB, usb[0] / "nowhere", usb[1]) == []
    check_permission(kinect1.USB, "hint", *usb)


def test_a_missing_permission_is_explained(usb):
    (usb[1] / "001" / "007").unlink()  # root may open every file that is there
    with pytest.raises(CaptureError, match=r"plugged in, but you may not open it .*\(hint\)"):
        check_permission(kinect1.USB, "hint", *usb)
