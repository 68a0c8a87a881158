"""What SOURCE says of a RealSense's stream, the profile nearest to it, and presets by name."""

from types import SimpleNamespace

import pytest

from app.capture.base import BadSource
from app.capture.cameras.realsense_choice import (
    StreamChoice,
    describe_fallback,
    parse_choice,
    rank_profiles,
)
from app.capture.cameras.realsense_controls import apply_preset

D435 = {
    (w, h, fps)
    for w, h, rates in (
        (1280, 720, (6, 15, 30)),
        (848, 480, (6, 15, 30, 60, 90)),
        (640, 480, (6, 15, 30, 60, 90)),
        (480, 270, (6, 15, 30, 60, 90)),
    )
    for fps in rates
}
D435_USB2 = {(1280, 720, 6), (640, 480, 15), (640, 480, 30), (480, 270, 60), (480, 270, 30)}
CHOICES = {
    "0123": StreamChoice("0123"),
    "848x480": StreamChoice(width=848),
    "0123,848x480,90fps": StreamChoice("0123", 848, 480, 90),
    "90fps,hand": StreamChoice(fps=90, preset="hand"),
    "short-range,temporal": StreamChoice(preset="short-range", temporal=True),
    "200-800mm,colour": StreamChoice(near_mm=200, far_mm=800, colour=True),
}


@pytest.mark.parametrize("text", CHOICES)
def test_words_and_choice_mean_the_same(text):
    assert parse_choice(text) == CHOICES[text]
    assert CHOICES[text].spec == f"realsense:{text}"
    assert StreamChoice().spec == "realsense"


@pytest.mark.parametrize(
    "text", ["", "0123,4567", "fast!", "90fps,", "0fps", "999fps", "800-200mm", "hand,sharp", "a b"]
)
def test_what_means_nothing_is_a_bad_argument(text):
    with pytest.raises(BadSource) as bad:
        parse_choice(text)
    assert bad.value.exit_code == 2
    assert "\n" not in str(bad.value)


@pytest.mark.parametrize("wanted", sorted(D435))
def test_what_a_camera_offers_is_taken(wanted):
    assert rank_profiles(D435, wanted)[0] == wanted


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ((848, 480, 90), (640, 480, 30)),
        ((640, 480, 90), (640, 480, 30)),
        ((480, 270, 90), (480, 270, 60)),
        ((480, 270, 50), (480, 270, 30)),  # less, not more
    ],
)
def test_otherwise_the_closest_that_asks_no_more_of_the_bus(wanted, got):
    ranked = rank_profiles(D435_USB2, wanted)
    assert set(ranked) == D435_USB2
    assert ranked[0] == got


def test_a_fallback_is_told_and_why_where_it_is_the_bus():
    assert describe_fallback((640, 480, 30), (640, 480, 30), "2.1") == ""
    slow = describe_fallback((848, 480, 90), (640, 480, 30), "2.1")
    assert "848 x 480 at 90 fps" in slow
    assert "640 x 480 at 30 fps" in slow
    assert "USB 3" in slow
    assert "USB" not in describe_fallback((848, 480, 90), (848, 480, 60), "3.2")


class Sensor:
    """A depth sensor with presets of these names."""

    def __init__(self, names):
        self.names, self.value = names, 0.0

    def supports(self, option):
        return bool(self.names)

    def is_option_read_only(self, option):
        return False

    def get_option_range(self, option):
        return SimpleNamespace(min=0.0, max=len(self.names) - 1.0, step=1.0)

    def get_option(self, option):
        return self.value

    def set_option(self, option, value):
        self.value = value

    def get_option_value_description(self, option, value):
        return self.names[int(value)]


D400 = ["Custom", "Default", "Hand", "High Accuracy", "High Density", "Medium Density"]
L515 = ["Custom", "Default", "No Ambient Light", "Low Ambient Light", "Max Range", "Short Range"]
SR300 = ["Short Range", "Long Range", "Background Segmentation", "Gesture Recognition"]
RS = SimpleNamespace(option=SimpleNamespace(visual_preset="visual_preset"))


@pytest.mark.parametrize(
    ("names", "preset", "chosen"),
    [
        (D400, "hand", "Hand"),
        (D400, "short-range", "High Accuracy"),
        (L515, "hand", "Short Range"),
        (L515, "short-range", "Short Range"),
        (SR300, "hand", "Gesture Recognition"),
        (SR300, "short-range", "Short Range"),
    ],
)
def test_a_preset_is_found_by_its_name_on_every_line_of_cameras(names, preset, chosen):
    sensor = Sensor(names)
    assert apply_preset(RS, sensor, preset) == ""
    assert names[int(sensor.value)] == chosen


def test_a_camera_without_presets_says_so():
    assert "no preset for short range" in apply_preset(RS, Sensor([]), "short-range")
    assert "no preset for hand" in apply_preset(RS, Sensor(["Custom", "Default"]), "hand")
