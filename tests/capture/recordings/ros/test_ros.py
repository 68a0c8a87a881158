"""Recordings by ROS: every pixel, time and number equals what was written, in every form."""

import numpy as np
import pytest

from app.capture.base import BadSource
from app.capture.registry import open_source
from app.errors import NoDepthStream
from tests.capture.recordings.ros.ros_files import (
    K,
    Messages,
    compressed_depth,
    depth_rows,
    time_ns,
    write_ros1,
    write_ros2,
    write_rows2,
)

N = 4
PACKINGS_1 = ("none", "bz2", "lz4")


@pytest.fixture(scope="module")
def depth():
    """uint16 [N, 12, 16], mm: a slope with noise, and holes in it."""
    rng = np.random.default_rng(9)
    slope = np.add.outer(np.arange(12) * 9, np.arange(16) * 5) + 400
    raw = (slope + rng.integers(0, 300, (N, 12, 16))).astype(np.uint16)
    raw[rng.random(raw.shape) < 0.2] = 0
    return raw


def read(path, **options):
    """(what the source says, its frames)."""
    with open_source(str(path), **options) as source:
        return source.open(), list(source.frames())


def depth_mm(frames):
    return np.array([frame.depth_mm for frame in frames])


def check(path, depth):
    info, frames = read(path)
    assert np.array_equal(depth_mm(frames), depth)
    stamps = [(frame.t_s - time_ns(i) * 1e-9) for i, frame in enumerate(frames)]
    assert np.abs(stamps).max() < 1e-6
    k = info.intrinsics
    assert (k.fx, k.fy, k.cx, k.cy) == (K[0] + 1, K[1] + 1, *K[2:])  # rectified pictures: P
    assert info.n_frames == N
    assert info.fps == pytest.approx(30, abs=0.01)
    assert info.note == ""
    return frames


@pytest.mark.parametrize("packing", PACKINGS_1)
def test_ros1_bags_are_read(tmp_path, depth, packing):
    check(write_ros1(tmp_path / "a.bag", depth_rows(Messages(1), depth), packing), depth)


@pytest.mark.parametrize("storage", ["sqlite3", "mcap"])
@pytest.mark.parametrize("packing", ["none", "message", "storage"])
def test_ros2_folders_and_their_files_are_read(tmp_path, depth, storage, packing):
    if (storage, packing) == ("sqlite3", "storage"):
        packing = "none"  # SQLite packs nothing by itself
    file = write_ros2(tmp_path / "a", depth, storage, packing)
    check(file, depth)
    check(file.parent, depth)
    (file.parent / "metadata.yaml").write_bytes(b"\xff: [not yaml")
    check(file.parent, depth)


FORMS = {
    "whole, high byte first": lambda m, raw, at: m.image(raw.astype(">u2"), "16UC1", at),
    "mono16": lambda m, raw, at: m.image(raw, "mono16", at),
    "float": lambda m, raw, at: m.image(metres(raw), "32FC1", at),
    "double": lambda m, raw, at: m.image(metres(raw).astype("f8"), "64FC1", at),
    "png": lambda m, raw, at: m.packed(compressed_depth(raw), "16UC1; compressedDepth", at),
    "png named": lambda m, raw, at: m.packed(
        compressed_depth(raw), "16UC1; compressedDepth png", at
    ),
    "rvl": lambda m, raw, at: m.packed(
        compressed_depth(raw, "rvl"), "16UC1; compressedDepth rvl", at
    ),
    "plain png": lambda m, raw, at: m.packed(
        compressed_depth(raw)[12:], "16UC1; png compressed ", at
    ),
}


def metres(raw):
    return np.where(raw == 0, np.nan, raw / 1000).astype(np.float32)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ros", [1, 2])
