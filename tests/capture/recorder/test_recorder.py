"""The recorder: every frame, to the pixel; never in the way; and what it keeps when things fail."""

import csv
import errno
import math
import os
import shutil
import threading
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from app.capture.base import StreamInfo
from app.capture.recorder import bag_output, recorder
from app.capture.recorder.record_clock import RecordClock
from app.capture.recorder.recorded_joints import RecordedJoints, joints_beside
from app.capture.recorder.recorder import (
    Recorder,
    RecorderState,
    queue_length,
)
from app.capture.recorder.repair import repair
from app.capture.recorder.rosbag_writer import BagWriter
from app.capture.recordings.rosbag import BagSource
from app.capture.registry import open_source
from app.errors import CaptureError, OutputError
from app.frames import ColourImage, DepthFrame, Frame, FrameResult, Intrinsics
from tests import waiting
from tests.inference.fakes import plain_hand

CAMERA = Intrinsics(64, 48, 70.0, 71.0, 31.0, 23.5, (0.01, -0.02, 0.001, 0.002, 0.003))
INFO = StreamInfo("camera", "camera", CAMERA, 0.125, 90.0, serial="S-1")
PATIENCE_S = 20.0
wait_until = partial(waiting.wait_until, patience_s=PATIENCE_S)


def make_frame(index, epoch=0, t_s=None, camera=CAMERA):
    rng = np.random.default_rng(index)
    raw = rng.integers(0, 65536, (camera.height, camera.width), np.uint16)
    t_s = 5 + index / 90 if t_s is None else t_s
    return DepthFrame(index, epoch, t_s, index / 90, raw, camera, 0.125)


def make_result(frame, detected=True):
    hand = plain_hand(np.full((21, 3), frame.index, np.float32), track=1)
    return FrameResult(frame, (hand,) if detected else ())


@pytest.fixture
def make_recorder(tmp_path):
    made = []

    def make(path=None, info=INFO, **options):
        made.append(Recorder(path or tmp_path / "a.bag", info, **options))
        made[-1].start()
        return made[-1]

    yield make
    assert all(one.stop(PATIENCE_S) for one in made)


def read_all(path):
    with BagSource(path) as source:
        return source.open(), list(source.frames())


def rows_beside(path):
    lines = joints_beside(path).read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_every_frame_is_there_to_the_pixel(make_recorder):
    one = make_recorder()
    frames = [make_frame(i) for i in range(200)]
    for frame in frames:
        one.take_all(frame)
        one.add_joints(make_result(frame, detected=frame.index != 7))
    assert one.stop(PATIENCE_S)
    info, ours = read_all(one.path)
    assert np.array_equal([f.depth_raw for f in ours], [f.depth_raw for f in frames])
    assert [f.t_s for f in ours] == pytest.approx([f.t_s for f in frames], abs=1e-8)
    assert (info.intrinsics, info.depth_unit_mm, info.serial, info.fps) == (
        CAMERA, 0.125, "S-1", 90.0,
    )  # fmt: skip
    assert (one.state, one.error) == (RecorderState.STOPPED, None)
    stats = one.stats
    assert (stats.frames, stats.dropped, stats.size) == (200, 0, one.path.stat().st_size)
    assert stats.seconds == pytest.approx(199 / 90)
    rows = rows_beside(one.path)
    assert [int(row["index"]) for row in rows] == list(range(200))
    assert [row["detected"] for row in rows].count("0") == 1
    assert all(float(r["wrist_x_mm"]) == i for i, r in enumerate(rows) if i != 7)


def test_every_hand_of_a_frame_has_a_row_beside_it(make_recorder):
    one = make_recorder()
    for index in range(3):
        frame = make_frame(index)
        hands = tuple(plain_hand(track=k + 4) for k in range(index))
        one.take_all(frame)
        one.add_joints(FrameResult(frame, hands))
    assert one.stop(PATIENCE_S)
    rows = [(row["index"], row["track"]) for row in rows_beside(one.path)]
    assert rows == [("0", ""), ("1", "4"), ("2", "4"), ("2", "5")]


def test_a_picture_without_depth_is_not_recorded_and_what_came_before_is_kept(make_recorder):
    one = make_recorder()
    one.take_all(make_frame(0))
    one.take_all(Frame(1, 0, 5.1, 0.1, colour=ColourImage(np.zeros((48, 64, 3), np.uint8))))
    assert one.stop(PATIENCE_S)
    assert "without depth" in str(one.error)
    assert len(read_all(one.path)[1]) == 1


