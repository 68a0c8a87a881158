"""Damaged recordings: never a foreign error, a hang or much memory; what is given is right.

The readers run in a process with a bounded address space. Whole chunks of a `.bag` of ours carry a
checksum, so a frame that comes out of one is right; the uncompressed one cannot know its pixels.
"""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest

from app.capture.rosbag import BagSource
from app.capture.rosbag_writer import BagWriter, CameraDescription
from app.frames import DepthFrame, Intrinsics
from tests.capture.conftest import ROOT
from tests.capture.damage import read_until_it_ends_early

K = Intrinsics(160, 120, 120.0, 120.0, 79.5, 59.5)
N = 40


@pytest.fixture(scope="module")
def depth():
    rng = np.random.default_rng(5)
    ramp = np.add.outer(np.arange(120), np.arange(160)) * 4 + 3000
    return np.stack([(ramp + 7 * i + rng.integers(0, 9, ramp.shape)) for i in range(N)]).astype(
        np.uint16
    )


def write(path, depth, compress):
    """Chunks of five frames or so, as a recorder makes them."""
    with BagWriter(path, CameraDescription(K, 0.125), compress) as bag:
        bag._writer.chunk_threshold = 200_000
        for i, raw in enumerate(depth):
            bag.write(DepthFrame(i, 0, 1 + i / 30, 0.0, raw, K, 0.125))
    return path


@pytest.fixture(scope="module")
def recordings(tmp_path_factory, depth):
    folder = tmp_path_factory.mktemp("whole")
    np.savez_compressed(folder / "c.npz", depth_mm=depth, intrinsics=np.array([120, 120, 80, 60.0]))
    packed = write(folder / "packed.bag", depth, True)
    plain = write(folder / "plain.bag", depth, False)
    return {path.name: path for path in (packed, plain, folder / "c.npz")}


def check(recordings, depth, folder, first, count):
    """Read `count` damaged copies of each recording; returns how often each outcome came."""
    right = {hashlib.sha256(raw.tobytes()).hexdigest()[:16] for raw in depth}
    script = [sys.executable, "-m", "tests.capture.read_damaged", str(first), str(count), folder]
    done = subprocess.run(
        [*script, *recordings.values()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60 + count * 3,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == count * len(recordings)
    outcomes = {}
    for result in results:
        outcomes[result["outcome"]] = outcomes.get(result["outcome"], 0) + 1
        assert result["outcome"] in ("whole", "3", "5"), result
        assert "\n" not in result["message"]
        assert result["seconds"] < 5, result
        if result["outcome"] == "5":
            assert result["told"] == len(result["frames"]), result
        if result["file"] != "plain.bag":
            assert set(result["frames"]) <= right, result
        if result["outcome"] == "whole" and result["kind"].startswith(("cut", "remove")):
            raise AssertionError(f"a missing piece went unnoticed: {result}")
    return outcomes


def test_damaged_recordings(recordings, depth, tmp_path):
    outcomes = check(recordings, depth, tmp_path, 0, 35)
    assert outcomes["5"] > 20  # most of a damaged .bag is read
    assert outcomes["3"] > 20


@pytest.mark.full
def test_many_damaged_recordings(recordings, depth, tmp_path):
    check(recordings, depth, tmp_path, 1000, 700)


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


def test_damage_beside_the_description_of_the_camera_loses_only_that_chunk(tmp_path, depth):
    """The camera is described in the first chunk: its own numbers are checked, so it is used."""
    path = write(tmp_path / "whole.bag", depth, True)
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
    bag._writer.chunk_threshold = 200_000
    for i, raw in enumerate(depth):
        bag.write(DepthFrame(i, 0, 1 + i / 30, 0.0, raw, K, 0.125))
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
