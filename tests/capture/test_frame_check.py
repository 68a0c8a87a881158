"""Frames as cameras send them on a bad day."""

from dataclasses import replace

import numpy as np
import pytest

from app.capture.base import DepthSource, StreamInfo
from app.capture.frame_check import CheckedSource, FrameFaults
from app.capture.player import Player
from app.frames import ColourImage, DepthFrame, Frame, Intrinsics, read_only
from app.threads.mailbox import Mailbox
from tests.capture.fakes import CAMERA
from tests.waiting import wait_until

OTHER = replace(CAMERA, fx=120.0)


def make_frame(k: int, depth=None, **values) -> DepthFrame:
    raw = read_only(np.full((3, 4), 500 + k, np.uint16)) if depth is None else depth
    return replace(DepthFrame(k, 0, k / 10, 100 + k / 10, raw, CAMERA), **values)


class ListedSource(DepthSource):
    """Gives these frames, then nothing; `raises` maps a place in the list to an error."""

    def __init__(self, frames, kind="camera"):
        self.listed, self.kind = list(frames), kind
        self.position_ = self.returns = 0

    def open(self):
        self.position_ = 0
        return StreamInfo("list", self.kind, CAMERA, 1.0, 10.0)

    def read(self, timeout_s=0.2):
        if self.position_ == len(self.listed):
            return None
        self.position_ += 1
        frame = self.listed[self.position_ - 1]
        if frame is BACK:
            self.returns += 1
            return self.read(timeout_s)
        return frame

    def close(self):
        pass

    @property
    def position(self):
        return self.position_

    @property
    def generation(self):
        return self.returns

    def seek(self, index):
        self.position_ = index


BACK = object()  # the camera went and is back


def check(*frames):
    source = CheckedSource(ListedSource(frames))
    source.open()
    return [source.read() for _ in frames if _ is not BACK], source


def test_a_good_frame_passes_as_it_is():
    frames = [make_frame(k) for k in range(3)]
    passed, source = check(*frames)
    assert all(got is given for got, given in zip(passed, frames, strict=True))
    assert source.faults == FrameFaults()
    assert source.faults.describe() == source.complaint == ""


@pytest.mark.parametrize(
    "depth",
    [
        np.ones((4, 3), np.uint16), np.ones((3, 4, 1), np.uint16), np.ones(12, np.uint16),
        np.ones((0, 0), np.uint16), None, "depth", np.full((3, 4), "x"),
    ],
)  # fmt: skip
def test_a_picture_of_a_wrong_size_is_left_out_and_told(depth):
    bad = replace(make_frame(1), depth_raw=depth)
    passed, source = check(make_frame(0), bad, make_frame(2))
    assert [frame.index if frame else None for frame in passed] == [0, None, 2]
    assert source.faults == FrameFaults(wrong_size=1)
    assert source.faults.refused == 1
    assert source.complaint


@pytest.mark.parametrize("fx", [0.0, -5.0, np.nan, np.inf])
def test_a_camera_that_cannot_be_is_left_out(fx):
    passed, source = check(make_frame(0), make_frame(1, intrinsics=replace(CAMERA, fx=fx)))
    assert passed[1] is None
    assert source.faults == FrameFaults(wrong_camera=1)
    passed, source = check(make_frame(0, depth_unit_mm=fx))
    assert passed == [None]


def test_values_that_are_no_depth_become_no_reading():
    depth = np.array([[np.nan, np.inf, -np.inf, -1], [65536, 1e20, 65535, 0.6], [0, 1, 2, 3]])
    passed, source = check(make_frame(0, depth), make_frame(1, depth.clip(0, 5)))
    raw = passed[0].depth_raw
    assert raw.dtype == np.uint16
    assert not raw.flags.writeable
    assert raw.tolist() == [[0, 0, 0, 0], [0, 0, 65535, 1], [0, 1, 2, 3]]
    assert source.faults.bad_values == 2  # the second has NaN still


@pytest.mark.parametrize("kind", [">u2", "<i4", "<i8", "<f4", "u1"])
def test_other_types_of_numbers_keep_their_values(kind):
    depth = np.arange(1, 13).reshape(3, 4).astype(kind)
    passed, source = check(make_frame(0, depth))
    assert np.array_equal(passed[0].depth_raw, depth)
    assert passed[0].depth_raw.dtype == np.uint16
    assert source.faults == FrameFaults()