def test_a_disk_that_stands_still_holds_nobody_up_and_every_drop_is_counted(
    make_recorder, monkeypatch
):
    stuck, write = threading.Event(), BagWriter.write

    def wait_and_write(bag, frame):
        stuck.wait(PATIENCE_S)
        write(bag, frame)

    monkeypatch.setattr(BagWriter, "write", wait_and_write)
    one = make_recorder()
    one.wait_open()
    slowest = 0.0
    for index in range(400):
        frame, began = make_frame(index), time.monotonic()
        one.take(frame)
        one.add_joints(make_result(frame))
        slowest = max(slowest, time.monotonic() - began)
    assert one.stats.dropped >= 400 - queue_length(INFO) - 1 > 0
    assert slowest < PATIENCE_S / 4  # it did not wait for the disk
    stuck.set()
    assert one.stop(PATIENCE_S)
    _, ours = read_all(one.path)
    stats = one.stats
    assert len(ours) == stats.frames == 400 - stats.dropped
    numbers = [round((f.t_s - 5) * 90) for f in ours]
    given = [make_frame(number).depth_raw for number in numbers]
    assert np.array_equal([f.depth_raw for f in ours], given)
    rows = rows_beside(one.path)  # the recording's own numbers, the source's joints
    assert [float(row["wrist_x_mm"]) for row in rows] == [numbers[int(r["index"])] for r in rows]
    assert len(rows) >= 40


class FullDisk:
    """In place of `write_all`: room for `size` bytes; the write that meets the end is cut."""

    def __init__(self, size: int):
        self._size, self._write = size, bag_output.write_all

    def __call__(self, file, data):
        room = self._size - file.tell()
        self._write(file, data[: max(room, 0)])
        if room < len(data):
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("size", [200_000, 200_900, 250_001, 1_000_000])
def test_a_full_disk_stops_it_with_one_message_and_keeps_what_was_written(
    make_recorder, monkeypatch, size
):
    monkeypatch.setattr(bag_output, "write_all", FullDisk(size))
    monkeypatch.setattr(bag_output, "CHUNK_SIZE", 20_000)
    failures = []
    one = make_recorder(on_failure=failures.append)
    taken = sum(one.take_all(make_frame(index)) for index in range(400))
    assert one.stop(PATIENCE_S)
    assert one.stats.frames + one.stats.dropped == taken < 400
    assert not one.take(make_frame(400))
    assert one.path.stat().st_size <= size
    _, ours = read_all(one.path)  # it is whole: there is an index, and it does not end early
    assert not repair(one.path).changed
    assert 0.8 * size / 6144 < len(ours) + 10
    assert np.array_equal(
        [f.depth_raw for f in ours], [make_frame(f.index).depth_raw for f in ours]
    )
    assert [failure.stage for failure in failures] == ["recorder"]
    assert "no space left" in failures[0].message
    assert f"{len(ours)} frames are kept" in failures[0].message
    assert one.stats.frames == len(ours)
    assert (one.state, one.error.exit_code) == (RecorderState.FAULTED, 6)


def test_joints_that_cannot_be_finished_change_nothing_in_the_count(make_recorder, monkeypatch):
    def refuse(_):
        raise OutputError("the joints cannot be finished")

    monkeypatch.setattr(RecordedJoints, "close", refuse)
    one = make_recorder()
    taken = sum(one.take_all(make_frame(index)) for index in range(50))
    assert one.stop(PATIENCE_S)
    _, ours = read_all(one.path)
    assert one.stats.frames == len(ours) == taken == 50
    assert "joints cannot be finished" in str(one.error)


class BrokenDisk:
    """In place of `write_all`: fails with this error from `broken` on."""

    def __init__(self, number):
        self._write, self._number, self.broken = bag_output.write_all, number, threading.Event()

    def __call__(self, file, data):
        if self.broken.is_set():
            raise OSError(self._number, os.strerror(self._number))
        self._write(file, data)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_takes_nothing_more_leaves_a_file_that_can_be_repaired(
    make_recorder, monkeypatch, number
):
    """ENOSPC: not even what was cut off is given back, as with snapshots."""
    disk = BrokenDisk(number)
    monkeypatch.setattr(bag_output, "write_all", disk)
    monkeypatch.setattr(bag_output, "CHUNK_SIZE", 20_000)
    monkeypatch.setattr(bag_output, "SPARE", 10_000)
    one = make_recorder()
    for index in range(200):
        one.take_all(make_frame(index))
    wait_until(lambda: one.stats.size > 200 * 6144)  # all of them
    disk.broken.set()
    one.take_all(make_frame(200))
    assert one.stop(PATIENCE_S)
    assert "--repair" in str(one.error)
    disk.broken.clear()
    assert repair(one.path).frames == one.stats.frames >= 180


