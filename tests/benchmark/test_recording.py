"""What recording costs, and that every frame is in the file.

Nothing here depends on how busy the machine is: rates are compared from made-up times, frames from
what was captured.
"""

import json
from dataclasses import replace

import pytest

from app.benchmark.__main__ import main
from app.benchmark.recording import Played, compare, read_back
from app.capture.demo import SyntheticSource
from app.capture.recorder.recorder import describe
from app.capture.recorder.rosbag_writer import BagWriter
from app.frames import read_only

FPS = 30.0


def measured(capsys, seconds, fps) -> dict:
    assert main(["--recording", str(seconds), "--fps", str(fps), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def check_frames(cost: dict) -> None:
    assert cost["frames"] > 0
    assert cost["missing"] <= cost["dropped"]  # what is missing was counted
    assert cost["wrong"] == 0
    assert cost["mb"] > 0


def test_every_frame_of_the_demo_is_in_the_file(capsys):
    cost = measured(capsys, 1, 30)
    check_frames(cost)
    assert cost["fps_asked"] == 30


@pytest.mark.full
def test_ninety_frames_a_second_for_a_minute(capsys):
    cost = measured(capsys, 60, 90)
    check_frames(cost)
    print(cost)


def test_rates_are_those_of_the_whole_time_without_a_recorder():
    before = Played(seconds=1.0, cpu_s=0.3, frames=30, numbers=[])
    after = Played(seconds=3.0, cpu_s=0.5, frames=50, numbers=[])
    during = Played(seconds=4.0, cpu_s=0.96, frames=60, numbers=[])
    assert compare(before, during, after) == {
        "fps_without": 20.0,  # 80 frames in 4 s
        "fps_with": 15.0,
        "ratio": 0.75,
        "cpu_ms_per_frame": 6.0,  # 16 ms with, 10 ms without
    }


def write_demo(path, numbers, spoil=()):
    """A recording of these frames of the demo; in those of `spoil` one pixel is another."""
    demo = SyntheticSource(FPS)
    with BagWriter(path, describe(demo.open())) as bag:
        for number in numbers:
            demo.seek(number)
            frame = demo.read()
            if number in spoil:
                depth = frame.depth_raw.copy()
                depth[0, 0] += 1
                frame = replace(frame, depth_raw=read_only(depth))
            bag.write(frame)


def test_frames_that_are_missing_or_wrong_are_found(tmp_path):
    write_demo(tmp_path / "a.bag", [0, 1, 3, 4], spoil=(3,))
    assert read_back(tmp_path / "a.bag", FPS) == ({0, 1, 3, 4}, 1)
    write_demo(tmp_path / "b.bag", [0, 1, 2])
    assert read_back(tmp_path / "b.bag", FPS) == ({0, 1, 2}, 0)


@pytest.mark.parametrize("bad", [["--recording", "0"], ["--recording", "1", "--fps", "900"]])
def test_what_cannot_be_measured_is_refused(bad):
    with pytest.raises(SystemExit) as leaving:
        main(bad)
    assert leaving.value.code == 2
