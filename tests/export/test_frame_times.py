"""Recorded times decide how long a frame is shown and which rate a header names."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from app.export.frame_times import measured_fps, ticks_of, video_times
from app.export.track import Track
from app.export.track_files import write_track
from tests.export.test_bvh import read_bvh
from tests.export.tracks import make_track

SLOW = np.concatenate([np.arange(8), np.arange(8) + 14.5]) * 2 / 3  # a gap of five seconds


def timed(t_s: np.ndarray) -> Track:
    return replace(make_track(len(t_s), without=()), t_s=t_s)


@pytest.mark.parametrize("rate", [8.0, 29.97, 90.0])
def test_an_even_pace_is_kept_frame_by_frame(rate):
    rng = np.random.default_rng(0)
    times = video_times(np.arange(200) / rate + rng.uniform(0, 0.2 / rate, 200), 30.0)
    assert times.fps == pytest.approx(rate, rel=0.002)
    assert times.ticks.tolist() == [1] * 200


@pytest.mark.parametrize("t_s", [SLOW, np.arange(19) * 17 / 18, np.r_[0:60, 210:270] / 30])
def test_a_video_lasts_as_long_as_what_was_recorded(t_s):
    times = video_times(t_s, 30.0)
    assert times.ticks.sum() / times.fps == pytest.approx(t_s[-1] - t_s[0], abs=2 / times.fps)
    begins = np.cumsum(times.ticks) - times.ticks
    assert np.allclose(begins / times.fps, t_s - t_s[0], atol=1.01 / times.fps)


def test_no_frame_is_left_out_and_rounding_does_not_add_up():
    steps = np.random.default_rng(1).uniform(0.7, 1.5, 400)
    ticks = ticks_of(steps, 1.0)
    assert ticks.min() == 1
    assert abs(ticks[:-1].sum() - steps.sum()) < 2


@pytest.mark.parametrize("clock", ["stands", "jumps back", "is no number", "lies"])
def test_a_broken_clock_does_not_stretch_the_video(clock):
    t_s = np.arange(40) / 30
    if clock == "stands":
        t_s[:] = 5.0
    elif clock == "jumps back":
        t_s[20:] -= 100.0
    elif clock == "is no number":
        t_s[10:15] = np.nan
    else:
        t_s[20:] += 1e6
    times = video_times(t_s, 30.0)
    assert times.ticks.sum() / times.fps < (62 if clock == "lies" else 2)


@pytest.mark.parametrize("ending", [".csv", ".json", ".npz"])
def test_headers_name_the_rate_of_the_times(tmp_path, ending):
    path = tmp_path / f"hand{ending}"
    write_track(path, timed(SLOW))
    if ending == ".csv":
        lines = path.read_text().splitlines()
        about = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    else:
        read = (
            json.loads if ending == ".json" else lambda _: json.loads(np.load(path)["header"][()])
        )
        about = read(path.read_bytes())
    assert float(about["fps"]) == pytest.approx(15 / SLOW[-1], abs=1e-3)
    assert float(about["nominal_fps"]) == 30
    assert measured_fps(np.zeros(1), 30.0) == 30


def test_a_motion_file_lasts_as_long_and_says_what_it_repeats(tmp_path):
    path = tmp_path / "hand.bvh"
    write_track(path, timed(SLOW))
    nodes, values, step_s = read_bvh(path.read_text())
    assert nodes[0].name == "wrist"
    assert (len(values) - 1) * step_s == pytest.approx(SLOW[-1], abs=0.51 * step_s)
    about = json.loads((tmp_path / "hand.bvh.json").read_text())
    held = np.array(about["held"], bool)
    assert (~held).sum() == 16
    again = np.flatnonzero(held)
    assert (values[again] == values[again - 1]).all()
    assert np.array(about["frame_index"])[~held].tolist() == list(range(16))