def test_every_form_of_depth_is_read(tmp_path, depth, form, ros):
    messages = Messages(ros)
    topic = "/camera/depth/image_rect"
    if "png" in form or form == "rvl":
        topic += "/compressed" if form == "plain png" else "/compressedDepth"

    def write(raw, at):
        return FORMS[form](messages, raw, at)

    rows = depth_rows(messages, depth, "/camera/depth/image_rect", write)
    rows = [(topic if t.endswith("image_rect") else t, at, m) for t, at, m in rows]
    path = tmp_path / "a"
    check(write_ros1(path, rows) if ros == 1 else write_rows2(path, rows), depth)


def test_quantised_metres_of_a_packed_float_picture(tmp_path, depth):
    """The transport keeps a / z + b, rounded; 0 is no reading."""
    messages, (a, b) = Messages(1), (3000.0, 1.5)
    inverse = np.where(depth == 0, 0, np.rint(a / np.maximum(depth / 1000, 1e-3) + b))
    right = np.where(inverse > 0, 1000 * a / (inverse - b), 0)

    def write(raw, at):
        data = compressed_depth(raw.astype(np.uint16), "png", a, b)
        return messages.packed(data, "32FC1; compressedDepth png", at)

    rows = depth_rows(messages, inverse, "/camera/depth/image_rect_raw", write)
    _, frames = read(write_ros1(tmp_path / "a.bag", rows))
    assert np.abs(depth_mm(frames) - right).max() < 0.07  # half a step of the finest unit


def test_metres_finer_than_a_millimetre_keep_their_steps(tmp_path, depth):
    """An SR305's steps are an eighth of a millimetre."""
    messages = Messages(1)
    fine = depth / 8.0

    def write(raw, at):
        return messages.image(metres(raw), "32FC1", at)

    _, frames = read(write_ros1(tmp_path / "a.bag", depth_rows(messages, fine, message=write)))
    assert np.array_equal(depth_mm(frames), fine)


def test_millimetres_in_a_float_picture_are_said(tmp_path, depth):
    messages = Messages(1)

    def write(raw, at):
        return messages.image(raw.astype(np.float32), "32FC1", at)

    info, frames = read(write_ros1(tmp_path / "a.bag", depth_rows(messages, depth, message=write)))
    assert np.array_equal(depth_mm(frames), depth)
    assert "millimetres, not metres" in info.note


@pytest.mark.parametrize("ros", [1, 2])
def test_several_streams_one_is_played_and_either_can_be_chosen(tmp_path, depth, ros):
    messages = Messages(ros)
    more, fewer = "/right/depth/image_rect_raw", "/left/depth/image_rect_raw"
    thin = np.where(np.arange(16) % 2, depth, 0).astype(np.uint16)
    rows = depth_rows(messages, depth, more) + depth_rows(messages, thin, fewer)
    path = tmp_path / "two#1"
    path = write_ros1(path, rows) if ros == 1 else write_rows2(path, rows)
    info, frames = read(path)
    assert np.array_equal(depth_mm(frames), depth)
    assert f"plays #2 {more}" in info.note
    assert f"#1 {fewer}" in info.note
    for wanted, right in (("1", thin), ("2", depth), (fewer, thin), (more, depth)):
        _, frames = read(f"{path}#{wanted}")
        assert np.array_equal(depth_mm(frames), right)
    for wanted in ("0", "3", "/nowhere"):
        with (
            pytest.raises(BadSource, match="no depth stream") as caught,
            open_source(f"{path}#{wanted}"),
        ):
            pass
        assert more in str(caught.value)


def test_a_bare_wall_is_played_last(tmp_path, depth):
    messages = Messages(1)
    wall = np.full_like(depth, 900)
    rows = depth_rows(messages, depth, "/a/depth/image_rect_raw")
    rows += depth_rows(messages, wall, "/b/depth/image_rect_raw")
    _, frames = read(write_ros1(tmp_path / "a.bag", rows))
    assert np.array_equal(depth_mm(frames), depth)


