"""The NYU reader on a small set in the official layout."""

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from app.cv import cv2
from app.data.benchmarks import NYU_JOINTS
from app.data.nyu import open_nyu
from app.errors import DataError

SPLITS = {"train": 6, "test": 4}


@pytest.fixture
def made(copy_set):
    return copy_set("nyu")


@pytest.mark.parametrize("split", SPLITS)
def test_a_split_reads_back(tmp_path, made, split):
    read, written = open_nyu(tmp_path, split), made[split]
    assert len(read) == SPLITS[split]
    np.testing.assert_allclose(read.labels_mm, written.labels_mm, atol=1e-3)
    for frame, depth in zip(read.frames(), written.depth_mm, strict=True):
        np.testing.assert_array_equal(frame.depth_raw, depth)
        assert (frame.depth_unit_mm, frame.intrinsics.fx) == (1.0, 588.03)
    assert read.skipped == []


def test_joints_lie_where_the_picture_shows_them(tmp_path, made):
    read = open_nyu(tmp_path, "test")
    for i in range(len(read)):
        k, tip = read.camera, read.labels_mm[i, 6]  # index tip: y down, at its own pixel
        u, v = tip[0] / tip[2] * k.fx + k.cx, tip[1] / tip[2] * k.fy + k.cy
        assert abs(float(read.frame(i).depth_mm[round(v), round(u)]) - (tip[2] - 9)) < 12


def test_the_folder_dataset_is_found_from_both_sides(tmp_path, made):
    assert len(open_nyu(tmp_path / "dataset", "test")) == 4


def test_another_view_has_its_own_labels(tmp_path, made):
    for path in made["test"].paths:
        path.rename(path.with_name(path.name.replace("depth_1", "depth_2")))
    read = open_nyu(tmp_path, "test", view=2)
    np.testing.assert_allclose(read.labels_mm, 2 * made["test"].labels_mm, atol=1e-2)


def test_pictures_are_read_when_they_are_asked_for(tmp_path, made):
    read = open_nyu(tmp_path, "train")
    made["train"].paths[5].write_bytes(b"")
    assert read.frame(0).depth_raw.any()
    with pytest.raises(DataError, match="depth_1_0000006"):
        read.frame(5)


def damage_mat(folder, **changes):
    path = folder / "joint_data.mat"
    values = {k: v for k, v in loadmat(path).items() if not k.startswith("__")}
    savemat(path, {k: v for k, v in (values | changes).items() if v is not None})


def mismatch(test):
    xyz = loadmat(test / "joint_data.mat")["joint_xyz"]
    damage_mat(test, joint_xyz=xyz[:, :3])


def too_few(test):
    both = {k: loadmat(test / "joint_data.mat")[k][:, :3] for k in ("joint_xyz", "joint_uvd")}
    damage_mat(test, **both)


def fourteen(test):
    both = {k: np.zeros((3, 4, 14, 3)) for k in ("joint_xyz", "joint_uvd")}
    damage_mat(test, **both)


def cut(path, size=40):
    path.write_bytes(path.read_bytes()[:-size])


WRONG = {
    "no labels": (lambda t: (t / "joint_data.mat").unlink(), "joint_data.mat"),
    "cut labels": (lambda t: cut(t / "joint_data.mat", 8000), "joint_data.mat"),
    "no MATLAB file": (lambda t: (t / "joint_data.mat").write_text("x" * 500), "joint_data.mat"),
    "counts differ": (mismatch, r"joint_data.mat: joint_xyz is \[3, 3, 36, 3\]"),
    "more pictures than labels": (too_few, "labels 3 frames, but there are 4"),
    "fourteen joints": (fourteen, r"not \[3, frames, 36, 3\]"),
    "no uvd": (lambda t: damage_mat(t, joint_uvd=None), "no joint_uvd"),
    "no picture": (lambda t: (t / "depth_1_0000003.png").unlink(), "depth_1_0000003.png"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_set_is_refused_by_name(tmp_path, made, what):
    damage, told = WRONG[what]
    damage(tmp_path / "dataset" / "test")
    with pytest.raises(DataError, match=told) as caught:
        open_nyu(tmp_path, "test")
    assert str(tmp_path) in caught.value.message


def test_another_folder_is_no_set(tmp_path):
    for root in (tmp_path, tmp_path / "gone"):
        with pytest.raises(DataError, match=str(root)):
            open_nyu(root, "test")


BAD_PICTURES = {
    "cut off": cut,
    "grey": lambda p: cv2.imwrite(str(p), np.zeros((480, 640), np.uint8)),
    "16-bit": lambda p: cv2.imwrite(str(p), np.zeros((480, 640), np.uint16)),
    "small": lambda p: cv2.imwrite(str(p), np.zeros((240, 320, 3), np.uint8)),
    "no picture": lambda p: p.write_bytes(b"depth"),
}


@pytest.mark.parametrize("what", BAD_PICTURES)
def test_a_bad_picture_is_named_and_refused_or_skipped(tmp_path, made, what):
    BAD_PICTURES[what](made["test"].paths[1])
    with pytest.raises(DataError, match=r"depth_1_0000002\.png"):
        list(open_nyu(tmp_path, "test").frames())
    read = open_nyu(tmp_path, "test", bad="skip")
    assert [frame.index for frame in read.frames()] == [0, 2, 3]
    assert len(read.skipped) == 1
    assert "depth_1_0000002.png" in read.skipped[0]


def test_a_missing_picture_is_left_out_with_its_label(tmp_path, made):
    made["test"].paths[1].unlink()
    read = open_nyu(tmp_path, "test", bad="skip")
    np.testing.assert_allclose(read.labels_mm, made["test"].labels_mm[[0, 2, 3]], atol=1e-3)
    assert "depth_1_0000002.png" in read.skipped[0]


def test_the_scored_joints_are_fourteen():
    assert len(NYU_JOINTS) == 14
