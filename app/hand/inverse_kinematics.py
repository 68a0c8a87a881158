"""Joint angles and hand size from 21 joints, by damped least squares."""

from __future__ import annotations

import numpy as np

from app.hand import kinematics as kin
from app.hand.shape import HandShape, make_shape

# mm per rad: a pull towards rest, weak beside the 63 residuals, stronger for what moves little
PULL = np.where([("twist" in d) or ("cupping" in d) for d in kin.DOFS], 20.0, 5.0)
# How far a label may move; the wrist's farther, for a recording's may be any point of the palm.
REACH_MM = np.array([[80.0]] + [[18.0]] * 20)
ARTICULATION = np.arange(3, kin.N_DOFS)  # all but the wrist's angles


def fit_angles(joints: np.ndarray, steps: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Joints [n, 21, 3] mm of one person -> theta [n, 31] rad, within limits, and errors [n] mm.

    An error is the mean distance of the fitted joints from the given ones.
    The person's size is fitted too, and a constant offset of each joint in its bone's frame, since
    every recording has its own idea of where a joint is.
    """
    shape = _sized(joints)
    theta = np.zeros((len(joints), kin.N_DOFS))
    marked = shape.joints_mm.astype(np.float64)
    damping = np.full(len(joints), 1.0)
    for step in range(steps):
        theta, damping = _improve(theta, joints, shape, marked, damping)
        if step in (6, 10, 14, 18) and len(joints) >= 10:
            marked = _adapt(theta, joints, shape, marked)
    local = _labels(theta, shape, marked)
    rotation, translation = _align(local, joints)
    placed = np.einsum("nrc,njc->njr", rotation, local) + translation[:, None]
    return theta.astype(np.float32), np.linalg.norm(placed - joints, axis=-1).mean(1)


def _sized(joints: np.ndarray) -> HandShape:
    """A mean hand of the size of the recorded one: by the median length of the middle finger."""
    mean = make_shape().joints_mm
    chain = [9, 10, 11, 12]
    length = [
        np.linalg.norm(np.diff(j[..., chain, :], axis=-2), axis=-1).sum(-1) for j in (joints, mean)
    ]
    return make_shape(scale=float(np.median(length[0]) / length[1]))


def _labels(theta: np.ndarray, shape: HandShape, marked: np.ndarray) -> np.ndarray:
    return kin.move_labels(theta, shape, marked).astype(np.float64)


def _align(local: np.ndarray, joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rigid motions [n, 3, 3], [n, 3] that take local joints nearest to the observed ones."""
    a, b = local.mean(1), joints.mean(1)
    u, _, vt = np.linalg.svd(np.einsum("njr,njc->nrc", joints - b[:, None], local - a[:, None]))
    u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
    rotation = u @ vt
    return rotation, b - np.einsum("nrc,nc->nr", rotation, a)


def _improve(
    theta: np.ndarray, joints: np.ndarray, shape: HandShape, marked: np.ndarray, damping: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One damped Gauss-Newton step over angles, rotation and translation; kept where it helps."""
    step = 2e-3
    local = _labels(theta, shape, marked)
    rotation, translation = _align(local, joints)
    target = np.einsum("nrc,njr->njc", rotation, joints - translation[:, None])  # in rest axes
    residual = target - local
    jacobian = np.empty((len(theta), 63, kin.N_DOFS + 6))
    for k in range(kin.N_DOFS):
        moved = theta.copy()
        moved[:, k] += step
        jacobian[..., k] = (_labels(moved, shape, marked) - local).reshape(-1, 63) / step
    cross = np.zeros((len(theta), 21, 3, 3))  # d(local) = omega x local
    for (r, c), (axis, sign) in {(0, 1): (2, 1), (0, 2): (1, -1), (1, 2): (0, 1)}.items():
        cross[..., r, c], cross[..., c, r] = sign * local[..., axis], -sign * local[..., axis]
    jacobian[..., -6:-3] = cross.reshape(-1, 63, 3)
    jacobian[..., -3:] = np.tile(np.eye(3), (21, 1))
    normal = np.einsum("nka,nkb->nab", jacobian, jacobian)
    pull = np.einsum("nka,nk->na", jacobian, residual.reshape(-1, 63))
    index = np.arange(kin.N_DOFS)
    normal[:, index, index] += PULL**2
    pull[:, : kin.N_DOFS] -= PULL**2 * theta
    diagonal = np.einsum("naa->na", normal)
    diagonal += damping[:, None] * (0.02 * diagonal + 1.0)
    change = np.linalg.solve(normal, pull[..., None])[..., 0]
    tried = np.clip(theta + np.clip(change[:, : kin.N_DOFS], -0.5, 0.5), kin.LOWEST, kin.HIGHEST)
    better = _cost(tried, joints, shape, marked) < _cost(theta, joints, shape, marked)
    damping = np.where(better, damping * 0.4, np.minimum(damping * 5, 1e6))
    return np.where(better[:, None], tried, theta), damping


def _cost(
    theta: np.ndarray, joints: np.ndarray, shape: HandShape, marked: np.ndarray
) -> np.ndarray:
    local = _labels(theta, shape, marked)
    rotation, translation = _align(local, joints)
    placed = np.einsum("nrc,njc->njr", rotation, local) + translation[:, None]
    return ((placed - joints) ** 2).sum((1, 2)) + ((PULL * theta) ** 2).sum(1)


def _adapt(
    theta: np.ndarray, joints: np.ndarray, shape: HandShape, marked: np.ndarray
) -> np.ndarray:
    """The labels [21, 3], each moved in its bone's frame by the mean residual there.

    None is moved farther than `REACH_MM` from where the rig has it.
    """
    still = np.zeros(3, np.float32)
    local = _labels(theta, shape, marked)
    rotation, translation = _align(local, joints)
    residual = np.einsum("nrc,njr->njc", rotation, joints - translation[:, None]) - local
    bones = np.stack([kin.pose_bones(t, shape, np.eye(3), still) for t in theta])[:, kin.LABEL_BONE]
    offset = marked + 0.8 * np.einsum("njrc,njr->njc", bones[..., :3], residual).mean(0)
    offset -= shape.joints_mm
    length = np.linalg.norm(offset, axis=-1, keepdims=True)
    return shape.joints_mm + offset * np.minimum(1, REACH_MM / np.maximum(length, 1e-6))
