"""Faults on schedule, and a camera that has them."""

import numpy as np
import pytest

from app.capture.demo import SyntheticSource
from app.capture.frame_check import CheckedSource
from app.config import ConfigError
from app.errors import Disconnected
from app.soak import camera as soak_camera
from app.soak.camera import FAR_S, QUEUE, REFUSED, WAYS, FaultyCamera
from app.soak.disk import Disk
from app.soak.faults import CRASH_GAP_S, CRASHES, KINDS, make_schedule, parse_kinds
from tests.capture.fakes import ScriptedSource


def test_a_schedule_is_the_same_for_the_same_seed_and_has_every_kind():
    faults = make_schedule(3, 300.0, tuple(KINDS), 5.0)
    assert faults == make_schedule(3, 300.0, tuple(KINDS), 5.0)
    assert faults != make_schedule(4, 300.0, tuple(KINDS), 5.0)
    counts = [sum(fault.kind == kind for fault in faults) for kind in KINDS]
    assert min(counts) >= 4
    times = np.array([fault.at_s for fault in faults])
    assert (np.diff(times) >= 4.0 - 1e-6).all()
    assert times[0] >= 1
    assert times[-1] <= 299


def test_crashes_of_one_worker_lie_apart():
    faults = make_schedule(1, 600.0, CRASHES, 2.0)
    for kind in CRASHES:
        times = [fault.at_s for fault in faults if fault.kind == kind]
        assert len(times) > 10
        assert min(np.diff(times)) >= CRASH_GAP_S - 1e-3


def test_kinds_are_read():
    assert parse_kinds("all") == tuple(KINDS)
    assert parse_kinds("none") == ()
    assert parse_kinds("stall,disk") == ("stall", "disk")
    with pytest.raises(ConfigError, match="no fault is called 'flood'"):
        parse_kinds("stall,flood")


class Clock:
    """In place of the module `time`: it goes on only while somebody sleeps."""

    def __init__(self):
        self.now_s = 1000.0

    def monotonic(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(soak_camera, "time", clock)
    return clock


@pytest.fixture
def camera(clock):
    camera = FaultyCamera(ScriptedSource(7, fps=30.0), 400.0, seed=1)
    assert camera.open().live
    return camera


def test_it_gives_frames_at_its_own_pace_over_and_over(camera):
    camera.open()
    frames = [camera.read() for _ in range(20)]  # the recording has seven
    arrived_s = [frame.t_host_s - 1000.0 for frame in frames]
    assert arrived_s == pytest.approx([k / 400 for k in range(20)])
    assert [frame.index for frame in frames] == list(range(20))
    assert np.diff([frame.t_s for frame in frames]) == pytest.approx(1 / 400)
    assert camera.made == 20


def test_what_is_not_fetched_in_time_is_lost_and_counted(camera, clock):
    camera.read()
    clock.sleep(0.2)  # 80 frames
    given = [camera.read() for _ in range(QUEUE)]
    assert 80 - QUEUE - 2 <= camera.lost <= 80 - QUEUE
    assert given[1].t_s - given[0].t_s == pytest.approx(1 / 400)
    assert given[0].t_s >= (camera.lost + 1) / 400 - 1e-6


def test_orders_are_carried_out(camera, clock):
    camera.fall_silent(0.05)
    assert camera.read(0.02) is None
    camera.crash()
    assert not camera.crashed_s
    with pytest.raises(RuntimeError):
        camera.read()
    assert len(camera.crashed_s) == 1
    camera.unplug(0.05)
    with pytest.raises(Disconnected):
        camera.read()
    with pytest.raises(Disconnected):
        camera.open()
    clock.sleep(0.06)
    camera.open()
    before = camera.read()
    camera.jump()
    assert camera.read().t_s - before.t_s > FAR_S - 1
    camera.jump()
    assert camera.read().t_s - before.t_s < 1


def test_every_way_of_spoiling_is_seen_by_the_check():
    checked = CheckedSource(camera := FaultyCamera(SyntheticSource(), 240.0, seed=2))
    checked.open()
    camera.spoil(60)
    passed = [checked.read() for _ in range(60)]
    assert set(camera.spoilt) == set(WAYS)
    refused = sum(count for way, count in camera.spoilt.items() if way in REFUSED)
    assert checked.faults.refused == refused == sum(frame is None for frame in passed)
    assert checked.faults.no_depth == camera.spoilt["no depth"]
    assert checked.faults.bad_values == camera.spoilt["holes"] + camera.spoilt["overflow"]
    assert checked.faults.time_jumps >= camera.spoilt["no time"]
    assert checked.faults.camera_changed > 0


def test_a_full_disk_is_full_for_this_process_and_free_afterwards(tmp_path):
    disk, path = Disk(), tmp_path / "file"
    path.write_bytes(b"x" * 100)
    disk.fill(100)
    try:
        assert disk.full
        with open(path, "r+b", buffering=0) as file:
            file.write(b"y" * 100)  # what is there can be written over
            with pytest.raises(OSError, match="too large"):
                file.write(b"z")
    finally:
        disk.free()
    assert path.read_bytes() == b"y" * 100
    path.write_bytes(b"z" * 200)
