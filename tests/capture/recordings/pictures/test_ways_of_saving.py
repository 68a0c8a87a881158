"""One recording saved in the ways that people save depth.

What loses nothing gives the same depth, the same camera and the same times; what does not is one
sentence that names what was found and what to do.
"""

import json
import shutil

import numpy as np
import pytest

from app.capture.registry import open_source
from app.cv import cv2
from app.errors import CaptureError

N, HEIGHT, WIDTH = 3, 48, 64
K = (70.0, 71.0, 31.0, 23.5)
MATRIX = [[70.0, 0, 31.0], [0, 71.0, 23.5], [0, 0, 1]]


@pytest.fixture(scope="module")
def depth():
    """uint16 [N, H, W], mm, with holes and readings on both sides of 256."""
    rng = np.random.default_rng(4)
    raw = rng.integers(200, 1500, (N, HEIGHT, WIDTH)).astype(np.uint16)
    raw[rng.random(raw.shape) < 0.2] = 0
    return raw


def save_pictures(folder, depth, ending=".png", change=None, names=None):
    folder.mkdir(parents=True, exist_ok=True)
    for index, raw in enumerate(depth):
        picture = raw if change is None else change(raw)
        name = f"{index:04d}" if names is None else names[index]
        assert cv2.imwrite(str(folder / f"{name}{ending}"), picture)
    return folder


def about(folder, text=None, name="intrinsics.json"):
    told = dict(zip(("fx", "fy", "cx", "cy"), K, strict=True)) if text is None else text
    (folder / name).write_text(told if isinstance(told, str) else json.dumps(told))
    return folder


def save_npz(path, **arrays):
    np.savez(path, **({"intrinsics": np.array(K)} | arrays))
    return path


def save_npy_pictures(folder, depth):
    folder.mkdir()
    for index, raw in enumerate(depth):
        np.save(folder / f"{index}.npy", metres(raw))
    return folder


def metres(raw):
    return np.where(raw == 0, np.nan, raw / 1000).astype(np.float32)


def nyu(raw):
    """BGR, as OpenCV writes it: green has the high byte, blue the low one."""
    return np.dstack([raw & 255, raw >> 8, raw * 0]).astype(np.uint8)


def in_subfolders(folder, depth):
    save_pictures(folder / "rgb", depth, change=lambda raw: np.dstack([raw % 251] * 3).astype("u1"))
    save_pictures(folder / "depth", depth)
    return about(folder)


def beside_colour(folder, depth):
    save_pictures(folder, depth)
    noise = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    names = [f"{index:04d}_rgb" for index in range(N)]
    return about(save_pictures(folder, depth, change=lambda raw: noise, names=names))


def tum(folder, depth):
    names = [f"{1305031453 + index / 30:.6f}" for index in range(N)]
    return about(save_pictures(folder, depth * 5, names=names))


def stack_beside_its_camera(folder, depth):
    folder.mkdir()
    np.save(folder / "stack.npy", depth)
    about(folder)
    return folder / "stack.npy"


LOSSLESS = {
    "16-bit grey png": lambda p, d: about(save_pictures(p, d)),
    "packed as nyu": lambda p, d: about(save_pictures(p, d, change=nyu)),
    "packed, channels reversed": lambda p, d: about(
        save_pictures(p, d, change=lambda raw: nyu(raw)[..., ::-1].copy())
    ),
    "16-bit colour of equal channels": lambda p, d: about(
        save_pictures(p, d, change=lambda raw: np.dstack([raw] * 3))
    ),
    "tiff": lambda p, d: about(save_pictures(p, d, ".tiff")),
    "float tiff in metres": lambda p, d: about(save_pictures(p, d, ".tif", metres)),
    "pgm": lambda p, d: about(save_pictures(p, d, ".pgm")),
    "pfm": lambda p, d: about(save_pictures(p, d, ".pfm", lambda raw: raw.astype(np.float32))),
    "sub-folders": in_subfolders,
    "beside colour": beside_colour,
    "tum": tum,
    "npy a picture": lambda p, d: about(save_npy_pictures(p, d)),
    "npy stack": stack_beside_its_camera,
    "npz int32": lambda p, d: save_npz(p, depth_mm=d.astype(np.int32)),
    "npz int64": lambda p, d: save_npz(p, depth_mm=d.astype(np.int64)),
    "npz float mm": lambda p, d: save_npz(p, depth_mm=d.astype(np.float64)),
    "npz float metres with nan": lambda p, d: save_npz(p, depth=metres(d)),
    "npz half-steps in metres": lambda p, d: save_npz(p, depth_m=(d / 1000).astype(np.float64)),
    "npz big endian": lambda p, d: save_npz(p, depth_mm=d.astype(">u2")),
    "npz fortran": lambda p, d: save_npz(p, depth_mm=np.asfortranarray(d)),
    "npz one channel": lambda p, d: save_npz(p, depth=d[..., None]),
    "npz arr_0": lambda p, d: save_npz(p, arr_0=d),
    "npz any name": lambda p, d: save_npz(p, kinect=d),
    "npz matrix": lambda p, d: save_npz(p, depth=d, intrinsics=np.array(MATRIX)),
    "npz K": lambda p, d: save_npz(p, depth=d, intrinsics=np.zeros(0), K=np.array(MATRIX)),
    "npz scale": lambda p, d: save_npz(p, depth=d * 4, depth_scale=0.00025),
}


