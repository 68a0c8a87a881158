"""MCAP files: damage costs the chunk that it hits, and what the summary says is used."""

import numpy as np
import pytest

from app.capture.registry import open_source
from tests.capture.recordings.damage import read_until_it_ends_early
from tests.capture.recordings.ros.ros_files import write_ros2

N = 60


@pytest.fixture(scope="module")
def depth():
    """uint16 [N, 96, 160]: more than one chunk of a mebibyte."""
    return np.random.default_rng(6).integers(300, 2000, (N, 96, 160), np.uint16)


@pytest.fixture(scope="module", params=["none", "storage"])
def whole(request, tmp_path_factory, depth):
    file = write_ros2(tmp_path_factory.mktemp("mcap") / "a", depth, "mcap", request.param)
    with open_source(str(file)) as source:
        assert np.array_equal([frame.depth_raw for frame in source.frames()], depth)
    return file.read_bytes()


def chunk_starts(data):
    """Where the chunks of a file begin, by its records."""
    at, found = 8, []
    while data[at] not in (0x02, 0x0F):
        if data[at] == 0x06:
            found.append(at)
        at += 9 + int.from_bytes(data[at + 1 : at + 9], "little")
    return found


def read_damaged(tmp_path, data):
    path = tmp_path / "damaged.mcap"
    path.write_bytes(data)
    with open_source(str(path)) as source:
        return read_until_it_ends_early(source)


def places(frames, depth):
    """Which of the pictures written each frame is."""
    return [next(i for i in range(N) if np.array_equal(f.depth_raw, depth[i])) for f in frames]


def test_a_cut_file_gives_every_picture_of_its_whole_chunks(tmp_path, whole, depth):
    starts = chunk_starts(whole)
    assert len(starts) > 1
    frames, error = read_damaged(tmp_path, whole[: starts[-1] + 1000])
    assert places(frames, depth) == list(range(len(frames)))
    assert 0 < len(frames) < N
    assert error.frames_read == len(frames)
    assert error.frames_expected is None
    assert "end of the file is missing" in str(error) or "damaged" in str(error)


@pytest.mark.parametrize("with_summary", [True, False])
def test_behind_a_damaged_chunk_the_next_one_is_found(tmp_path, whole, depth, with_summary):
    starts = chunk_starts(whole)
    named = b"zstd" in whole[starts[0] : starts[0] + 60]  # else only the summary knows
    data = whole if with_summary or not named else whole[:-40]
    broken = data[: starts[0] + 1] + b"\xff" * 8 + data[starts[0] + 9 :]
    frames, error = read_damaged(tmp_path, broken)
    kept = places(frames, depth)
    assert kept == list(range(N - len(kept), N))
    assert 0 < len(kept) < N
    assert error.frames_expected == N


def test_a_lost_summary_loses_no_picture(tmp_path, whole, depth):
    path = tmp_path / "a.mcap"
    path.write_bytes(whole[:-30])
    with open_source(str(path)) as source:
        frames = list(source.frames())
    assert np.array_equal([frame.depth_raw for frame in frames], depth)
