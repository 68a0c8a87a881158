"""Joint angles to bones and joints: 31 degrees of freedom over 21 bones.

Bones: 0 forearm, 1 hand, 2-5 metacarpals index..little, 6-8 thumb, then three each for index,
middle, ring, little. A pose turns each bone about its pivot, within its parent's frame; the hand
(bone 1) is the root, so the wrist angles bend the forearm and leave the hand where it is.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from app.frames import read_only
from app.geometry import unit
from app.hand import labels
from app.hand.asset import load_asset
from app.hand.shape import HandShape
from app.jit import njit

FLEXION, ABDUCTION, TWIST = range(3)
_FINGERS = ("index", "middle", "ring", "little")
# name, bone, axis, lowest and highest angle in degrees from rest
DOF_TABLE: tuple[tuple[str, int, int, float, float], ...] = (
    ("wrist_flexion", 0, FLEXION, -70, 70),
    ("wrist_deviation", 0, ABDUCTION, -30, 25),
    ("wrist_pronation", 0, TWIST, -30, 30),
    ("ring_cupping", 4, FLEXION, -3, 12),
    ("little_cupping", 5, FLEXION, -4, 20),
    ("thumb_cmc_flexion", 6, FLEXION, -35, 45),
    ("thumb_cmc_abduction", 6, ABDUCTION, -40, 40),
    ("thumb_cmc_twist", 6, TWIST, -35, 40),
    ("thumb_mcp_flexion", 7, FLEXION, -25, 60),
    ("thumb_mcp_abduction", 7, ABDUCTION, -15, 15),
    ("thumb_ip_flexion", 8, FLEXION, -35, 80),
    *(
        row
        for k, finger in enumerate(_FINGERS)
        for row in (
            (f"{finger}_mcp_flexion", 9 + 3 * k, FLEXION, -45, 85),
            (f"{finger}_mcp_abduction", 9 + 3 * k, ABDUCTION, -28, 28),
            (f"{finger}_mcp_twist", 9 + 3 * k, TWIST, -10, 10),
            (f"{finger}_pip_flexion", 10 + 3 * k, FLEXION, -20, 105),
            (f"{finger}_dip_flexion", 11 + 3 * k, FLEXION, -25, 80),
        )
    ),
)
DOFS: tuple[str, ...] = tuple(row[0] for row in DOF_TABLE)
N_DOFS = len(DOFS)
DOF_BONE = np.array([row[1] for row in DOF_TABLE], np.int32)
LOWEST = np.radians([row[3] for row in DOF_TABLE]).astype(np.float32)  # rad
HIGHEST = np.radians([row[4] for row in DOF_TABLE]).astype(np.float32)  # rad
N_BONES = 21
PARENT = np.array([1, -1, 1, 1, 1, 1, 1, 6, 7, 2, 9, 10, 3, 12, 13, 4, 15, 16, 5, 18, 19], np.int32)
ORDER = np.array([1, 0, *range(2, 21)], np.int32)  # parents before children
PIVOT = np.array(
    [0, 0, 21, 22, 23, 24, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 17, 18, 19], np.int32
)
LABEL_BONE = np.array(
    [1, 1, 6, 7, 8, 2, 9, 10, 11, 3, 12, 13, 14, 4, 15, 16, 17, 5, 18, 19, 20], np.int32
)
ELBOW = 25
# int [5, 4]: of each finger, thumb .. little, the first degree of freedom of its three bones, and
# the one behind the last
CHAIN_DOFS = np.array(
    [[5, 8, 10, 11], *([11 + 5 * k, 14 + 5 * k, 15 + 5 * k, 16 + 5 * k] for k in range(4))]
)


def dof(name: str) -> int:
    """Index of a degree of freedom by its name; ValueError when there is none."""
    return DOFS.index(name)


def pose(**degrees: float) -> np.ndarray:
    """float32 [31] rad: rest, but for the named angles in degrees."""
    theta = np.zeros(N_DOFS, np.float32)
    for name, value in degrees.items():
        theta[dof(name)] = np.radians(value)
    return theta


@cache
def dof_axes() -> np.ndarray:
    """float32 [31, 3]: the axis of each degree of freedom at rest, from the mean hand."""
    asset = load_asset()
    pivots = labels.shift_towards_wrist(asset.mean_mm[asset.n_vertices :].astype(np.float64))
    along, palmar = labels.finger_directions(pivots)
    hand, normal = unit(pivots[9] - pivots[0]), labels.palm_normal(pivots)
    axes = np.empty((N_DOFS, 3))
    for i, (_, bone, kind, _, _) in enumerate(DOF_TABLE):
        d, n = (
            (along[divmod(bone - 6, 3)], palmar[divmod(bone - 6, 3)])
            if bone >= 6
            else (hand, normal)
        )
        axes[i] = (unit(np.cross(d, n)), n, d)[kind]
    return read_only(axes.astype(np.float32))


def pose_bones(
    theta: np.ndarray, shape: HandShape, rotation: np.ndarray, translation_mm: np.ndarray
) -> np.ndarray:
    """float32 [21, 3, 4]: takes rest coordinates of each bone to the camera frame.

    theta: [31] rad; rotation: [3, 3] rest axes -> camera; translation_mm: [3], where the wrist
    pivot lands.
    """
    bones = np.empty((N_BONES, 3, 4), np.float32)
    forward(*_single(theta, rotation, translation_mm), shape.pivots_mm, dof_axes(), bones)
    return bones


def joints_of(bones: np.ndarray, shape: HandShape) -> np.ndarray:
    """The labelled joints (`labels`) of bones [21, 3, 4]: float32 [21, 3] mm, our joint order."""
    chosen = bones[LABEL_BONE]
    return np.einsum("jrc,jc->jr", chosen[..., :3], shape.joints_mm) + chosen[..., 3]


def elbow_of(bones: np.ndarray, shape: HandShape) -> np.ndarray:
    """float32 [3] mm: the elbow, where the forearm ends."""
    return bones[0, :, :3] @ shape.pivots_mm[ELBOW] + bones[0, :, 3]


def pose_joints_batch(theta: np.ndarray, shape: HandShape) -> np.ndarray:
    """Joints float32 [n, 21, 3] mm of theta [n, 31] rad, in rest axes about the wrist pivot."""
    return move_labels(theta, shape, shape.joints_mm)


def move_labels(theta: np.ndarray, shape: HandShape, labels_mm: np.ndarray) -> np.ndarray:
    """The same for other points: float32 [n, 21, 3] of labels [21, 3] mm at rest.

    Each moves with the bone of its joint (`LABEL_BONE`).
    """
    places = np.empty((len(theta), 21, 3), np.float32)
    angles, labelled = np.ascontiguousarray(theta, np.float32), labels_mm.astype(np.float32)
    forward_batch(angles, shape.pivots_mm, labelled, dof_axes(), places)
    return places


def _single(
    theta: np.ndarray, rotation: np.ndarray, translation_mm: np.ndarray
) -> tuple[np.ndarray, ...]:
    return tuple(np.ascontiguousarray(a, np.float32) for a in (theta, rotation, translation_mm))


@njit
def forward(theta, rotation, translation, pivots, axes, out):
    """Forward kinematics into out [21, 3, 4]. Angles of one bone multiply in table order."""
    local = np.zeros((21, 3, 3), np.float32)
    for b in range(21):
        for k in range(3):
            local[b, k, k] = 1
    turn = np.empty((3, 3), np.float32)
    product = np.empty((3, 3), np.float32)
    for i in range(theta.shape[0]):
        if theta[i] == 0:
            continue
        turn_about(axes[i], theta[i], turn)
        _multiply(local[DOF_BONE[i]], turn, product)
        local[DOF_BONE[i]] = product
    for b in ORDER:
        p = PARENT[b]
        if p < 0:
            out[b, :, :3] = rotation
            out[b, :, 3] = translation
            continue
        attach(out[p], local[b], pivots[PIVOT[b]], out[b])


@njit
def turn_about(axis, angle, out):
    """Fills out [3, 3] with the rotation by an angle (rad) about a unit axis [3]."""
    s, c = math.sin(angle), 1 - math.cos(angle)
    x, y, z = axis[0], axis[1], axis[2]
    out[0, 0], out[0, 1], out[0, 2] = 1 - c * (y * y + z * z), c * x * y - s * z, c * x * z + s * y
    out[1, 0], out[1, 1], out[1, 2] = c * x * y + s * z, 1 - c * (x * x + z * z), c * y * z - s * x
    out[2, 0], out[2, 1], out[2, 2] = c * x * z - s * y, c * y * z + s * x, 1 - c * (x * x + y * y)


@njit
def attach(parent, turn, pivot, out):
    """Fills out [3, 4] with a bone that is turned about its pivot [3] in its parent's frame."""
    for r in range(3):
        shift = parent[r, 3]
        for c in range(3):
            value = (
                parent[r, 0] * turn[0, c] + parent[r, 1] * turn[1, c] + parent[r, 2] * turn[2, c]
            )
            out[r, c] = value
            shift += (parent[r, c] - value) * pivot[c]
        out[r, 3] = shift


