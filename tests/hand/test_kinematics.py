"""Angles to joints and skin: what must hold in every pose."""

from __future__ import annotations

import numpy as np

from app.geometry import rotation_about
from app.hand import kinematics as kin
from app.hand import labels
from app.hand.asset import load_asset
from app.hand.prior import load_prior
from app.hand.rotations import sample_rotations
from app.hand.shape import (
    facing_rotation,
    make_shape,
    mean_shape,
    palm_axes,
    sample_shape,
    shape_pool,
)
from app.hand.skinning import skin
from app.skeleton import BONES, MEAN_HAND_MM, bone_lengths, palm_frame
from tests.hand.fixtures import pose_joints

EYE, STILL = np.eye(3), np.zeros(3)
CUPPED = {tuple(b) for b in ((0, 13), (0, 17))}  # metacarpals that cup


def test_rest_is_the_identity(shape):
    bones = kin.pose_bones(kin.pose(), shape, EYE, STILL)
    np.testing.assert_allclose(bones, np.broadcast_to(np.eye(3, 4), (21, 3, 4)), atol=1e-5)
    np.testing.assert_allclose(skin(shape, bones), shape.vertices_mm, atol=1e-3)
    np.testing.assert_allclose(kin.joints_of(bones, shape), shape.joints_mm, atol=1e-4)


def test_bones_keep_their_length_in_every_pose(rng, shape):
    rest = bone_lengths(shape.joints_mm)
    rigid = np.array([tuple(b) not in CUPPED for b in BONES.tolist()])
    for theta in load_prior().sample(rng, 50):
        change = np.abs(bone_lengths(pose_joints(theta, shape, EYE, STILL)) - rest)
        assert change[rigid].max() < 1e-2
        assert change.max() < 12  # cupping moves the two knuckles of the little finger's side


def test_rotation_and_translation_move_the_whole_hand(rng, shape):
    theta, turn = load_prior().sample(rng, 1)[0], sample_rotations(rng, 1)[0]
    place = np.array([20.0, -30.0, 500.0])
    here = pose_joints(theta, shape, EYE, STILL)
    there = pose_joints(theta, shape, turn, place)
    np.testing.assert_allclose(there, here @ turn.T + place, atol=1e-2)


def test_batch_and_single_poses_agree(rng, shape):
    theta = load_prior().sample(rng, 20)
    single = [pose_joints(t, shape, EYE, STILL) for t in theta]
    np.testing.assert_allclose(kin.pose_joints_batch(theta, shape), single, atol=1e-3)


def test_flexion_bends_towards_the_palm_and_leaves_the_rest_alone(shape):
    out = palm_axes()[:, 2]
    for k, finger in enumerate(("index", "middle", "ring", "little")):
        bent = pose_joints(kin.pose(**{f"{finger}_mcp_flexion": 60}), shape, EYE, STILL)
        moved = bent - shape.joints_mm
        tip = 8 + 4 * k
        assert moved[tip] @ out > 30
        others = np.setdiff1d(np.arange(21), [tip - 2, tip - 1, tip])
        np.testing.assert_allclose(moved[others], 0, atol=1e-3)


def test_wrist_angles_move_the_forearm_only(shape):
    theta = kin.pose(wrist_flexion=40, wrist_deviation=10)
    bones = kin.pose_bones(theta, shape, EYE, STILL)
    np.testing.assert_allclose(kin.joints_of(bones, shape), shape.joints_mm, atol=1e-3)
    assert np.linalg.norm(kin.elbow_of(bones, shape) - shape.pivots_mm[kin.ELBOW]) > 100


def test_a_single_angle_is_the_rotation_it_says(shape):
    theta = kin.pose(index_pip_flexion=70)
    bones = kin.pose_bones(theta, shape, EYE, STILL)
    axis = kin.dof_axes()[kin.dof("index_pip_flexion")].astype(np.float64)
    turn = rotation_about(axis / np.linalg.norm(axis), np.radians(70))
    pivot = shape.pivots_mm[6]
    tip = pivot + turn @ (shape.joints_mm[8] - pivot)
    np.testing.assert_allclose(kin.joints_of(bones, shape)[8], tip, atol=1e-2)


def test_the_mean_hand_is_the_size_the_skeleton_names():
    joints = mean_shape().pivots_mm
    chain = np.linalg.norm(np.diff(joints[[0, 9, 10, 11, 12]], axis=0), axis=1).sum()
    assert abs(chain - MEAN_HAND_MM) < 8


def test_facing_rotation_shows_a_right_palm_with_fingers_up():
    joints = pose_joints(kin.pose(), mean_shape(), facing_rotation(), np.array([0, 0, 500.0]))
    assert (joints[[8, 12, 16, 20], 1] < joints[0, 1] - 100).all()  # y is down
    frame, _ = palm_frame(joints)
    assert frame[2, 2] < -0.9  # x cross y comes out of the palm, towards the camera
    assert joints[4, 0] > joints[20, 0]  # the thumb of a right palm is on the right


def test_labels_lie_in_the_flesh_where_the_definition_puts_them():
    shape = mean_shape()
    offset = shape.joints_mm - shape.pivots_mm[:21]
    expected = labels.WRIST_LABEL_MM * palm_axes()[:, 2]
    np.testing.assert_allclose(offset[0], expected, atol=1e-3)
    np.testing.assert_allclose(offset[1:], 0, atol=1e-3)
    inwards = [np.linalg.norm(shape.vertices_mm - p, axis=1).min() for p in shape.joints_mm]
    middle = np.array([6, 7, 10, 11, 14, 15])  # PIP and DIP: the middle of a finger 12-20 mm thick
    assert (np.array(inwards)[middle] > 4.5).all()
    assert 4 < inwards[0] < 12  # the wrist: about 9 mm under the palm side's skin


def test_label_offsets_grow_with_the_hand():
    small, large = sample_shape(np.random.default_rng(3)), None
    for shape in shape_pool(0, 12, "train"):
        large = shape if shape.scale > small.scale else large
    for shape in (small, large):
        length = np.linalg.norm(shape.joints_mm[0] - shape.pivots_mm[0])
        assert abs(length - labels.WRIST_LABEL_MM * shape.scale) < 1e-3


def test_splits_of_the_shape_pool_share_nobody():
    sizes = [{s.scale for s in shape_pool(0, 40, split)} for split in ("train", "test")]
    assert len(sizes[0]) == len(sizes[1]) == 40
    assert not sizes[0] & sizes[1]


def test_stretching_a_finger_changes_that_finger_alone():
    fingers = np.ones((5, 2))
    fingers[2] = 1.1, 1.2  # the middle finger
    long, mean = make_shape(fingers=fingers), mean_shape()
    moved = np.linalg.norm(long.joints_mm - mean.joints_mm, axis=1)
    np.testing.assert_allclose(moved[[*range(10), *range(13, 21)]], 0, atol=1e-4)
    ends = [np.linalg.norm(s.joints_mm[12] - s.joints_mm[9]) for s in (long, mean)]
    assert abs(ends[0] / ends[1] - 1.1) < 1e-3
    skin_moved = np.linalg.norm(long.vertices_mm - mean.vertices_mm, axis=1)
    nearest = np.argmin(np.linalg.norm(mean.vertices_mm - mean.joints_mm[12], axis=1))
    assert skin_moved[nearest] > 5
    forearm = load_asset().skin_bones[:, 0] == 0
    np.testing.assert_allclose(skin_moved[forearm], 0, atol=1e-3)
