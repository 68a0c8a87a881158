"""A recording whose program was killed: all but the last second is recovered, and it plays."""

import subprocess
import sys
import time

import numpy as np
import pytest

from app.capture.recorder.repair import repair
from app.capture.recordings.rosbag import BagSource
from app.capture.registry import open_source
from tests.capture.conftest import ROOT
from tests.capture.recorder.record_until_killed import picture

SPARED_S = 1.0


def record_and_kill(path, spec: str, after_s: float) -> tuple[list[int], int]:
    """(numbers of the frames captured more than a second before the last one, frames dropped)."""
    command = [sys.executable, "-m", "tests.capture.recorder.record_until_killed", str(path), spec]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline()]  # the first frame was captured
        time.sleep(after_s)
        process.kill()
        lines += process.stdout.read().splitlines()
    rows = [line.split() for line in lines if len(line.split()) == 3]
    spared_s = float(rows[-1][1]) - SPARED_S
    return [int(number) for number, when, _ in rows if float(when) < spared_s], int(rows[-1][2])


def check_repaired(path, safe: list[int], dropped: int, number_of) -> int:
    """Repair, and compare every frame with what was captured; returns how many there are."""
    result = repair(path)
    assert result.changed
    assert result.path == path
    with BagSource(path) as source:
        numbers = [number_of(frame) for frame in source.frames()]  # and it does not end early
    assert len(numbers) == result.frames
    assert numbers == sorted(set(numbers))
    missing = set(safe) - set(numbers)
    assert len(missing) <= dropped, f"{len(missing)} frames are lost, {dropped} were dropped"
    assert not repair(path).changed
    return len(numbers)


def ramp_number(frame) -> int:
    """The number that the picture says."""
    number = round(frame.t_s * 90)
    assert np.array_equal(frame.depth_raw, picture(number))
    return number


@pytest.mark.parametrize("after_s", [1.2, 1.7])
def test_a_killed_recording_keeps_all_but_the_last_second(tmp_path, after_s):
    path = tmp_path / "killed.bag"
    safe, dropped = record_and_kill(path, "ramp", after_s)
    assert safe
    assert check_repaired(path, safe, dropped, ramp_number) >= len(safe) - dropped


@pytest.mark.full
@pytest.mark.parametrize("after_s", np.random.default_rng(6).uniform(1.1, 6.0, 20).round(2))
def test_a_killed_recording_of_the_demo_plays_in_librealsense(tmp_path, replay, after_s):
    path = tmp_path / "killed.bag"
    safe, dropped = record_and_kill(path, "demo:90", after_s)
    with open_source("demo:90") as demo:

        def demo_number(frame) -> int:
            demo.seek(round(frame.t_s * 90))
            assert np.array_equal(frame.depth_raw, demo.read().depth_raw)
            return round(frame.t_s * 90)

        frames = check_repaired(path, safe, dropped, demo_number)
    with BagSource(path) as source:
        ours = [frame.depth_raw for frame in source.frames()]
    assert np.array_equal(replay(path)["depth"], ours)
    print(f"killed after {after_s} s: {len(safe)} frames to be kept, {frames} recovered")
