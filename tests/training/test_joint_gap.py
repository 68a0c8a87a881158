"""Labelled hands as ours, and what a map leaves over, in the palm's frame."""

import numpy as np
import pytest

from app.data.benchmarks import BENCHMARKS, project_uvd
from app.data.joint_sets import joint_set
from app.errors import DataError
from app.skeleton import mirror, palm_frame
from app.training.joint_gap import gaps, labelled_hands
from tests.data.small_sets import hands


def write(path, name, joints):
    rows = project_uvd(joints, BENCHMARKS[name]).reshape(len(joints), -1)
    path.write_text("\n".join(" ".join(f"{x:.6f}" for x in row) for row in rows))


def test_labels_become_right_hands_in_our_frame(tmp_path):
    ours = hands(0, 5)
    nyu, icvl = (joint_set(name).from_ours(ours) for name in ("nyu", "icvl"))
    write(tmp_path / "nyu.txt", "nyu", nyu * [1, -1, 1])
    write(tmp_path / "icvl.txt", "icvl", mirror(icvl))
    for name, labels in (("nyu", nyu), ("icvl", icvl)):
        read = labelled_hands(tmp_path / f"{name}.txt", joint_set(name), 3)
        np.testing.assert_allclose(read, labels[[0, 2, 4]], atol=1e-2)


def test_the_gap_is_told_in_the_palms_frame():
    ours, chosen = hands(1, 4), joint_set("nyu")
    rotation, _ = palm_frame(ours)
    off = np.array([1.0, -2, 3])
    labels = chosen.from_ours(ours) + (rotation @ off)[:, None]
    np.testing.assert_allclose(gaps(labels, ours, chosen), np.broadcast_to(off, labels.shape))


def test_labels_of_another_set_are_refused(tmp_path):
    path = tmp_path / "icvl.txt"
    write(path, "icvl", joint_set("icvl").from_ours(hands(0, 14)))
    for wrong in (lambda: None, lambda: path.write_text("a b c")):
        wrong()
        with pytest.raises(DataError, match=r"icvl\.txt is no u v d of 14"):
            labelled_hands(path, joint_set("nyu"), 5)
