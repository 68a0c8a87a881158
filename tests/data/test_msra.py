"""The MSRA reader on a small set in the official layout."""

import numpy as np
import pytest

from app.data.msra import open_msra, read_depth
from app.errors import DataError
from tests.data.small_sets import write_bin


@pytest.fixture
def made(copy_set):
    return copy_set("msra")


@pytest.mark.parametrize(("split", "count"), [("train", 6 + 7 * 2), ("test", 4)])
def test_a_split_reads_back(tmp_path, made, split, count):
    read, written = open_msra(tmp_path, split, subject=0), made[split]
    assert len(read) == count
    assert [read.path(i) for i in range(len(read))] == written.paths
    np.testing.assert_allclose(read.labels_mm, written.labels_mm, atol=1e-3)
    for frame, depth in zip(read.frames(), written.depth_mm, strict=True):
        np.testing.assert_array_equal(frame.depth_raw, depth)
        assert frame.depth_unit_mm == 1.0


def test_one_subject_is_left_out(tmp_path, made):
    train, test = (open_msra(tmp_path, split, subject=3) for split in ("train", "test"))
    assert {name.split("/")[0] for name in test.files} == {"P3"}
    assert {name.split("/")[0] for name in train.files} == {f"P{k}" for k in range(9)} - {"P3"}
    assert len(open_msra(tmp_path, "test")) == len(train) + len(test)  # all nine
    assert len(open_msra(tmp_path, "train")) == 20  # none named: subject 0 is left out
    with pytest.raises(DataError, match="0 to 8"):
        open_msra(tmp_path, "test", subject=9)


def test_depths_between_whole_millimetres_are_kept(tmp_path):
    path = tmp_path / "x.bin"
    depth = np.zeros((240, 320))
    depth[50:60, 70:90] = 300 + np.arange(200).reshape(10, 20) / 16
    write_bin(path, depth)
    raw, unit = read_depth(path)
    np.testing.assert_array_equal(raw * unit, depth)


def labels(change):
    def damage(folder):
        path = folder / "joint.txt"
        path.write_text(change(path.read_text()))

    return damage


WRONG = {
    "no labels": (lambda f: (f / "joint.txt").unlink(), "joint.txt"),
    "count too high": (labels(lambda t: t.replace("2\n", "3\n", 1)), "says 3 frames and labels 2"),
    "more pictures": (
        labels(lambda t: "1\n" + t.splitlines()[1] + "\n"),
        "labels 1 frames, but there are 2",
    ),
    "a number too few": (labels(lambda t: t.rstrip().rsplit(" ", 1)[0]), "line 3: 62 numbers"),
    "no number": (labels(lambda t: t.replace(".", "x", 1)), "no count and lines"),
    "empty": (labels(lambda t: ""), "no count and lines"),
    "no picture": (lambda f: (f / "000001_depth.bin").unlink(), "000001_depth.bin"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_set_is_refused_by_name(tmp_path, made, what):
    damage, told = WRONG[what]
    folder = tmp_path / "P0" / "1"
    damage(folder)
    with pytest.raises(DataError, match=told) as caught:
        open_msra(tmp_path, "test", subject=0)
    assert str(folder) in caught.value.message


def test_another_folder_is_refused(tmp_path, made):
    with pytest.raises(DataError, match="expected P0"):
        open_msra(tmp_path / "P0", "test")
    with pytest.raises(DataError, match="no gesture"):
        open_msra(tmp_path, "test", subject=renamed(tmp_path))


def renamed(root) -> int:
    """A subject without one gesture."""
    for folder in (root / "P5").iterdir():
        folder.rename(folder.with_name("gone_" + folder.name))
    return 5


def set_header(place, value):
    def damage(path):
        data = bytearray(path.read_bytes())
        data[4 * place : 4 * place + 4] = np.int32(value).tobytes()
        path.write_bytes(data)

    return damage


BAD = {
    "cut off": (lambda p: p.write_bytes(p.read_bytes()[:-5]), "cut off"),
    "header cut off": (lambda p: p.write_bytes(b"12345"), "cut off"),
    "too long": (lambda p: p.write_bytes(p.read_bytes() + b"1234"), "damaged"),
    "box outside": (set_header(4, 400), "damaged"),
    "not a number": (set_header(6, -1), "damaged"),  # the first depth: NaN
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_named_and_refused_or_skipped(tmp_path, made, what):
    damage, told = BAD[what]
    path = made["test"].paths[1]
    damage(path)
    with pytest.raises(DataError, match=told) as caught:
        list(open_msra(tmp_path, "test", subject=0).frames())
    assert str(path) in caught.value.message
    assert "--bad-frames skip" in caught.value.hint
    read = open_msra(tmp_path, "test", bad="skip", subject=0)
    assert [frame.index for frame in read.frames()] == [0, 2, 3]
    assert str(path) in read.skipped[0]


def test_a_label_behind_the_camera_is_no_hand(tmp_path, made):
    path = tmp_path / "P0" / "1" / "joint.txt"
    lines = path.read_text().splitlines()
    lines[1] = " ".join(["0"] * 63)
    path.write_text("\n".join(lines))
    with pytest.raises(DataError, match="000000_depth"):
        open_msra(tmp_path, "test", subject=0)
    assert len(open_msra(tmp_path, "test", bad="skip", subject=0)) == 3
