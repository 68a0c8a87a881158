"""Damaged recordings: never a foreign error, a hang or much memory; what is given is right.

The readers run in a process with a bounded address space. Whole chunks of a `.bag` of ours carry a
checksum, and so do a PNG, an `.npz` and a cluster of k4arecord's: a frame that comes out of one is
right. Uncompressed ones cannot know their pixels.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from app.capture.recorder.rosbag_writer import BagWriter, CameraDescription
from app.capture.recordings.rosbag import BagSource
from app.cv import cv2
from app.frames import DepthFrame, Intrinsics
from tests.capture.conftest import ROOT
from tests.capture.recordings.damage import read_until_it_ends_early
from tests.capture.recordings.db3_file import write_db3
from tests.capture.recordings.mkv_file import write_mkv
from tests.capture.recordings.ros.ros_files import (
    Messages,
    compressed_depth,
    depth_rows,
    write_ros1,
    write_ros2,
)

K = Intrinsics(160, 120, 120.0, 120.0, 79.5, 59.5)
N = 40
CHUNK = 100_000  # bytes: three pictures, as recorders of large pictures make them


@pytest.fixture(scope="module")
def depth():
    rng = np.random.default_rng(5)
    ramp = np.add.outer(np.arange(120), np.arange(160)) * 4 + 3000
    return np.stack([(ramp + 7 * i + rng.integers(0, 9, ramp.shape)) for i in range(N)]).astype(
        np.uint16
    )


def write(path, depth, compress):
    """Chunks of six frames, as a recorder makes them."""
    with BagWriter(path, CameraDescription(K, 0.125), compress) as bag:
        write_frames(bag, depth)
    return path


def write_frames(bag, depth):
    for i, raw in enumerate(depth):
        if i and i % 6 == 0:
            bag.flush()
        bag.write(DepthFrame(i, 0, 1 + i / 30, 0.0, raw, K, 0.125))


@pytest.fixture(scope="module")
def recordings(tmp_path_factory, depth):
    """One of each kind, by name: its path and its pictures."""
    folder = tmp_path_factory.mktemp("whole")
    camera = np.array([120, 120, 80, 60.0])
    np.savez_compressed(folder / "c.npz", depth_mm=depth, intrinsics=camera)
    large = np.pad(depth[:8], ((0, 0), (0, 288 - 120), (0, 320 - 160)), "edge")
    write(folder / "packed.bag", depth, True)
    write(folder / "plain.bag", depth, False)
    for form in ("png", "plain", "zstd"):
        write_db3(folder / f"{form}.db3", depth[:12], form)
    write_mkv(folder / "k4a.mkv", large)
    write_pictures(folder / "pictures", depth[:12])
    write_pictures(folder / "tiffs", depth[:12], ".tiff")
    np.save(folder / "stack.npy", depth[:12])
    write_by_ros(folder, depth[:12])
    pictures = {"k4a.mkv": large, "packed.bag": depth, "plain.bag": depth, "c.npz": depth}
    return {path: pictures.get(path.name, depth[:12]) for path in sorted(folder.iterdir())}


def write_by_ros(folder, depth):
    """In every container of ROS, one file each and a folder; PNG and RVL within one of them."""
    for packing in ("bz2", "lz4"):
        write_ros1(folder / f"{packing}.bag", depth_rows(Messages(1), depth), packing, CHUNK)
    messages = Messages(1)

    def pack(raw, at):
        how = "rvl" if at % 2 else "png"
        return messages.packed(compressed_depth(raw, how), "16UC1; compressedDepth", at)

    write_ros1(folder / "transport.bag", depth_rows(messages, depth, message=pack), "bz2", CHUNK)
    for storage, packing in (("mcap", "none"), ("mcap", "storage"), ("sqlite3", "none")):
        ending = ".mcap" if storage == "mcap" else ".db3"
        made = write_ros2(folder / f"{storage}_{packing}", depth, storage, packing)
        shutil.move(made, folder / f"ros_{packing}{ending}")
        shutil.rmtree(made.parent)
    write_ros2(folder / "rosbag2", depth)


def write_pictures(folder, depth, ending=".png"):
    folder.mkdir()
    for index, raw in enumerate(depth):
        cv2.imwrite(str(folder / f"{index}{ending}"), raw)
    times = [index / 30 for index in range(len(depth))]
    about = {"fx": 120, "fy": 120, "cx": 80, "cy": 60, "t_s": times}
    (folder / "intrinsics.json").write_text(json.dumps(about))


def digests(depth):
    return [hashlib.sha256(raw.tobytes()).hexdigest()[:16] for raw in depth]


def check(recordings, folder, first, count):
    """Read `count` damaged copies of each recording; returns how often each outcome came."""
    reader = "tests.capture.recordings.read_damaged"
    script = [sys.executable, "-m", reader, str(first), str(count), folder]
    done = subprocess.run(
        [*script, *recordings], cwd=ROOT, capture_output=True, text=True, timeout=120 + count * 8
    )
    assert (done.returncode, done.stderr) == (0, "")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == count * len(recordings)
    right = {path.name: digests(depth) for path, depth in recordings.items()}
    for result in results:
        check_one(result, right[result["file"]])
    assert {result["outcome"] for result in results} <= {"whole", "3", "5"}
    return {
        path.name: Counter(r["outcome"] for r in results if r["file"] == path.name)
        for path in recordings
    }


UNCERTAIN = ("plain.bag", "plain.db3", "zstd.db3")  # no checksum guards their pixels
UNCERTAIN += ("lz4.bag", "ros_none.mcap", "ros_storage.mcap", "ros_none.db3", "rosbag2")
UNCERTAIN += ("stack.npy", "tiffs")


def check_one(result, right):
    assert result["outcome"] in ("whole", "3", "5"), result
    assert "\n" not in result["message"]
    assert result["worked_s"] < 5, result
    assert result["peak_mb"] < 1024, result
    if result["outcome"] == "3":
        assert result["frames"] == [], result
    if result["outcome"] == "5":
        assert result["told"] == len(result["frames"]), result
    if result["file"] not in UNCERTAIN:
        assert set(result["frames"]) <= set(right), result
        if result["outcome"] == "whole":
            assert result["frames"] == right, result
    if result["outcome"] == "whole":
        assert len(result["frames"]) == len(right), result


def test_damaged_recordings(recordings, tmp_path):
    outcomes = check(recordings, tmp_path, 0, 20)
    for name in ("packed.bag", "png.db3", "k4a.mkv", "pictures"):
        assert outcomes[name]["5"] >= 5, name  # most of these are read
    assert all(outcome["3"] >= 3 for outcome in outcomes.values())


@pytest.mark.full
def test_many_damaged_recordings(recordings, tmp_path):
    check(recordings, tmp_path, 1000, 200)


@pytest.mark.parametrize("compress", [True, False])
def test_a_cut_recording_gives_every_frame_before_the_cut(tmp_path, depth, compress):
    data = write(tmp_path / "whole.bag", depth, compress).read_bytes()
    counts = []
    for share in (0.2, 0.4, 0.6, 0.8, 0.99):
        path = tmp_path / "cut.bag"
        path.write_bytes(data[: int(share * len(data))])
        with BagSource(path) as source:
            frames, error = read_until_it_ends_early(source)
        assert np.array_equal([f.depth_raw for f in frames], depth[: len(frames)])
        assert error.frames_read == len(frames)
        assert error.exit_code == 5
        counts.append(len(frames))
    least = [share * N - 6 for share in (0.2, 0.4, 0.6, 0.8)]  # at most a chunk is lost
    assert all(count >= floor for count, floor in zip(counts, least, strict=False))
    assert counts == sorted(counts)


def test_a_cut_index_loses_nothing_but_is_told(tmp_path, depth):
    path = write(tmp_path / "whole.bag", depth, True)
    path.write_bytes(path.read_bytes()[:-50])
    with BagSource(path) as source:
        frames, error = read_until_it_ends_early(source)
    assert np.array_equal([f.depth_raw for f in frames], depth)
    assert (error.frames_read, error.frames_expected) == (N, N)


def test_one_damaged_chunk_loses_only_its_own_frames(tmp_path, depth):
    path = write(tmp_path / "whole.bag", depth, True)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    with BagSource(path) as source:
        frames, error = read_until_it_ends_early(source)
        assert all(np.array_equal(f.depth_raw, depth[f.index]) for f in frames)
        assert N - 8 <= len(frames) < N
        assert (error.frames_read, error.frames_expected) == (len(frames), N)
        assert frames[-1].index == N - 1
        source.seek(N // 2)  # and one can still go about in it
        assert source.read().index >= N // 2


def test_damage_beside_the_description_of_the_camera_loses_only_that_chunk(
    tmp_path, depth, monkeypatch
):
    """librealsense describes the camera in the first chunk of pictures.

    Its own numbers are checked, so it is used.
    """
    path = tmp_path / "whole.bag"
    monkeypatch.setattr("app.capture.recorder.bag_output.CHUNK_S", 1e9)
    with monkeypatch.context() as patch:
        patch.setattr(BagWriter, "flush", lambda _: None)
        bag = BagWriter(path, CameraDescription(K, 0.125), compress=True)
    with bag:
        write_frames(bag, depth)
    data = bytearray(path.read_bytes())
    data[data.find(b"compression=") + 60_000] ^= 1
    path.write_bytes(data)
    with BagSource(path) as source:
        frames, error = read_until_it_ends_early(source)
    assert 0 < frames[0].index < 8
    assert [f.index for f in frames] == list(range(frames[0].index, N))
    assert error.frames_read == len(frames)


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("with_end", [True, False])
def test_behind_a_damaged_structure_the_next_chunk_is_found(tmp_path, depth, compress, with_end):
    path = write(tmp_path / "whole.bag", depth, compress)
    data = path.read_bytes() if with_end else path.read_bytes()[:-3000]
    starts = [at for at in range(len(data)) if data.startswith(b"compression=", at)]
    middle = starts[len(starts) // 2] - 16  # the length of that chunk's header
    path.write_bytes(data[:middle] + b"\xff" * 8 + data[middle + 8 :])
    with BagSource(path) as source:
        frames, error = read_until_it_ends_early(source)
        ours = [f.depth_raw for f in frames]
    lost = [raw for raw in depth if not any(np.array_equal(raw, one) for one in ours)]
    assert 0 < len(lost) <= 8
    assert np.array_equal(ours[-1], depth[-1])
    assert len(frames) + len(lost) == N
    assert (error.frames_expected or N) == N


FIRST_INDEX_RECORD = 4 + 47 + 4 + 15 * 12  # of metadata; the images' own record follows


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("extra", [0, 30, FIRST_INDEX_RECORD, FIRST_INDEX_RECORD + 60])
def test_a_cut_in_the_index_of_the_last_chunk_loses_nothing(tmp_path, depth, compress, extra):
    path = write(tmp_path / "whole.bag", depth, compress)
    data = path.read_bytes()
    header_at = data.rfind(b"compression=") - 16
    data_at = header_at + 8 + int.from_bytes(data[header_at : header_at + 4], "little")
    size = int.from_bytes(data[data_at - 4 : data_at], "little")
    path.write_bytes(data[: data_at + size + extra])
    with BagSource(path) as source:
        frames, error = read_until_it_ends_early(source)
    assert np.array_equal([f.depth_raw for f in frames], depth)
    assert error.frames_expected is None


@pytest.mark.parametrize("compress", [True, False])
def test_a_recorder_that_died_leaves_a_readable_file(tmp_path, depth, compress):
    path = tmp_path / "died.bag"
    bag = BagWriter(path, CameraDescription(K, 0.125), compress)
    write_frames(bag, depth)
    bag.abort()
    with BagSource(path) as source:
        frames, error = read_until_it_ends_early(source)
    assert len(frames) >= N - 8
    assert np.array_equal([f.depth_raw for f in frames], depth[: len(frames)])
    assert error.frames_expected is None


def test_a_chunk_whose_recorder_died_in_it_is_read_as_far_as_it_goes(tmp_path, depth):
    """librealsense writes a chunk's sizes last: they are zero where it was killed."""
    data = bytearray(write(tmp_path / "whole.bag", depth, False).read_bytes())
    at = data.rfind(b"compression=none")
    size_at = data.find(b"size=", at) + 5
    assert size_at - at < 60
    cut_at = size_at + 8 + int.from_bytes(data[size_at : size_at + 4], "little") * 2 // 3
    data[size_at : size_at + 8] = bytes(8)
    path = tmp_path / "killed.bag"
    path.write_bytes(data[:cut_at])
    with BagSource(path) as source:
        frames, _ = read_until_it_ends_early(source)
    whole_chunks = N // 6 * 6 - 6
    assert len(frames) > whole_chunks
    assert np.array_equal([f.depth_raw for f in frames], depth[: len(frames)])
