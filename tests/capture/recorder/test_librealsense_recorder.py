"""Bags from librealsense's own recorder, of the last version that makes them: read to the pixel.

`full`: the first run makes a virtual environment with that version.
"""

import subprocess

import numpy as np
import pytest

from app.capture.recordings.rosbag import BagSource
from tests.capture.conftest import LIMIT_S, SCRIPTS

COUNT = 25


@pytest.mark.full
@pytest.mark.parametrize("compress", [0, 1])
def test_what_librealsense_records_is_read_exactly(tmp_path, old_librealsense, replay, compress):
    path = tmp_path / "recorded.bag"
    script = SCRIPTS / "record_with_librealsense.py"
    command = [old_librealsense, script, path, str(COUNT), str(compress)]
    subprocess.run(command, check=True, timeout=LIMIT_S, capture_output=True)
    with np.load(path.with_suffix(".npz")) as data:
        pushed = data["depth"]
    with BagSource(path, colour=True) as source:
        info = source.open()
        frames = list(source.frames())
    assert np.array_equal([f.depth_raw for f in frames], pushed)
    assert [f.t_s for f in frames] == pytest.approx([5 + i / 30 for i in range(COUNT)], abs=1e-6)
    k = info.intrinsics
    assert (k.fx, k.fy, k.cx, k.cy) == pytest.approx((380.5, 381.25, 320.1, 240.2), rel=1e-6)
    assert k.distortion == pytest.approx((0.01, -0.02, 0.001, 0.002, 0.003), rel=1e-6)
    assert (info.serial, info.fps, info.depth_unit_mm) == ("SW-2577", 30.0, 0.25)
    assert all(abs(int(f.colour.rgb[0, 0, 0]) - f.index) <= 1 for f in frames)
    assert all(f.colour.rgb.min() == f.colour.rgb.max() for f in frames)
    theirs = replay(path)
    assert len(theirs["depth"]) == COUNT
    assert np.array_equal(theirs["depth"], pushed)


@pytest.mark.full
def test_the_old_librealsense_plays_the_sample_too(sample, old_librealsense, replay):
    theirs = replay(sample, old_librealsense)
    with BagSource(sample) as source:
        frames = list(source.frames())
    assert np.array_equal([f.depth_raw for f in frames], theirs["depth"])
    assert float(theirs["scale_m"]) == pytest.approx(0.000125)
