"""Fingers that go alone where they are tied to their neighbours, and those that are free."""

from __future__ import annotations

import numpy as np
import pytest

from app.hand import kinematics as kin
from app.hand.coupling import SLACK_DEG, coupling_excess_deg
from app.hand.plausible import SLACK_DEG as JOINT_SLACK_DEG
from app.hand.plausible import limit_excess_deg
from app.hand.reference_poses import reference_poses
from app.hand.shape import mean_shape

CLOSED = {"mcp_flexion": 80, "pip_flexion": 90, "dip_flexion": 45}
HALF = {"mcp_flexion": 40, "pip_flexion": 40, "dip_flexion": 20}


def hand(**fingers: dict[str, float]) -> np.ndarray:
    """Joints [1, 21, 3]; the other fingers are straight."""
    degrees = {f"{f}_{joint}": v for f, angles in fingers.items() for joint, v in angles.items()}
    return kin.pose_joints_batch(kin.pose(**degrees)[None], mean_shape())


def closed(*fingers: str) -> np.ndarray:
    return hand(**{finger: CLOSED for finger in fingers})


@pytest.mark.parametrize(
    "folded",
    [
        ("middle", "ring", "little"),  # pointing
        ("index", "middle", "ring"),  # the little finger
        ("middle", "ring"),  # horns
        ("index", "ring", "little"),  # the middle finger
        ("ring", "little"), ("little",), ("index",), ("index", "middle", "ring", "little"), (),
    ],
)  # fmt: skip
def test_what_people_do_on_purpose_passes(folded):
    assert coupling_excess_deg(closed(*folded))[0] <= SLACK_DEG


@pytest.mark.parametrize(
    ("folded", "least"), [(("index", "middle", "little"), 40), (("ring",), 40), (("middle",), 20)]
)
def test_a_finger_that_is_tied_does_not_go_alone(folded, least):
    joints = closed(*folded)
    assert limit_excess_deg(joints)[0] <= JOINT_SLACK_DEG  # each joint is within its own limits
    assert coupling_excess_deg(joints)[0] > least


def test_a_little_finger_stands_aside_over_an_open_knuckle_only():
    straight, bent = ({**angles, "mcp_abduction": 26} for angles in ({}, CLOSED))
    signs = (1, -1)
    open_hands = [hand(little={**straight, "mcp_abduction": s * 18})[0] for s in signs]
    assert (coupling_excess_deg(np.stack(open_hands)) <= SLACK_DEG).any()
    found = [
        coupling_excess_deg(
            hand(index=CLOSED, middle=CLOSED, ring=CLOSED, little={**bent, "mcp_abduction": 26 * s})
        )[0]
        for s in signs
    ]
    assert max(found) > SLACK_DEG


def test_known_poses_pass_of_any_size_and_orientation():
    joints = np.stack([pose.joints_mm for pose in reference_poses()])
    found = coupling_excess_deg(joints)
    assert (found <= SLACK_DEG).all()
    odd = closed("ring")
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    moved = (1.3 * odd @ turn.T + 400).astype(np.float32)
    assert coupling_excess_deg(moved)[0] == pytest.approx(coupling_excess_deg(odd)[0], abs=0.1)
