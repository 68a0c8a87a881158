"""What the kernel says of cameras while their library is busy with one of them."""

import pytest

from app.capture import registry, sensors
from app.capture.cameras import kinect1, realsense, realsense_device
from app.capture.registry import find_plugged_in
from app.capture.sensors import InUse, status_of
from app.capture.usb import FoundCamera, UsbDevice

STREAMING = FoundCamera("Intel RealSense D435", "0123")
BEFORE = (FoundCamera("Intel RealSense D435", "0123", "a0"), FoundCamera("SR305", "42", "b0"))


@pytest.fixture
def desk(monkeypatch, tmp_path):
    """Devices by vendor; libraries that must not be asked of a RealSense."""
    plugged = {}
    monkeypatch.setattr(sensors, "find_devices", lambda model: plugged.get(model, []))
    monkeypatch.setattr(sensors, "watchable", lambda: True)
    monkeypatch.setattr(realsense_device, "load_library", lambda: pytest.fail("it streams"))

    def plug(model, *serials):
        node = tmp_path / "node"
        plugged[model] = [UsbDevice("RealSense(TM) 430", s, node, 5000) for s in serials]

    return plug


def status(known=()):
    return status_of(realsense.BACKEND, InUse("realsense", STREAMING, known))


def test_a_camera_that_streams_is_listed_without_its_library(desk):
    desk(realsense_device.USB, "a0")
    found = status()
    assert (found.available, found.reason, found.cameras) == (True, "in use", (STREAMING,))
    assert "software camera" in found.checked


def test_a_second_one_is_known_by_what_was_said_before(desk):
    desk(realsense_device.USB, "b0", "a0", "c0")
    cameras = status(BEFORE).cameras
    assert [camera.serial for camera in cameras] == ["42", "0123", ""]


def test_one_that_was_pulled_is_not_listed_and_it_is_said(desk):
    desk(realsense_device.USB)
    assert status(BEFORE).cameras == ()
    assert "unplugged" in status(BEFORE).reason


def test_elsewhere_the_kernel_says_nothing(desk, monkeypatch):
    monkeypatch.setattr(sensors, "watchable", lambda: False)
    assert find_plugged_in() is None
    assert status().cameras == (STREAMING,)


def test_everything_that_is_plugged_in_is_said_with_its_back_end(desk):
    desk(realsense_device.USB, "a0")
    desk(kinect1.USB, "k")
    found = [(spec, device.serial) for spec, device in find_plugged_in()]
    assert found == [("realsense", "a0"), ("kinect1", "k")]
    desk(kinect1.USB)
    assert [spec for spec, _ in find_plugged_in()] == ["realsense"]


def test_every_realsense_has_its_own_entry(monkeypatch):
    monkeypatch.setattr(realsense_device, "find_cameras", lambda: BEFORE)
    found = status_of(realsense.BACKEND)
    assert found.cameras == BEFORE
    assert "0123, 42" in found.reason
    assert registry.first_camera() == "realsense:0123"
