"""Where the colour camera stands: what each recording tells of it, against the maker's library."""

import json

import numpy as np
import pytest

from app.capture.base import Damaged
from app.capture.recordings.azure_calibration import colour_camera
from app.capture.recordings.poses import between, pose_of, pose_of_matrix
from app.capture.registry import open_source
from tests.capture.conftest import ROOT
from tests.capture.recordings.db3_file import BASE, description, write_db3

# What librealsense 2.59.1 says of d435_no_hand.bag: column by column, metres
TURN = (0.99986332654953, 0.01030866801738739, -0.01292696874588728, -0.010310042649507523)
TURN += (0.9999468326568604, -3.9757887861924246e-05, 0.012925871647894382, 0.00017303005733992904)
TURN += (0.9999164342880249,)
MOVE = (0.014311314560472965, 0.000602306448854506, 0.000610804243478924)


def first_colour(path):
    with open_source(str(path), colour=True) as source:
        return next(source.frames()).colour


def check(pose):
    assert pose[:3, :3] == pytest.approx(np.array(TURN).reshape(3, 3).T, abs=1e-5)
    assert pose[:3, 3] == pytest.approx(np.array(MOVE) * 1000, abs=1e-4)
    assert not pose.flags.writeable


def test_a_realsense_bag_tells_it_as_librealsense_does():
    colour = first_colour(ROOT / "tests/data/d435_no_hand.bag")
    check(colour.colour_from_depth)
    assert (colour.intrinsics.width, round(colour.intrinsics.fx, 2)) == (640, 613.2)


@pytest.mark.parametrize("shared", ["ref_1", "ref_7"])
def test_a_realsense_db3_tells_it(tmp_path, shared):
    depth = np.ones((2, 24, 32), np.uint16)
    texts = description(32, 24)
    still = "rotation=1,0,0,0,1,0,0,0,1;translation=0,0,0"
    moved = f"rotation={','.join(map(str, TURN))};translation={','.join(map(str, MOVE))}"
    texts |= {f"{BASE}/tf/ref_1": still}
    texts |= {f"/device_0/sensor_1/Color_0/tf/{shared}": moved}
    path = write_db3(
        tmp_path / "a.db3", depth, colour=np.ones((2, 24, 32, 3), np.uint8), texts=texts
    )
    pose = first_colour(path).colour_from_depth
    if shared == "ref_1":
        check(pose)
    else:
        assert pose is None


def test_an_azure_kinects_mkv_tells_it():
    colour = first_colour(ROOT / "tests/data/azure_kinect.mkv")
    k, pose = colour.intrinsics, colour.colour_from_depth
    assert (k.width, k.height) == (1280, 720)
    # As Azure-Kinect-Sensor-SDK's mode_specific_calibration.c makes them of the calibration
    assert k.fx == pytest.approx(0.4779651165008545 * 1280)
    assert k.cy == pytest.approx(0.5066176056861877 * 960 - 120 - 0.5)
    assert pose[:3, 3] == pytest.approx((-32.0834, -2.2054, 3.8837), abs=1e-4)
    assert pose[1, 2] == pytest.approx(0.0861603, abs=1e-6)


@pytest.mark.parametrize("text", [b"", b"{}", json.dumps({"CalibrationInformation": 3}).encode()])
def test_a_calibration_that_tells_nothing_is_none(text):
    assert colour_camera(text, 1280, 720) == (None, None)


def test_what_no_device_has_is_not_believed():
    with pytest.raises(Damaged):
        pose_of((0, 0, 0), (0, 0, 0, 0))
    with pytest.raises(Damaged):
        pose_of_matrix(np.ones((3, 3)), np.zeros(3))
    far = np.eye(4)
    far[0, 3] = 99.0
    assert between(np.eye(4), far) is None
    assert between(None, far) is None
