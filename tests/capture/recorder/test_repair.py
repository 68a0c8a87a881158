"""--repair: what it recovers plays and is all that can be read; what is hopeless is left alone."""

import struct

import numpy as np
import pytest
from rosbags.rosbag1 import Reader, Writer

import main
from app.capture.recorder import bag_output
from app.capture.recorder.recorded_joints import joints_beside
from app.capture.recorder.repair import repair
from app.capture.recorder.rosbag_writer import BagWriter, CameraDescription
from app.capture.recordings.rosbag import BagSource
from app.errors import AppError, CaptureError, EndedEarly, NotARecording, OutputError
from app.frames import DepthFrame, Intrinsics
from tests.capture.recordings.damage import damage

CAMERA = Intrinsics(32, 24, 30.0, 30.0, 15.5, 11.5)
COUNT = 40


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 65536, (COUNT, 24, 32), np.uint16)


@pytest.fixture(scope="module")
def killed(tmp_path_factory, pictures) -> bytes:
    """A recording of 40 frames, two in each chunk, that has no index."""
    path = tmp_path_factory.mktemp("killed") / "a.bag"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bag_output, "CHUNK_SIZE", 3000)
        patch.setattr(bag_output, "CHUNK_S", 1e9)
        bag = BagWriter(path, CameraDescription(CAMERA, 1.0))
        for index, raw in enumerate(pictures):
            bag.write(DepthFrame(index, 0, 3 + index / 30, 0.0, raw, CAMERA))
        bag.flush()
        bag.abort()
    return path.read_bytes()


def chunks_at(data: bytes) -> list[int]:
    """Where the records of chunks begin."""
    found, at = [], data.find(b"compression=")
    while at >= 0:
        found.append(at - 16)
        at = data.find(b"compression=", at + 1)
    return found


def readable(path) -> list:
    """Every frame that the reader gets out of a file, damaged or not."""
    frames = []
    with BagSource(path) as source:
        try:
            frames.extend(source.frames())
        except EndedEarly:
            return frames
    return frames


def check_whole(path, pictures) -> int:
    """It plays to its end, in an independent reader too; returns the number of frames."""
    with BagSource(path) as source:
        ours = list(source.frames())  # raises where it ends early
    for frame in ours:
        assert np.array_equal(frame.depth_raw, pictures[round((frame.t_s - 3) * 30)])
    with Reader(path) as reader:
        images = [c for c in reader.connections if c.topic.endswith("Depth_0/image/data")]
        assert len(list(reader.messages(images))) == len(ours)
    assert not repair(path).changed
    return len(ours)


def test_a_recording_without_an_index_is_made_whole(tmp_path, killed, pictures, replay):
    path = tmp_path / "a.bag"
    path.write_bytes(killed)
    result = repair(path)
    assert (result.path, result.frames, result.changed) == (path, COUNT, True)
    assert check_whole(path, pictures) == COUNT
    assert np.array_equal(replay(path)["depth"], pictures)


def test_wherever_it_is_cut_what_is_before_stays(tmp_path, killed, pictures):
    path, starts = tmp_path / "a.bag", chunks_at(killed)[1:]
    rng = np.random.default_rng(2)
    edges = [starts[3], starts[3] + 1, starts[4] - 1, starts[4] - 20, len(killed) - 1]
    for cut in [*edges, *rng.integers(starts[1] + 5000, len(killed), 12)]:
        path.write_bytes(killed[:cut])
        before = len(readable(path))
        result = repair(path)
        assert result.path == path
        assert result.frames >= before
        whole = sum(at <= cut for at in starts) - 1  # chunks that are certainly there
        assert check_whole(path, pictures) == result.frames >= 2 * whole


@pytest.mark.parametrize(
    "seed", [*range(14), *(pytest.param(k, marks=pytest.mark.full) for k in range(14, 200))]
)
def test_damage_anywhere_costs_what_it_hit_and_no_more(tmp_path, killed, pictures, seed):
    path = tmp_path / "a.bag"
    kind, data = damage(killed, seed)
    path.write_bytes(data)
    try:
        before = len(readable(path))
        result = repair(path)
    except AppError:
        assert path.read_bytes() == data, kind  # left alone
        return
    assert before <= len(readable(result.path)) <= result.frames
    if result.path != path:
        assert path.read_bytes() == data


def test_damage_in_the_middle_goes_to_a_new_file_and_the_old_one_stays(tmp_path, killed, pictures):
    path, starts = tmp_path / "a.bag", chunks_at(killed)
    data = bytearray(killed)
    data[starts[5] + 900] ^= 0x10
    path.write_bytes(data)
    result = repair(path)
    assert result.path == tmp_path / "a-repaired.bag"
    assert "stays as it is" in str(result)
    assert path.read_bytes() == data
    assert check_whole(result.path, pictures) == COUNT - 2
    with pytest.raises(OutputError, match="exists already"):
        repair(path)