@pytest.mark.parametrize("ros", [1, 2])
def test_a_recording_without_depth_says_what_was_recorded(tmp_path, depth, ros):
    messages = Messages(ros)
    grey = depth.astype(np.uint8)
    rows = [("/camera/color/image_raw", 5, messages.image(np.dstack([grey[0]] * 3), "rgb8", 5))]
    rows += [("/camera/infra1/image_rect_raw", 5, messages.image(depth[0], "mono16", 5))]
    path = write_ros1(tmp_path / "a", rows) if ros == 1 else write_rows2(tmp_path / "a", rows)
    with pytest.raises(NoDepthStream) as caught, open_source(str(path)):
        pass
    assert "recorded by ROS" in str(caught.value)
    assert "/camera/color/image_raw (sensor_msgs/Image)" in str(caught.value)
    assert "/camera/infra1/image_rect_raw" in str(caught.value)


def test_a_camera_described_at_another_size_is_scaled_and_said(tmp_path, depth):
    rows = depth_rows(Messages(1), depth, size=(24, 32))
    info, _ = read(write_ros1(tmp_path / "a.bag", rows))
    k = info.intrinsics
    assert (k.fx, k.fy) == ((K[0] + 1) / 2, (K[1] + 1) / 2)
    assert k.cx == (K[2] + 0.5) / 2 - 0.5
    assert "32 x 24" in info.note


def test_without_a_camera_a_focal_length_is_assumed_and_said(tmp_path, depth):
    rows = [row for row in depth_rows(Messages(1), depth) if "info" not in row[0]]
    info, frames = read(write_ros1(tmp_path / "a.bag", rows))
    assert len(frames) == N
    assert "no focal length given" in info.note


@pytest.mark.parametrize("ros", [1, 2])
def test_colour_is_kept_with_its_camera_and_its_place(tmp_path, depth, ros):
    messages = Messages(ros)
    rgb = np.random.default_rng(2).integers(0, 255, (N, 24, 32, 3), np.uint8)
    rows = depth_rows(messages, depth)
    for index, picture in enumerate(rgb):
        at, frame = time_ns(index) + 2_000_000, "colour_optical"
        rows.append(("/camera/color/image_raw", at, messages.image(picture, "rgb8", at, frame)))
        info = messages.camera((24, 32), at, frame, (200.0, 201.0, 16.5, 12.5))
        rows.append(("/camera/color/camera_info", at, info))
    half = np.sqrt(0.5)
    links = [
        ("link", "depth_optical", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0)),
        ("link", "colour_optical", (0.015, 0.0, 0.0), (0.0, 0.0, half, half)),
    ]
    rows.append(("/tf_static", time_ns(0), messages.tree(links)))
    path = write_ros1(tmp_path / "a", rows) if ros == 1 else write_rows2(tmp_path / "a", rows)
    _, frames = read(path, colour=True)
    assert np.array_equal([frame.colour.rgb for frame in frames], rgb)
    camera = frames[0].colour.intrinsics
    assert (camera.width, camera.fx, camera.cx) == (32, 200.0, 16.5)
    pose = frames[0].colour.colour_from_depth
    # A point 15 mm to the right of the depth camera is the colour camera's own place
    assert pose @ (15.0, 0.0, 0.0, 1.0) == pytest.approx((0, 0, 0, 1), abs=1e-9)
    assert pose @ (25.0, 0.0, 0.0, 1.0) == pytest.approx((0, -10, 0, 1), abs=1e-9)
    _, without = read(path)
    assert without[0].colour is None


def test_frames_come_by_the_cameras_stamps_not_by_when_they_were_written(tmp_path, depth):
    """A recorder that was paused before the first picture stamps its first messages wrongly."""
    rows = depth_rows(Messages(1), depth)
    late = [(topic, at + (2 * 10**10 if i < 4 else 0), m) for i, (topic, at, m) in enumerate(rows)]
    check(write_ros1(tmp_path / "a.bag", late), depth)
