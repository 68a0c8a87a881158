"""`.npz` files and folders of PNG: what goes in comes out, what is wrong is said in one line."""

import io
import json
import zipfile

import numpy as np
import pytest

from app.capture.recordings.images import PngSource
from app.capture.recordings.npz import NpzSource
from app.cv import cv2
from app.errors import NotARecording
from tests.capture.recordings.damage import read_until_it_ends_early

DEPTH = np.random.default_rng(0).integers(0, 65536, (7, 12, 16), np.uint16)
K = np.array([20.0, 21.0, 7.5, 5.5])


def write_npz(path, compressed=True, **arrays):
    (np.savez_compressed if compressed else np.savez)(path, **arrays)
    return path


def read_all(source):
    with source:
        return list(source.frames())


@pytest.mark.parametrize("compressed", [True, False])
def test_npz_in_millimetres(tmp_path, compressed):
    path = write_npz(tmp_path / "a.npz", compressed, depth_mm=DEPTH, intrinsics=K)
    frames = read_all(NpzSource(path))
    assert np.array_equal([f.depth_raw for f in frames], DEPTH)
    assert [f.index for f in frames] == list(range(7))
    assert {f.depth_unit_mm for f in frames} == {1.0}
    assert np.diff([f.t_s for f in frames]) == pytest.approx([1 / 30] * 6)
    k = frames[0].intrinsics
    assert (k.width, k.height, k.fx, k.fy, k.cx, k.cy) == (16, 12, *K)


def test_npz_with_a_unit_times_and_a_camera_for_each_frame(tmp_path):
    cameras = np.stack([K + i for i in range(7)])
    path = write_npz(
        tmp_path / "a.npz",
        depth_raw=DEPTH.astype(">u2"),
        depth_unit_mm=0.125,
        intrinsics=cameras,
        t_s=np.array([3.0, 3.1, np.nan, 3.3, 3.4, 3.5, np.inf]),
        joints_mm=np.zeros((7, 21, 3)),
    )
    with NpzSource(path) as source:
        info = source.open()
        frames = list(source.frames())
    assert np.array_equal([f.depth_raw for f in frames], DEPTH)
    assert frames[0].depth_raw.dtype == np.uint16
    assert frames[0].depth_mm.max() == DEPTH[0].max() * 0.125
    assert [f.intrinsics.fx for f in frames] == list(cameras[:, 0])
    assert [f.t_s for f in frames] == pytest.approx([3.0, 3.1, 3.2, 3.3, 3.4, 3.5, 3.5])
    assert info.fps == pytest.approx(10.0)
    assert info.start_s == 3.0


@pytest.mark.parametrize("memory_bytes", [0, 1 << 20])
def test_npz_random_access_in_memory_and_from_the_file(tmp_path, monkeypatch, memory_bytes):
    monkeypatch.setattr("app.capture.recordings.npz.MEMORY_BYTES", memory_bytes)
    path = write_npz(tmp_path / "a.npz", depth_mm=DEPTH, intrinsics=K)
    with NpzSource(path) as source:
        for index in (5, 0, 6, 6, 2, 3, 1):
            source.seek(index)
            assert np.array_equal(source.read().depth_raw, DEPTH[index])
        assert source.index_at(3 / 30) == 3


BAD_NPZ = {
    "its arrays are intrinsics float64": {"depth_mm": None},
    "complex": {"depth_mm": DEPTH.astype(np.complex64)},
    r"uint16 \[12\]": {"depth_mm": DEPTH[0, :, 0]},
    r"uint16 \[0, 12, 16\]": {"depth_mm": DEPTH[:0]},
    "not finite": {"intrinsics": K * np.nan},
    "focal lengths": {"intrinsics": -K},
    r"not \[4\]": {"intrinsics": np.zeros((3, 3))},
    r"t_s is not": {"t_s": np.zeros(3)},
    "not a small array": {"intrinsics": np.array(["a", "b", "c", "d"])},
    "cannot be read": {"intrinsics": np.array([{}, 1, 2, 3], object)},
}


def test_an_array_in_fortran_order_too_large_for_the_memory_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("app.capture.recordings.npz.MEMORY_BYTES", 0)
    path = write_npz(tmp_path / "a.npz", depth_mm=np.asfortranarray(DEPTH), intrinsics=K)
    with pytest.raises(NotARecording, match="C order") as caught:
        NpzSource(path).open()
    assert "ascontiguousarray" in caught.value.hint


@pytest.mark.parametrize("words", BAD_NPZ)
def test_npz_that_is_not_one_of_ours(tmp_path, words):
    arrays = {"depth_mm": DEPTH, "intrinsics": K} | BAD_NPZ[words]
    arrays = {key: value for key, value in arrays.items() if value is not None}
    path = write_npz(tmp_path / "bad.npz", **arrays)
    with pytest.raises(NotARecording, match=words.strip()):
        NpzSource(path).open()