def test_32_bits_do_not_wrap_round():
    depth = np.array([[70000, -3, 5, 65535]] * 3)
    passed, source = check(make_frame(0, depth))
    assert passed[0].depth_raw[0].tolist() == [0, 0, 5, 65535]
    assert source.faults.bad_values == 1


def test_a_picture_without_depth_passes_and_is_counted():
    almost = np.zeros((3, 4), np.uint16)
    almost[2, 3] = 1  # a pixel that the coarse look misses
    empty = read_only(np.zeros((3, 4), np.uint16))
    passed, source = check(make_frame(0, empty), make_frame(1, almost))
    assert all(frame is not None for frame in passed)
    assert source.faults == FrameFaults(no_depth=1)


def test_another_camera_within_the_stream_begins_a_new_generation():
    frames = [make_frame(0), make_frame(1, intrinsics=OTHER), make_frame(2, intrinsics=OTHER)]
    passed, source = check(*frames, make_frame(3, intrinsics=OTHER, depth_unit_mm=0.5))
    assert all(frame is not None for frame in passed)
    assert source.faults == FrameFaults(camera_changed=2)
    assert source.generation == 2


def test_the_same_numbers_in_another_object_are_no_change():
    _, source = check(make_frame(0), make_frame(1, intrinsics=replace(CAMERA)))
    assert source.faults == FrameFaults()


def test_a_stamp_that_is_no_number_becomes_the_time_since_the_last():
    passed, source = check(
        make_frame(0, t_s=np.nan), make_frame(1, t_s=5.0, t_host_s=10.0),
        make_frame(2, t_s=np.inf, t_host_s=10.25), make_frame(3, t_s=5.5),
    )  # fmt: skip
    assert [frame.t_s for frame in passed] == [0.0, 5.0, 5.25, 5.5]
    assert source.faults == FrameFaults(time_jumps=2)


def test_time_that_goes_backwards_is_counted_but_not_after_a_seek_or_a_return():
    _, source = check(make_frame(0, t_s=9.0), make_frame(1, t_s=8.0), make_frame(2, t_s=8.1))
    assert source.faults == FrameFaults(time_jumps=1)
    _, source = check(make_frame(0, t_s=9.0), BACK, make_frame(1, t_s=1.0))
    assert source.faults == FrameFaults()
    source.seek(0)
    source.read()
    assert source.faults == FrameFaults()


def test_the_player_tells_of_frames_left_out_once_and_counts_them():
    small = replace(make_frame(0), depth_raw=np.ones((2, 2), np.uint16))
    changed = [make_frame(k, intrinsics=OTHER) for k in (5, 6)]
    failures, box = [], Mailbox(16)
    source = ListedSource([make_frame(0), small, small, small, make_frame(4), *changed])
    player = Player(source, [box.put], on_failure=failures.append)
    player.start()
    wait_until(lambda: len(box) == 4)
    player.stop()
    stats = player.stats
    assert stats.frames_in == 4
    assert stats.faults == FrameFaults(wrong_size=3, camera_changed=1)
    assert [(failure.fatal, "2x2" in failure.message) for failure in failures] == [(False, True)]
    epochs = [box.get(0).epoch for _ in range(4)]
    assert epochs == [1, 1, 2, 2]


def test_cameras_of_another_size_are_followed():
    wide = Intrinsics(8, 6, 100.0, 100.0, 4.0, 3.0)
    passed, source = check(
        make_frame(0), make_frame(1, np.ones((6, 8), np.uint16), intrinsics=wide)
    )
    assert passed[1].depth_raw.shape == (6, 8)
    assert source.faults == FrameFaults(camera_changed=1)


def test_colour_without_depth_is_passed_on_and_what_is_neither_is_left_out():
    rgb = np.zeros((3, 4, 3), np.uint8)
    good = Frame(0, 0, 0.5, 100.0, colour=ColourImage(rgb))
    bad = [Frame(1, 0, 0.6, 100.1), Frame(2, 0, 0.7, 100.2, colour=ColourImage(rgb[..., :2]))]
    source = CheckedSource(ListedSource([good, *bad, make_frame(3)]))
    source.open()
    seen = [source.read() for _ in range(4)]
    assert [frame and frame.index for frame in seen] == [0, None, None, 3]
    assert seen[0].colour.rgb is rgb
    assert source.faults == FrameFaults(wrong_size=2, time_jumps=1)
    assert "colour" in source.complaint
