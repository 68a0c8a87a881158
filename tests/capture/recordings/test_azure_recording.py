"""Recordings of an Azure Kinect: pixels, times, camera, and damage.

Every pixel and time is the file's own, the camera is that of the device's library, and damage costs
a cluster.
"""

import subprocess

import numpy as np
import pytest

from app.capture.base import Damaged, EndOfStream
from app.capture.recordings.azure_calibration import MODES, depth_camera
from app.capture.recordings.azure_recording import AzureRecording
from app.capture.recordings.ebml import elements, is_sound, parse_head
from app.capture.registry import open_source
from app.errors import NoDepthStream, NotARecording
from app.geometry import unproject
from tests.capture.conftest import LIMIT_S, ROOT, SCRIPTS
from tests.capture.recordings.damage import read_until_it_ends_early
from tests.capture.recordings.mkv_file import (
    LENS,
    START_NS,
    calibration,
    checked,
    element,
    write_mkv,
)

RNG = np.random.default_rng(0)
DEPTH = RNG.integers(0, 65536, (9, 288, 320), np.uint16)
COLOUR = RNG.integers(0, 256, (9, 6, 8, 4), np.uint8)
REAL = ROOT / "tests" / "data" / "azure_kinect.mkv"


def read_all(path, colour=False):
    with AzureRecording(path, colour) as source:
        return source.open(), list(source.frames())


@pytest.mark.parametrize("per_cluster", [1, 4])
def test_what_is_in_the_file_comes_out(tmp_path, per_cluster):
    path = write_mkv(tmp_path / "a.mkv", DEPTH, colour=COLOUR, per_cluster=per_cluster)
    info, frames = read_all(path, colour=True)
    assert np.array_equal([f.depth_raw for f in frames], DEPTH)
    assert np.array_equal([f.colour.rgb for f in frames], COLOUR[..., 2::-1])
    assert all(f.depth_raw.dtype == np.uint16 for f in frames)
    assert all(not f.depth_raw.flags.writeable for f in frames)
    assert frames[0].t_s == info.start_s == pytest.approx(START_NS * 1e-9)
    assert np.diff([f.t_s for f in frames[::per_cluster]]) == pytest.approx(
        per_cluster * 0.033333, abs=1e-6
    )
    assert (info.fps, info.n_frames, info.serial) == (30.0, 9, "0012")
    assert info.depth_unit_mm == 1.0
    assert all(f.colour is None for f in read_all(path)[1])


def test_random_access_by_frame_and_by_time(tmp_path):
    with AzureRecording(write_mkv(tmp_path / "a.mkv", DEPTH)) as source:
        for index in (5, 0, 8, 8, 3):
            source.seek(index)
            assert np.array_equal(source.read().depth_raw, DEPTH[index])
            assert source.index_at(index * 0.033333 - 1e-4) == index
        source.seek(8)
        source.read()
        with pytest.raises(EndOfStream):
            source.read()


@pytest.mark.parametrize("length", [0, (1 << 56) - 1])
def test_a_segment_whose_length_was_never_written_is_read(tmp_path, length):
    """0: what k4arecord writes first; all ones: what Matroska says for it."""
    path = write_mkv(tmp_path / "a.mkv", DEPTH, length=length)
    assert np.array_equal([f.depth_raw for f in read_all(path)[1]], DEPTH)


@pytest.mark.parametrize("checksums", [True, False])
def test_a_cut_file_loses_only_the_cluster_that_was_cut(tmp_path, checksums):
    data = write_mkv(tmp_path / "a.mkv", DEPTH, checksums=checksums).read_bytes()
    cut = tmp_path / "cut.mkv"
    for share in (0.3, 0.6, 0.9):
        cut.write_bytes(data[: int(share * len(data))])
        with AzureRecording(cut) as source:
            frames, error = read_until_it_ends_early(source)
        assert np.array_equal([f.depth_raw for f in frames], DEPTH[: len(frames)])
        assert error.frames_read == len(frames) >= int(share * 9) - 1
        assert error.frames_expected is None
        assert error.exit_code == 5


def test_damage_costs_its_cluster_and_no_more(tmp_path):
    path = write_mkv(tmp_path / "a.mkv", DEPTH)
    whole = path.read_bytes()
    for part in (0.3, 0.5, 0.7):
        data = bytearray(whole)
        data[int(part * len(data))] ^= 4
        path.write_bytes(data)
        with AzureRecording(path) as source:
            frames, error = read_until_it_ends_early(source)
        assert len(frames) == error.frames_read == 8
        assert all(np.array_equal(f.depth_raw, DEPTH[f.index]) for f in frames)