@njit
def move_point(bone, point, out):
    """Fills out [3] with bone [3, 4] @ (point, 1)."""
    for r in range(3):
        x = bone[r, 0] * point[0] + bone[r, 1] * point[1] + bone[r, 2] * point[2]
        out[r] = x + bone[r, 3]


@njit
def pose_chain(theta, finger, pivots, axes, parent, out):
    """Fills out [3, 3, 4] with the bones of one finger, 0 thumb .. 4 little.

    parent: [3, 4], the bone it stands on.
    """
    turn, product = np.empty((3, 3), np.float32), np.empty((3, 3), np.float32)
    local = np.empty((3, 3), np.float32)
    for k in range(3):
        local[:] = 0
        for r in range(3):
            local[r, r] = 1
        for i in range(CHAIN_DOFS[finger, k], CHAIN_DOFS[finger, k + 1]):
            turn_about(axes[i], theta[i], turn)
            _multiply(local, turn, product)
            local[:] = product
        attach(parent if k == 0 else out[k - 1], local, pivots[PIVOT[6 + 3 * finger + k]], out[k])


@njit
def _multiply(a, b, out):
    """Fills out with a[:, :3] @ b, all 3 x 3."""
    for r in range(3):
        for c in range(3):
            out[r, c] = a[r, 0] * b[0, c] + a[r, 1] * b[1, c] + a[r, 2] * b[2, c]


@njit
def forward_batch(theta, pivots, labelled, axes, out):
    """Fills out [n, 21, 3] with the labels [21, 3] of one hand in many poses, in its rest axes."""
    bones = np.empty((21, 3, 4), np.float32)
    rotation = np.zeros((3, 3), np.float32)
    for k in range(3):
        rotation[k, k] = 1
    translation = np.zeros(3, np.float32)
    for i in range(theta.shape[0]):
        forward(theta[i], rotation, translation, pivots, axes, bones)
        for j in range(21):
            m = bones[LABEL_BONE[j]]
            for r in range(3):
                x = m[r, 0] * labelled[j, 0] + m[r, 1] * labelled[j, 1] + m[r, 2] * labelled[j, 2]
                out[i, j, r] = x + m[r, 3]