def test_a_folder_that_goes_stops_it_and_one_that_moves_keeps_the_file(
    make_recorder, monkeypatch, tmp_path
):
    monkeypatch.setattr(recorder, "LOOK_S", 0.0)
    for name, act in (
        ("deleted", shutil.rmtree),
        ("moved", lambda folder: folder.rename(tmp_path / "elsewhere")),
    ):
        folder = tmp_path / name
        folder.mkdir()
        one = make_recorder(folder / "a.bag")
        for index in range(30):
            one.take_all(make_frame(index))
        wait_until(lambda one=one: one.stats.frames == 30)
        act(folder)
        wait_until(lambda one=one: one.state is RecorderState.FAULTED)
        assert "has gone" in one.error.message
    assert len(read_all(tmp_path / "elsewhere" / "a.bag")[1]) == 30


def test_what_cannot_be_made_is_said_at_once(make_recorder, tmp_path):
    (tmp_path / "here.bag").write_text("mine")
    (tmp_path / "b.joints.csv").write_text("mine")
    for path, reason in (
        (tmp_path / "none" / "a.bag", "no such file"),
        (tmp_path / "here.bag", "exists already"),
        (tmp_path / "b.bag", "b.joints.csv exists already"),
        (tmp_path / "here.bag" / "a.bag", "not a directory"),
        (tmp_path / "nul\0.bag", "null"),
    ):
        with pytest.raises(OutputError, match=reason) as caught:
            make_recorder(path).wait_open()
        assert caught.value.exit_code == 6
    assert (tmp_path / "here.bag").read_text() == "mine"
    assert not (tmp_path / "b.bag").exists()


def test_where_nothing_was_recorded_no_file_is_left(make_recorder, tmp_path):
    one = make_recorder()
    one.wait_open()
    assert one.stop(PATIENCE_S)
    assert one.error is None
    assert list(tmp_path.iterdir()) == []


def test_another_picture_ends_it_and_keeps_what_was_there(make_recorder):
    one = make_recorder()
    for index in range(5):
        one.take_all(make_frame(index))
    other = replace(CAMERA, width=32, cx=15.5)
    one.take_all(make_frame(5, camera=other))
    wait_until(lambda: one.state is RecorderState.FAULTED)
    assert "5 frames are kept" in one.error.message
    assert len(read_all(one.path)[1]) == 5


@pytest.mark.parametrize("kind", ["camera", "recording"])
def test_times_only_grow_and_keep_their_gaps(kind):
    clock = RecordClock(replace(INFO, kind=kind))
    given = [
        (0, 5.0, 0.0), (0, 5.1, 0.1), (1, 90.0, 3.1), (1, 90.2, 3.3),  # a seek, or a new plug
        (1, 1.0, 3.4), (1, 1.3, 3.7), (1, math.nan, 3.8), (1, 1.5, 3.9),  # faulty stamps
    ]  # fmt: skip
    frames = [replace(make_frame(0, e, t), t_host_s=host) for e, t, host in given]
    gaps = np.diff([clock.stamp(frame) for frame in frames])
    assert gaps.min() > 0
    assert gaps[[0, 2, 4]] == pytest.approx([0.1, 0.2, 0.3])
    jumps = [3.0, 0.1, 0.1] if kind == "camera" else [1 / 90] * 3
    assert gaps[[1, 3, 5]] == pytest.approx(jumps)
    assert clock.seconds == pytest.approx(gaps.sum())


def test_a_replay_that_loops_is_one_recording(make_recorder, sample):
    with BagSource(sample) as source:
        one = make_recorder(info=source.open())
        for epoch in range(3):
            source.seek(0)
            for frame in source.frames():
                one.take_all(replace(frame, epoch=epoch))
        first = [frame.depth_raw for frame in (source.seek(0), *source.frames())[1:]]
    assert one.stop(PATIENCE_S)
    info, ours = read_all(one.path)
    assert np.array_equal([f.depth_raw for f in ours], first * 3)
    assert np.diff([f.t_s for f in ours]).min() > 0
    assert info.duration_s == pytest.approx(one.stats.seconds, abs=1e-6)


def test_the_demo_recorded_is_the_demo(make_recorder, replay):
    with open_source("demo:90") as demo:
        one = make_recorder(info=demo.open())
        frames = [demo.read() for _ in range(12)]
        for frame in frames:
            one.take_all(frame)
    assert one.stop(PATIENCE_S)
    theirs = replay(one.path)
    assert np.array_equal(theirs["depth"], [f.depth_raw for f in frames])
    assert np.array_equal([f.depth_raw for f in read_all(one.path)[1]], theirs["depth"])


def test_a_fault_of_the_writer_is_data(make_recorder, monkeypatch):
    monkeypatch.setattr(RecordClock, "stamp", lambda *_: 1 / 0)
    failures = []
    one = make_recorder(on_failure=failures.append)
    one.take_all(make_frame(0))
    wait_until(lambda: one.state is RecorderState.FAULTED)
    assert "ZeroDivisionError" in failures[0].message
    with pytest.raises(CaptureError):
        repair(one.path)  # nothing had been recorded