def test_behind_damage_to_the_structure_the_next_cluster_is_found(tmp_path):
    path = write_mkv(tmp_path / "a.mkv", DEPTH)
    data = path.read_bytes()
    starts = [at for at in range(len(data)) if data.startswith(b"\x1f\x43\xb6\x75", at)]
    middle = starts[len(starts) // 2]
    path.write_bytes(data[:middle] + b"\xff" * 40 + data[middle + 40 :])
    with AzureRecording(path) as source:
        frames, _ = read_until_it_ends_early(source)
    assert np.array_equal([f.depth_raw for f in frames], np.delete(DEPTH, len(starts) // 2, 0))


BAD = {
    "no depth of an Azure Kinect": {"depth_code": b"MJPG"},
    "cannot be read": {"lens": b"{}"},
    "cannot be read ": {"lens": b"[" * 100_000},
    "numbers for the lens": {"lens": calibration((1.0, 2.0))},
    "focal lengths": {"lens": calibration((0.5, 0.5, 0.0, *LENS[3:]))},
    "not believable": {"lens": calibration((*LENS[:4], 1e9, *LENS[5:]))},
}


@pytest.mark.parametrize("words", BAD)
def test_what_is_no_such_recording_is_refused(tmp_path, words):
    path = write_mkv(tmp_path / "a.mkv", DEPTH[:1], **BAD[words])
    with pytest.raises((NotARecording, NoDepthStream), match=words.strip()):
        open_source(str(path)).open()


def test_claims_of_gigabytes_are_refused(tmp_path):
    data = bytearray(write_mkv(tmp_path / "a.mkv", DEPTH[:2]).read_bytes())
    for kind in (b"\x16\x54\xae\x6b", b"\x19\x41\xa4\x69", b"\x1f\x43\xb6\x75"):
        broken = data.copy()
        at = data.find(kind) + 4
        broken[at : at + 8] = (10 << 30 | 1 << 56).to_bytes(8, "big")
        path = tmp_path / "claims.mkv"
        path.write_bytes(broken)
        source = open_source(str(path))
        try:
            source.open()
        except (NotARecording, NoDepthStream):
            continue
        assert len(read_until_it_ends_early(source)[0]) < 2


def test_elements():
    inner = element(0xD7, b"\7") + element(0x536E, b"DEPTH")
    assert [(e.kind, bytes(e.content)) for e in elements(memoryview(inner))] == [
        (0xD7, b"\7"),
        (0x536E, b"DEPTH"),
    ]
    assert parse_head(b"\xa3\x85hello") == (0xA3, 5, 2)
    assert parse_head(b"\x1f\x43\xb6\x75\xff") == (0x1F43B675, None, 5)
    for bad in (b"", b"\0\0\0", b"\x1f\x43", b"\xa3", b"\xa3\0"):
        with pytest.raises(Damaged):
            parse_head(bad)
    sound = memoryview(checked(0xA3, b"content"))[9:]
    assert is_sound(sound)
    assert not is_sound(memoryview(bytes(sound[:-1]) + b"T"))


def calibration_of(path):
    with AzureRecording(path) as source:
        return source._file.about.files["calibration.json"]


def test_the_real_recording_is_what_the_library_of_the_device_says():
    """Digest, time and matrix were read with pyk4a 1.5.0; `full` reads them anew."""
    info, frames = read_all(REAL, colour=True)
    k = info.intrinsics
    assert (k.width, k.height) == (640, 576)
    assert (k.fx, k.fy) == pytest.approx((504.6076355, 504.73251343), abs=1e-4)
    assert (k.cx, k.cy) == pytest.approx((332.78106689, 348.82971191), abs=1e-4)
    assert [round(f.t_s * 1e6) for f in frames] == [800222]
    assert frames[0].colour.rgb.shape == (720, 1280, 3)
    seen = frames[0].depth_raw
    assert (int(seen.sum()), int(seen[288, 320])) == (380924829, 1939)
    assert (info.serial, info.fps, info.note) == ("001514394512", 5.0, "")


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_sees_the_same_world(mode):
    """The modes are cuts of one sensor: the lens bends alike in all of them."""
    camera, _ = depth_camera(calibration_of(REAL), mode)
    narrow, _ = depth_camera(calibration_of(REAL), "NFOV_UNBINNED")
    scale = camera.fx / narrow.fx
    assert scale == pytest.approx(MODES[mode].sensor / 1024)
    rays = np.array([[0.0, 0.0], [150.0, -100.0], [-120.0, 140.0]])  # px of the narrow picture
    centres = np.array([[camera.cx, camera.cy], [narrow.cx, narrow.cy]])
    here = unproject(rays * scale + centres[0], np.full(3, 1000.0), camera)
    there = unproject(rays + centres[1], np.full(3, 1000.0), narrow)
    assert here == pytest.approx(there, abs=3.0)


def test_a_mode_that_is_not_known_is_refused():
    with pytest.raises(NotARecording, match="depth mode"):
        depth_camera(calibration(), "PASSIVE_IR")


@pytest.mark.full
def test_every_pixel_equals_that_of_the_library_of_the_device(tmp_path, azure_python):
    """On the real recording and on ones that libk4arecord itself makes."""
    script = SCRIPTS / "replay_with_k4a.py"
    command = [azure_python, script, tmp_path, REAL]
    subprocess.run(command, check=True, timeout=2 * LIMIT_S, capture_output=True)
    found = sorted(tmp_path.glob("*.npz"))
    assert len(found) == 3
    for path in found:
        with np.load(path) as theirs:
            recording = tmp_path / f"{path.stem}.mkv"
            info, frames = read_all(recording if recording.exists() else REAL, colour=True)
            assert np.array_equal([f.depth_raw for f in frames], theirs["depth"])
            assert [round(f.t_s * 1e6) for f in frames] == list(theirs["t_us"])
            k = info.intrinsics
            assert (k.fx, k.fy, k.cx, k.cy) == pytest.approx(tuple(theirs["k"]), abs=1e-3)
            pixels, points = theirs["pixels"], theirs["points_mm"]
            ours = unproject(pixels, points[:, 2], k)
            assert np.linalg.norm(ours - points, axis=1).max() < 2.5  # at one metre
            if "colour" in theirs:
                assert np.array_equal([f.colour.rgb for f in frames], theirs["colour"])