def test_a_recording_that_another_program_left_unfinished(tmp_path, killed, pictures, sample):
    """ROS's recorder writes a chunk's size last: one that dies leaves zeros, and whole messages."""
    whole, path = tmp_path / "whole.bag", tmp_path / "a.bag"
    with BagWriter(whole, CameraDescription(CAMERA, 1.0), compress=False) as bag:
        for index, raw in enumerate(pictures):
            bag.write(DepthFrame(index, 0, 3 + index / 30, 0.0, raw, CAMERA))
    data = bytearray(whole.read_bytes())
    last = chunks_at(data)[-1]
    size_at = data.find(b"size=", last) + 5
    data[size_at : size_at + 8] = bytes(8)  # both sizes
    path.write_bytes(data[: last + 9000])
    before = len(readable(path))
    result = repair(path)
    assert result.frames == before > 3
    assert check_whole(path, pictures) == before


@pytest.mark.parametrize("form", list(Writer.CompressionFormat))
def test_what_other_writers_pack_is_kept_as_it_is(tmp_path, sample, form):
    path = tmp_path / "a.bag"
    writer = Writer(path)
    writer.set_compression(form)
    with Reader(sample) as reader, writer:
        made = {
            c.id: writer.add_connection(c.topic, c.msgtype, msgdef=c.msgdef.data, md5sum=c.digest)
            for c in reader.connections
        }
        for connection, time_ns, raw in reader.messages():
            writer.write(made[connection.id], time_ns, raw)
    assert not repair(path).changed
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.7)])
    before = len(readable(path))
    assert repair(path).frames >= before > 5
    assert len(readable(path)) >= before
    assert not repair(path).changed


def test_what_is_hopeless_is_left_alone(tmp_path, killed):
    path = tmp_path / "a.bag"
    empty = killed[: chunks_at(killed)[1]]  # the camera, but no frame
    for data in (b"", b"text" * 50, killed[:3000], killed[:5000], empty, b"#ROSBAG V2.0\n"):
        path.write_bytes(data)
        with pytest.raises(CaptureError):
            repair(path)
        assert path.read_bytes() == data
    for bad in (tmp_path, tmp_path / "none.bag"):
        with pytest.raises(CaptureError):
            repair(bad)
    np.savez(tmp_path / "a.npz", depth_mm=np.zeros((1, 4, 4), np.uint16))
    with pytest.raises(NotARecording, match=r"no \.bag"):
        repair(tmp_path / "a.npz")


def test_a_full_disk_leaves_it_as_readable_as_before(tmp_path, killed, monkeypatch):
    path = tmp_path / "a.bag"
    path.write_bytes(killed[:-200])
    before = len(readable(path))

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.capture.recorder.repair.write_all", refuse)
    monkeypatch.setattr(bag_output, "write_all", refuse)
    with pytest.raises(OutputError, match="no space left"):
        repair(path)
    monkeypatch.undo()
    assert len(readable(path)) >= before - 2
    assert repair(path).frames >= before - 2


def test_the_joints_beside_it_are_cut_where_the_recording_is(tmp_path, killed):
    path = tmp_path / "a.bag"
    path.write_bytes(killed[: chunks_at(killed)[6]])
    rows = "# source: x\nindex,t_s,hand\n" + "".join(f"{i},{i / 30},right\n" for i in range(30))
    joints_beside(path).write_text(rows + "30,1.0,ri")
    frames = repair(path).frames
    kept = joints_beside(path).read_text()
    assert kept.endswith(f"\n{frames - 1},{(frames - 1) / 30},right\n")
    assert kept.startswith("# source: x\nindex,t_s,hand\n0,")


def test_the_command_says_it_in_one_line(tmp_path, killed, capsys):
    path = tmp_path / "a.bag"
    path.write_bytes(killed)
    assert main.main(["--repair", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: repaired, 40 frames, 1.30 s\n"
    assert main.main(["--repair", str(path)]) == 0
    assert "is whole" in capsys.readouterr().out
    assert main.main(["--repair", str(tmp_path / "none.bag")]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_a_claim_of_gigabytes_costs_no_memory(tmp_path, killed):
    path, at = tmp_path / "a.bag", chunks_at(killed)[3]
    data = bytearray(killed)
    size_at = data.find(b"size=", at) + 5
    data[size_at : size_at + 8] = struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0)
    path.write_bytes(data)
    result = repair(path)
    assert result.frames >= COUNT - 2


def test_what_is_being_recorded_is_left_alone(tmp_path, pictures, capsys):
    path = tmp_path / "a.bag"
    bag = BagWriter(path, CameraDescription(CAMERA, 1.0))
    for index in range(10):
        bag.write(DepthFrame(index, 0, index / 30, 0.0, pictures[index], CAMERA))
    bag.flush()
    before = path.read_bytes()
    assert main.main(["--repair", str(path)]) == 3
    assert "is being recorded" in capsys.readouterr().err
    assert path.read_bytes() == before
    bag.abort()  # as a kill would
    assert repair(path).frames == 10
