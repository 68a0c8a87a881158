"""The joints of the public sets in terms of ours: exact where labelled, near where filled in."""

import numpy as np
import pytest

from app.data.benchmarks import BENCHMARKS
from app.data.joint_sets import joint_set
from app.data.synthetic import sample_poses
from app.geometry import rotation_about
from app.skeleton import FINGER_JOINTS, JOINT_NAMES, TIPS

SETS = ("nyu", "icvl", "msra")
LABELS = {"nyu": 36, "icvl": 16, "msra": 21}


@pytest.fixture(scope="module")
def poses():
    """Of hands that the filling in has not seen."""
    return sample_poses(3, 192, split="test", shapes=8).astype(np.float64)


@pytest.mark.parametrize("name", SETS)
def test_the_map_has_the_joints_of_the_benchmark(name):
    chosen = joint_set(name)
    assert len(chosen.label_names) == len(chosen.weights) == LABELS[name]
    assert chosen.map.shape == (BENCHMARKS[name].joints, 21)
    assert chosen.hand == ("left" if name == "icvl" else "right")


@pytest.mark.parametrize("name", SETS)
def test_the_map_follows_the_hand(name, poses):
    chosen, shift = joint_set(name), np.array([30.0, -200, 400])
    turn = 1.2 * rotation_about(np.array([0.6, 0, 0.8]), 1.1).T  # and a size
    for apply, joints in ((chosen.from_ours, poses), (chosen.to_ours, chosen.from_ours(poses))):
        moved = apply(joints @ turn + shift)
        np.testing.assert_allclose(moved, apply(joints) @ turn + shift, atol=1e-6)


@pytest.mark.parametrize("name", SETS)
def test_what_is_filled_in_has_the_labels_again(name):
    chosen, labels = joint_set(name), np.random.default_rng(0).normal(0, 50, (5, 21, 3))
    labels = labels[:, : BENCHMARKS[name].joints]
    np.testing.assert_allclose(chosen.from_ours(chosen.to_ours(labels)), labels, atol=1e-6)


@pytest.mark.parametrize(("name", "most_mm"), [("nyu", 1.5), ("icvl", 1.5), ("msra", 1e-6)])
def test_what_is_filled_in_is_near(name, most_mm, poses):
    chosen = joint_set(name)
    off = np.linalg.norm(chosen.to_ours(chosen.from_ours(poses)) - poses, axis=-1)
    assert off.mean() < most_mm
    assert off.mean(0).max() < 4 * most_mm


def test_msra_is_our_21_in_another_order():
    names = BENCHMARKS["msra"].joint_names
    ours = [JOINT_NAMES[j] for j in joint_set("msra").map.argmax(1)]
    assert tuple(ours) == names
    assert len(joint_set("msra").given) == 21


def test_nyu_gives_tips_pips_and_two_of_the_thumb():
    given = set(joint_set("nyu").given)
    assert given == {*TIPS, *FINGER_JOINTS[1:, 1], *FINGER_JOINTS[0, 1:3]}
    assert joint_set("nyu").label_names[18] == "F4_KNU3_A"
    assert joint_set("nyu").weights[18].argmax() == TIPS[1]  # F4 is the index finger


def test_nyus_wrist_sides_lie_on_the_sides_they_are_named_after(poses):
    joints = joint_set("nyu").from_ours(poses)
    little, thumb = joints[:, 11], joints[:, 12]
    knuckles = poses[:, [17, 5]]
    apart = np.linalg.norm(np.stack([little, thumb])[:, None] - knuckles.swapaxes(0, 1), axis=-1)
    assert (apart[0, 0] < apart[1, 0]).all()  # to the little knuckle
    assert (apart[1, 1] < apart[0, 1]).all()


def test_icvl_labels_the_middles_of_the_phalanges(poses):
    joints = joint_set("icvl").from_ours(poses)
    np.testing.assert_allclose(joints[:, 4], poses[:, 5:7].mean(1))  # index root: MCP to PIP
    np.testing.assert_allclose(joints[:, 15], poses[:, 19:21].mean(1))  # little tip: DIP to TIP
    assert len(joint_set("icvl").given) == 0