def test_a_header_that_claims_ten_gigabytes_is_refused(tmp_path):
    header = io.BytesIO()
    claim = {"descr": "<u2", "fortran_order": False, "shape": (10**4, 700, 700)}
    np.lib.format.write_array_header_1_0(header, claim)
    for key, match in (("depth_mm", "claims"), ("intrinsics", "small array")):
        path = write_npz(tmp_path / f"{key}.npz", depth_mm=DEPTH, intrinsics=K)
        arrays = {"depth_mm": DEPTH, "intrinsics": K}
        with zipfile.ZipFile(path, "w") as archive:
            for name, array in arrays.items():
                data = io.BytesIO()
                np.save(data, array)
                body = header.getvalue() if name == key else data.getvalue()
                archive.writestr(f"{name}.npy", body)
        with pytest.raises(NotARecording, match=match):
            NpzSource(path).open()


@pytest.fixture(params=[True, False], ids=["compressed", "plain"])
def damaged_npz(tmp_path, request):
    depth = np.random.default_rng(0).integers(0, 65536, (9, 50, 60), np.uint16)
    path = write_npz(tmp_path / "a.npz", request.param, depth_mm=depth, intrinsics=K)
    data = bytearray(path.read_bytes())
    data[int(0.6 * len(data))] ^= 255
    path.write_bytes(data)
    return path


def test_an_npz_whose_checksum_is_wrong_is_refused_as_a_whole(damaged_npz):
    with pytest.raises(NotARecording, match="damaged"):
        NpzSource(damaged_npz).open()


def test_a_damaged_npz_too_large_for_the_memory_ends_early(damaged_npz, monkeypatch):
    monkeypatch.setattr("app.capture.recordings.npz.MEMORY_BYTES", 0)
    with NpzSource(damaged_npz) as source:
        for _ in range(2):  # going back gives the same once more
            source.seek(0)
            seen, error = read_until_it_ends_early(source)
            assert (error.frames_read, error.frames_expected) == (len(seen), 9)
            assert 3 <= len(seen) < 9


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "pictures"
    path.mkdir()
    for index, picture in enumerate(DEPTH):
        cv2.imwrite(str(path / f"frame_{index + 5}.png"), picture)  # 5 .. 11: order of numbers
    return path


def test_a_folder_in_the_order_of_its_numbers(folder):
    with PngSource(folder) as source:
        info = source.open()
        frames = list(source.frames())
    assert np.array_equal([f.depth_raw for f in frames], DEPTH)
    assert info.intrinsics.fx == 12.0
    assert "assumed" in info.note
    assert info.depth_unit_mm == 1.0


def test_a_folder_with_its_camera(folder):
    about = {"fx": 20, "fy": 21, "cx": 7.5, "cy": 5.5, "depth_unit_mm": 0.125, "fps": 15}
    about["distortion"] = [0.1, 0, 0, 0, 0]
    (folder / "intrinsics.json").write_text(json.dumps(about))
    with PngSource(folder) as source:
        info = source.open()
        frames = list(source.frames())
    k = info.intrinsics
    assert (k.fx, k.fy, k.cx, k.cy, k.distortion) == (*K, (0.1, 0, 0, 0, 0))
    assert (info.fps, info.depth_unit_mm, info.note) == (15.0, 0.125, "")
    assert np.diff([f.t_s for f in frames]) == pytest.approx([1 / 15] * 6)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[1, 2]",
        '{"fx": "wide"}',
        '{"fx": NaN, "fy": 3}',
        '{"fx": -3, "fy": 3}',
        '{"fps": 0}',
        '{"depth_unit_mm": 1e9}',
        '{"t_s": [1, 2]}',
        '{"distortion": [1]}',
        "[" * 100_000,
    ],
)
def test_a_folder_with_a_wrong_camera_is_refused(folder, text):
    (folder / "intrinsics.json").write_text(text)
    with pytest.raises(NotARecording):
        PngSource(folder).open()


def test_other_pictures_are_passed_over(folder):
    cv2.imwrite(str(folder / "colour.png"), np.zeros((12, 16, 3), np.uint8))
    cv2.imwrite(str(folder / "grey.png"), np.zeros((12, 16), np.uint8))
    (folder / "notes.txt").write_text("hello")
    (folder / "folder.png").mkdir()
    assert len(read_all(PngSource(folder))) == 7


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text", "other size"])
def test_a_damaged_picture_is_passed_over_and_reported(folder, damage, capfd):
    path = folder / "frame_8.png"
    data = bytearray(path.read_bytes())
    if damage == "other size":
        cv2.imwrite(str(path), np.zeros((5, 5), np.uint16))
    else:
        middle = len(data) // 2
        flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        broken = {"cut": data[:-20], "flipped": flipped, "empty": b"", "text": b"not a picture"}
        path.write_bytes(broken[damage])
    with PngSource(folder) as source:
        seen, error = read_until_it_ends_early(source)
    assert (error.frames_read, error.frames_expected) == (6, 7)
    assert capfd.readouterr().err == ""  # the decoder, which chatters, never sees it
    kept = [i for i in range(7) if i != 3]
    assert [f.index for f in seen] == kept
    assert np.array_equal([f.depth_raw for f in seen], DEPTH[kept])


def test_a_folder_of_nothing_but_damage_is_refused(folder):
    for file in folder.iterdir():
        file.write_bytes(b"damaged")
    with pytest.raises(NotARecording, match="not one"):
        PngSource(folder).open()
