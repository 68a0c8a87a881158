"""Settings of a RealSense's depth sensor: read, set, refused, and read again when they settle."""

from types import SimpleNamespace

import pytest

from app.capture.cameras import realsense
from app.capture.cameras.realsense import RealSenseSource
from app.capture.cameras.realsense_controls import OPTIONS, apply_control, read_controls
from app.errors import CaptureError

RS = SimpleNamespace(option=SimpleNamespace(**{option: option for _, option in OPTIONS.values()}))
NAMES = ["Custom", "Default", "Hand"]


class Sensor:
    """A D400's depth sensor: its preset turns the laser's power, exposure is its own at first."""

    def __init__(self):
        self.values = {
            "visual_preset": 0.0, "emitter_enabled": 1.0, "laser_power": 150.0,
            "enable_auto_exposure": 1.0, "exposure": 8500.0,
        }  # fmt: skip
        self.reads = 0

    def supports(self, option):
        return option in self.values

    def is_option_read_only(self, option):
        return option == "exposure" and self.values["enable_auto_exposure"] > 0

    def get_option_range(self, option):
        low, high = {"visual_preset": (0, 2), "laser_power": (0, 360)}.get(option, (0, 1))
        return SimpleNamespace(min=float(low), max=float(high), step=1.0)

    def get_option(self, option):
        self.reads += 1
        return self.values[option]

    def set_option(self, option, value):
        if option == "emitter_enabled":
            raise RuntimeError("device busy")
        self.values[option] = value

    def get_option_value_description(self, option, value):
        return NAMES[int(value)]


@pytest.fixture
def source(monkeypatch):
    monkeypatch.setattr(realsense, "load_library", lambda: RS)
    source = RealSenseSource()
    source._sensor = Sensor()
    return source


def values(source):
    return {control.name: control.value for control in source.controls}


def test_what_cannot_be_set_now_is_shown_and_refused():
    sensor = Sensor()
    controls = {control.name: control for control in read_controls(RS, sensor)}
    assert set(controls) == set(OPTIONS) - {"gain"}
    assert [name for name, control in controls.items() if control.read_only] == ["exposure"]
    with pytest.raises(CaptureError, match="sets the exposure itself"):
        apply_control(RS, sensor, "exposure", 100)
    apply_control(RS, sensor, "auto_exposure", 0)
    apply_control(RS, sensor, "exposure", 1)
    assert sensor.values["exposure"] == 1


def test_no_refusal_is_lost_among_orders_that_went_well(source):
    for name, value in (("laser", 0), ("gain", 1), ("laser_power", 30)):
        source.set_control(name, value)
    source._serve_orders()
    assert "device busy" in source.refusal
    assert "no gain" in source.refusal
    assert values(source)["laser_power"] == 30
    source.set_control("laser_power", 60)
    source._serve_orders()
    assert source.refusal == ""


def test_every_order_is_answered_with_new_controls_and_once_more_when_settled(source, monkeypatch):
    monkeypatch.setattr(realsense, "SETTLED_S", 0.0)
    source.set_control("preset", 2)
    source._serve_orders()
    answered = source.controls
    assert values(source)["preset"] == 2
    source._sensor.values["laser_power"] = 90.0  # the preset turns it a little later
    source._serve_orders()
    assert values(source)["laser_power"] == 90
    assert source.controls is not answered
    reads = source._sensor.reads
    source._serve_orders()
    assert source._sensor.reads == reads  # and then the camera is left alone
