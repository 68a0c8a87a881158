"""The ICVL reader on a small set in the official layout."""

import numpy as np
import pytest

from app.cv import cv2
from app.data.icvl import open_icvl
from app.errors import DataError

SPLITS = {"train": 6, "test": 4}


@pytest.fixture
def made(copy_set):
    return copy_set("icvl")


@pytest.mark.parametrize("split", SPLITS)
def test_a_split_reads_back(tmp_path, made, split):
    read, written = open_icvl(tmp_path, split), made[split]
    assert len(read) == SPLITS[split]
    assert [read.path(i) for i in range(len(read))] == written.paths  # sequence 1, then 2
    np.testing.assert_allclose(read.labels_mm, written.labels_mm, atol=1e-3)
    for frame, depth in zip(read.frames(), written.depth_mm, strict=True):
        np.testing.assert_array_equal(frame.depth_raw, depth)  # 32001 is no reading


def test_its_hands_are_left_ones(tmp_path, made):
    assert open_icvl(tmp_path, "test").joints.hand == "left"


def swap(path, old, new):
    path.write_text(path.read_text().replace(old, new, 1))


WRONG = {
    "no labels": (lambda t: (t / "test_seq_2.txt").unlink(), "test_seq_2.txt"),
    "a number too few": (lambda t: swap(t / "test_seq_1.txt", " \n", "\n0 0\n"), "line 2"),
    "no number": (
        lambda t: swap(t / "test_seq_2.txt", ".png ", ".png x"),
        "test_seq_2.txt, line 1",
    ),
    "no text": (lambda t: (t / "test_seq_1.txt").write_bytes(b"\xff\xfe\x00"), "test_seq_1.txt"),
    "no picture": (lambda t: (t / "Depth/test_seq_1/image_0001.png").unlink(), "image_0001.png"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_set_is_refused_by_name(tmp_path, made, what):
    damage, told = WRONG[what]
    damage(tmp_path / "Testing")
    with pytest.raises(DataError, match=told) as caught:
        open_icvl(tmp_path, "test")
    assert str(tmp_path) in caught.value.message


def test_empty_labels_and_another_folder_are_refused(tmp_path, made):
    with pytest.raises(DataError, match="expected Training"):
        open_icvl(tmp_path / "Testing" / "Depth", "test")
    (tmp_path / "Training" / "labels.txt").write_text("\n")
    with pytest.raises(DataError, match=r"labels\.txt is empty"):
        open_icvl(tmp_path, "train")


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (np.zeros((240, 320), np.uint8), "8-bit"),
        (np.zeros((240, 320, 3), np.uint16), "3 channels"),
        (np.zeros((120, 160), np.uint16), "160x120"),
    ],
)
def test_a_bad_picture_is_named_and_refused_or_skipped(tmp_path, made, picture, told):
    path = made["test"].paths[2]
    cv2.imwrite(str(path), picture)
    with pytest.raises(DataError, match=told) as caught:
        list(open_icvl(tmp_path, "test").frames())
    assert str(path) in caught.value.message
    read = open_icvl(tmp_path, "test", bad="skip")
    assert [frame.index for frame in read.frames()] == [0, 1, 3]