def read(path):
    with open_source(str(path)) as source:
        return source.open(), list(source.frames())


@pytest.mark.parametrize("way", LOSSLESS)
def test_what_loses_nothing_gives_the_same_depth(tmp_path, depth, way):
    path = tmp_path / "recording.npz" if way.startswith("npz") else tmp_path / "recording"
    if way == "npz K":
        np.savez(path, depth=depth, K=np.array(MATRIX))
    else:
        path = LOSSLESS[way](path, depth)
    info, frames = read(path)
    assert np.array_equal([frame.depth_mm for frame in frames], depth)
    k = info.intrinsics
    assert (k.fx, k.fy, k.cx, k.cy) == K
    assert (k.width, k.height) == (WIDTH, HEIGHT)
    assert np.diff([frame.t_s for frame in frames]) == pytest.approx([1 / 30] * 2, abs=1e-5)
    assert {frame.depth_unit_mm for frame in frames} == {info.depth_unit_mm}


def grey(raw):
    return (raw // 6).astype(np.uint8)


LOSSY = {
    "8-bit grey pictures": lambda p, d: save_pictures(p, d, change=grey),
    "8-bit grey pictures ": lambda p, d: save_pictures(
        p, d, change=lambda raw: np.dstack([grey(raw)] * 3)
    ),
    "8-bit colour": lambda p, d: save_pictures(
        p, d, change=lambda raw: cv2.applyColorMap(grey(raw), cv2.COLORMAP_JET)
    ),
    "JPEG": lambda p, d: save_pictures(p, d, ".jpg", grey),
    "16-bit colour": lambda p, d: save_pictures(
        p, d, change=lambda raw: np.dstack([raw, raw // 2, raw // 3])
    ),
    "OpenEXR": lambda p, d: write_lies(p, ".exr"),
    "its arrays are": lambda p, d: save_npz(p, joints=np.zeros((3, 21, 3))),
    "255 steps": lambda p, d: save_npz(p, depth_mm=grey(d)),
    "without pictures": lambda p, d: write_lies(p, ".txt"),
}


def write_lies(folder, ending):
    folder.mkdir()
    (folder / f"0{ending}").write_bytes(b"v/1\1 something")
    return folder


@pytest.mark.parametrize("words", LOSSY)
def test_what_loses_depth_says_what_was_found_and_what_to_do(tmp_path, depth, words):
    npz = words in ("its arrays are", "255 steps")
    path = LOSSY[words](tmp_path / ("a.npz" if npz else "a"), depth)
    with pytest.raises(CaptureError, match=words.strip()) as caught, open_source(str(path)):
        pass
    assert caught.value.exit_code == 3
    assert "save" in caught.value.hint
    assert "\n" not in str(caught.value)


CALIBRATION = """%YAML:1.0
image_width: 64
image_height: 48
camera_name: depth
camera_matrix:
  rows: 3
  cols: 3
  data: [70.0, 0, 31.0, 0, 71.0, 23.5, 0, 0, 1]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [0.0, 0.0, 0.0, 0.0, 0.0]
"""
OPENCV = """%YAML:1.0
---
camera_matrix: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 70., 0., 31., 0.,
       71., 23.5, 0., 0., 1. ]
"""
SPELLINGS = {
    "realsense": {"width": 64, "height": 48, "ppx": 31.0, "ppy": 23.5, "fx": 70, "fy": 71}
    | {"model": 4, "coeffs": [0, 0, 0, 0, 0]},
    "matrix": {"K": MATRIX},
    "open3d, by columns": {"width": 64, "height": 48}
    | {"intrinsic_matrix": [70.0, 0, 0, 0, 71.0, 0, 31.0, 23.5, 1]},
    "camera_info": {"K": [70.0, 0, 31.0, 0, 71.0, 23.5, 0, 0, 1], "D": [0.0] * 5, "R": []},
    "nested": {"depth": {"fx": 70.0, "fy": 71.0, "cx": 31.0, "cy": 23.5}},
    "four": {"intrinsics": list(K)},
    "calibration.yaml": CALIBRATION,
    "camera.yml": OPENCV,
    "K.txt": "70 0 31\n0 71 23.5\n0 0 1\n",
    "camera.txt": "fx: 70\nfy: 71\ncx: 31\ncy: 23.5\n",
    "camera_intrinsics.json": dict(zip(("fx", "fy", "cx", "cy"), K, strict=True)),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_intrinsics_as_people_write_them(tmp_path, depth, spelling):
    folder = save_pictures(tmp_path / "a", depth)
    name = spelling if "." in spelling else "intrinsics.json"
    about(folder, SPELLINGS[spelling], name)
    info, _ = read(folder)
    k = info.intrinsics
    assert (k.fx, k.fy, k.cx, k.cy) == K
    assert info.note == ""


def test_a_camera_of_another_size_is_scaled_and_said(tmp_path, depth):
    folder = save_pictures(tmp_path / "a", depth)
    about(folder, {"width": 128, "height": 96, "fx": 140, "fy": 142, "cx": 62.5, "cy": 47.5})
    info, _ = read(folder)
    k = info.intrinsics
    assert (k.width, k.height, k.fx, k.fy, k.cx, k.cy) == (64, 48, *K[:2], 31.0, 23.5)
    assert "128 x 96" in info.note


def test_what_is_not_known_or_assumed_is_said(tmp_path, depth):
    folder = save_pictures(tmp_path / "a", depth)
    about(folder, {"fokus": 3, "fx": 70, "fy": 71, "cx": 31, "cy": 23.5})
    assert "fokus not known" in read(folder)[0].note
    about(folder, {"brennweite": 70})
    note = read(folder)[0].note
    assert "brennweite not known" in note
    assert "48 px assumed" in note
    path = tmp_path / "a.npz"
    np.savez(path, depth_mm=depth)
    assert "48 px assumed" in read(path)[0].note


@pytest.mark.parametrize(
    ("told", "unit_mm"),
    [
        ({"depth_unit_mm": 0.125}, 0.125),
        ({"depth_scale": 0.001}, 1.0),
        ({"depth_scale": 1000.0}, 1.0),
        ({"depth_scale": 5000}, 0.2),
        ({"DepthMapFactor": 5000.0}, 0.2),
        ({"depth_units": 0.0001}, 0.1),
    ],
)
def test_units_as_people_write_them(tmp_path, depth, told, unit_mm):
    folder = about(save_pictures(tmp_path / "a", depth), told)
    info, frames = read(folder)
    assert info.depth_unit_mm == pytest.approx(unit_mm)
    assert np.array_equal([frame.depth_raw for frame in frames], depth)


@pytest.mark.parametrize(("factor", "unit"), [(1e3, "milli"), (1e6, "micro")])
def test_times_of_another_unit_are_recognised_and_said(tmp_path, depth, factor, unit):
    times = [factor * (5 + index / 30) for index in range(N)]
    folder = about(save_pictures(tmp_path / "a", depth), {"fx": 70, "t_s": times})
    npz = save_npz(tmp_path / "a.npz", depth_mm=depth, t_s=np.array(times))
    for path in (folder, npz):
        info, frames = read(path)
        assert [frame.t_s for frame in frames] == pytest.approx([5 + i / 30 for i in range(N)])
        assert info.duration_s == pytest.approx(2 / 30)
        assert unit in info.note


def test_names_that_are_moments_are_the_times(tmp_path, depth):
    names = [str(1_600_000_000_000_000_000 + index * 40_000_000) for index in range(N)]
    _, frames = read(save_pictures(tmp_path / "a", depth, names=names))
    assert frames[0].t_s == pytest.approx(1.6e9)
    assert np.diff([frame.t_s for frame in frames]) == pytest.approx([0.04] * 2, abs=1e-6)


def test_tum_names_of_whole_millimetres_stay_millimetres(tmp_path, depth):
    names = [f"{1305031453 + index / 30:.6f}" for index in range(N)]
    info, _ = read(save_pictures(tmp_path / "a", depth, names=names))
    assert info.depth_unit_mm == 1.0


def test_names_that_say_depth_leave_out_what_lies_beside(tmp_path, depth):
    folder = save_pictures(tmp_path / "a", depth, names=[f"depth_{i}" for i in range(N)])
    save_pictures(folder, depth // 2, names=[f"ir_{i}" for i in range(N)])
    save_pictures(folder, depth // 3, names=[f"synthdepth_{i}" for i in range(N)])
    _, frames = read(folder)
    assert np.array_equal([frame.depth_raw for frame in frames], depth)


def test_a_description_one_above_is_read_for_a_folder_called_depth(tmp_path, depth):
    about(tmp_path)
    save_pictures(tmp_path / "depth", depth)
    assert read(tmp_path / "depth")[0].intrinsics.fx == K[0]
    shutil.move(tmp_path / "depth", tmp_path / "other")
    assert "assumed" in read(tmp_path / "other")[0].note


def test_a_black_picture_of_packed_depth_is_one_without_readings(tmp_path, depth):
    holed = depth.copy()
    holed[0] = 0
    _, frames = read(save_pictures(tmp_path / "a", holed, change=nyu))
    assert np.array_equal([frame.depth_raw for frame in frames], holed)
