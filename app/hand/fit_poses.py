"""Recorded hand poses to joint angles of our rig,
and a pose prior fitted to them (offline; needs no torch).

    python -m app.hand.fit_poses --recorded FILE.npz --static FILE [FILE ...] [--out FILE.npz]

`--recorded`: key frames of 17 bones, position in m and quaternion xyzw (the format of Intel's
animbank). `--static`: `.handpose` files of npm `handy-work`, or hand configurations of npm `iwer`
(`.js`); both are WebXR joints. Angles come from a damped Gauss-Newton fit (Levenberg-Marquardt) of
all frames at once; the mixtures from EM. What is written holds mixtures and the static poses, never
a recorded frame; see assets/pose_prior.md.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np

from app.errors import DataError
from app.hand import kinematics as kin
from app.hand.shape import HandShape, make_shape

TIP_MM = (28.4, 23.4, 23.6, 25.9, 23.9)  # animbank: last bone to finger tip, thumb .. little
WEBXR_JOINTS = (0, 1, 2, 3, 4, *(5 * f + k for f in range(1, 5) for k in (1, 2, 3, 4)))
WEBXR_FINGERS = ("index", "middle", "ring", "pinky")
RECORDED_KEY = "pose_xyz_m_quat_xyzw"
TEST_BLOCKS = 4
TEST_SHARE = 0.2
STATIC = (".handpose", ".js")
MARGIN = 12  # frames beside a test block that training leaves out as well
# mm per rad: a pull towards rest, weak beside the 63 residuals, stronger for what moves little
PULL = np.where([("twist" in d) or ("cupping" in d) for d in kin.DOFS], 20.0, 5.0)
# How far a label may move; the wrist's farther, for a recording's may be any point of the palm.
REACH_MM = np.array([[80.0]] + [[18.0]] * 20)
ARTICULATION = np.arange(3, kin.N_DOFS)  # all but the wrist's angles


def read_recorded(path: Path) -> np.ndarray:
    """float64 [n, 21, 3] mm from a file of 17 bones a frame;
    DataError when it is something else."""
    with np.load(path) as file:
        if RECORDED_KEY not in file:
            raise DataError(f"{path} holds no recorded poses", f"expected the key {RECORDED_KEY}")
        bones = file[RECORDED_KEY]
    if bones.ndim != 3 or bones.shape[1:] != (17, 7):
        raise DataError(f"{path}: {RECORDED_KEY} must be [n, 17, 7], not {list(bones.shape)}")
    position, turn = bones[..., :3] * 1000.0, _matrices(bones[..., 3:].astype(np.float64))
    joints = np.empty((len(bones), 21, 3))
    joints[:, 0] = position[:, 1]
    for f in range(5):
        for k in range(3):
            child = 2 + 3 * f + k
            parent = child - 1 if k else 1
            joints[:, 1 + 4 * f + k] = _hinge(position, turn, parent, child)
        joints[:, 4 + 4 * f] = position[:, child] + TIP_MM[f] * turn[:, child, :, 2]
    return joints


def _matrices(q: np.ndarray) -> np.ndarray:
    """Quaternions xyzw [..., 4] -> rotations [..., 3, 3]."""
    x, y, z, w = np.moveaxis(q / np.linalg.norm(q, axis=-1, keepdims=True), -1, 0)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, -1) for row in rows], -2)


def _hinge(position: np.ndarray, turn: np.ndarray, parent: int, child: int) -> np.ndarray:
    """[n, 3]: the point about which `child` turns in `parent`, which is not the origin of either:
    the a, b that make position_p + R_p a and position_c + R_c b agree best,
    kept near the child's origin."""
    gap = (position[:, child] - position[:, parent]).reshape(-1)
    columns = np.concatenate([turn[:, parent], -turn[:, child]], -1).reshape(-1, 6)
    pull = np.sqrt(len(position) * 0.02) * np.eye(6)[3:]
    rows, goal = np.concatenate([columns, pull]), np.concatenate([gap, np.zeros(3)])
    a, b = np.split(np.linalg.lstsq(rows, goal, rcond=None)[0], 2)
    places = [position[:, k] + turn[:, k] @ p for k, p in ((parent, a), (child, b))]
    return np.mean(places, 0)


def read_static(path: Path) -> np.ndarray:
    """float64 [n, 21, 3] mm of right hands from one `.handpose` or iwer configuration."""
    if path.suffix == ".handpose":
        numbers = np.frombuffer(path.read_bytes(), "<f4").astype(np.float64)
        count = int(numbers[0])
        hands = numbers[1 : 1 + 32 * count].reshape(2, count, 16)[..., 12:15] * 1000
        hands[0, :, 0] *= -1  # the left hand, mirrored
        used = [h for h in hands if np.ptp(h, axis=0).max() > 50]
        return np.stack(used)[:, WEBXR_JOINTS]
    text = path.read_text()
    places = {
        name: [float(x) for x in numbers.split(",") if x.strip()][12:15]
        for name, numbers in re.findall(r"'?([\w-]+)'?: \{\s*offsetMatrix: \[([^\]]*)\]", text)
    }
    parts = ("proximal", "intermediate", "distal")
    names = ["wrist", "thumb-metacarpal", "thumb-phalanx-proximal", "thumb-phalanx-distal"]
    names.append("thumb-tip")
    for finger in WEBXR_FINGERS:
        names += [f"{finger}-finger-phalanx-{part}" for part in parts] + [f"{finger}-finger-tip"]
    return np.array([[places[name] for name in names]]) * np.array([-1000.0, 1000, 1000])


def fit_angles(joints: np.ndarray, steps: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Joints [n, 21, 3] mm of one person -> (theta [n, 31] rad within limits,
    error [n] mm mean distance).

    The person's size is fitted too, and a constant offset of each joint in its bone's frame, since
    every recording has its own idea of where a joint is.
    """
    shape = _sized(joints)
    theta = np.zeros((len(joints), kin.N_DOFS))
    marked = shape.labels_mm.astype(np.float64)
    damping = np.full(len(joints), 1.0)
    for step in range(steps):
        theta, damping = _improve(theta, joints, shape, marked, damping)
        if step in (6, 10, 14, 18) and len(joints) >= 10:
            marked = _adapt(theta, joints, shape, marked)
    local = _joints(theta, shape, marked)
    rotation, translation = _align(local, joints)
    placed = np.einsum("nrc,njc->njr", rotation, local) + translation[:, None]
    return theta.astype(np.float32), np.linalg.norm(placed - joints, axis=-1).mean(1)


def _sized(joints: np.ndarray) -> HandShape:
    """A mean hand of the size of the recorded one: by the median length of the middle finger."""
    mean = make_shape().labels_mm
    chain = [9, 10, 11, 12]
    length = [
        np.linalg.norm(np.diff(j[..., chain, :], axis=-2), axis=-1).sum(-1) for j in (joints, mean)
    ]
    return make_shape(scale=float(np.median(length[0]) / length[1]))


def _joints(theta: np.ndarray, shape: HandShape, marked: np.ndarray) -> np.ndarray:
    out = np.empty((len(theta), 21, 3), np.float32)
    tables = kin.dof_axes(), kin.DOF_BONE, kin.PARENT, kin.ORDER, kin.PIVOT, kin.LABEL_BONE
    places = shape.joints_mm, marked.astype(np.float32)
    kin.forward_batch(np.ascontiguousarray(theta, np.float32), *places, *tables, out)
    return out.astype(np.float64)


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
    local = _joints(theta, shape, marked)
    rotation, translation = _align(local, joints)
    target = np.einsum("nrc,njr->njc", rotation, joints - translation[:, None])  # in rest axes
    residual = target - local
    jacobian = np.empty((len(theta), 63, kin.N_DOFS + 6))
    for k in range(kin.N_DOFS):
        moved = theta.copy()
        moved[:, k] += step
        jacobian[..., k] = (_joints(moved, shape, marked) - local).reshape(-1, 63) / step
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
    local = _joints(theta, shape, marked)
    rotation, translation = _align(local, joints)
    placed = np.einsum("nrc,njc->njr", rotation, local) + translation[:, None]
    return ((placed - joints) ** 2).sum((1, 2)) + ((PULL * theta) ** 2).sum(1)


def _adapt(
    theta: np.ndarray, joints: np.ndarray, shape: HandShape, marked: np.ndarray
) -> np.ndarray:
    """Moves each label in its bone's frame by the mean residual there,
    at most 15 mm from where we put it."""
    still = np.zeros(3, np.float32)
    local = _joints(theta, shape, marked)
    rotation, translation = _align(local, joints)
    residual = np.einsum("nrc,njr->njc", rotation, joints - translation[:, None]) - local
    bones = np.stack([kin.pose_bones(t, shape, np.eye(3), still) for t in theta])[:, kin.LABEL_BONE]
    offset = marked + 0.8 * np.einsum("njrc,njr->njc", bones[..., :3], residual).mean(0)
    offset -= shape.labels_mm
    length = np.linalg.norm(offset, axis=-1, keepdims=True)
    return shape.labels_mm + offset * np.minimum(1, REACH_MM / np.maximum(length, 1e-6))


def split_blocks(n: int) -> tuple[np.ndarray, np.ndarray]:
    """(train, test) indices of n frames: four contiguous test blocks,
    a fifth of all, and a margin in neither."""
    length = round(n * TEST_SHARE / TEST_BLOCKS)
    starts = (np.arange(TEST_BLOCKS) + 0.4) * n / TEST_BLOCKS
    test = np.concatenate([np.arange(int(s), int(s) + length) for s in starts])
    near = np.concatenate([np.arange(int(s) - MARGIN, int(s) + length + MARGIN) for s in starts])
    return np.setdiff1d(np.arange(n), near), test


def fit_mixture(x: np.ndarray, n_components: int, rounds: int = 60) -> tuple[np.ndarray, ...]:
    """EM for a Gaussian mixture with shrunk covariances:
    (weights [k], means [k, d], factors [k, d, d] lower)."""
    rng, floor = np.random.default_rng(0), np.radians(2.0) ** 2
    means = x[rng.choice(len(x), n_components, replace=False)]
    covariances = np.tile(np.cov(x.T) / 4 + floor * np.eye(x.shape[1]), (n_components, 1, 1))
    weights = np.full(n_components, 1 / n_components)
    for _ in range(rounds):
        factors = np.linalg.cholesky(covariances)
        whitened = np.linalg.solve(factors, (x - means[:, None]).transpose(0, 2, 1))
        log_volume = np.log(np.einsum("kii->ki", factors)).sum(1)
        logs = np.log(weights) - log_volume - 0.5 * (whitened**2).sum(1).T
        share = np.exp(logs - logs.max(1, keepdims=True))
        share /= share.sum(1, keepdims=True)
        mass = share.sum(0)
        keep = mass >= 8  # no component may stand for a few frames
        share, mass = share[:, keep], mass[keep]
        weights, means = mass / mass.sum(), (share.T @ x) / mass[:, None]
        centred = x - means[:, None]
        covariances = np.einsum("nk,kni,knj->kij", share, centred, centred) / mass[:, None, None]
        axis = np.arange(x.shape[1])
        diagonal = covariances[:, axis, axis]
        covariances *= 0.75
        covariances[:, axis, axis] = diagonal + floor
    return weights, means, np.linalg.cholesky(covariances)


def fit_prior(recorded: Path, static: list[Path]) -> dict[str, np.ndarray]:
    """The arrays of the prior file; see `app.hand.prior.PosePrior`."""
    theta, error = fit_angles(read_recorded(recorded))
    print(f"recorded: {len(theta)} frames, error {error.mean():.2f} mm")
    arrays: dict[str, np.ndarray] = {"dofs": np.array(kin.DOFS)}
    for split, rows, k in zip(("train", "test"), split_blocks(len(theta)), (40, 12), strict=True):
        good = rows[error[rows] < 6]
        mixture = fit_mixture(theta[good][:, ARTICULATION].astype(np.float64), k)
        for name, values in zip(("weights", "means", "factors"), mixture, strict=True):
            arrays[f"{split}_{name}"] = values.astype(np.float32)
        print(f"{split}: {len(good)} frames, {len(mixture[0])} components")
    still = np.concatenate([_fit_static([p for p in static if p.suffix == s]) for s in STATIC])
    arrays["train_static"] = still[np.arange(len(still)) % 4 != 3]
    arrays["test_static"] = still[3::4]
    return arrays


def _fit_static(files: list[Path]) -> np.ndarray:
    """float32 [n, 28]: the better fitting hand of each file; all files show the same person."""
    hands = [read_static(path) for path in sorted(files)]
    if not hands:
        return np.empty((0, len(ARTICULATION)), np.float32)
    theta, error = fit_angles(np.concatenate(hands))
    best, first = [], 0
    for path, group in zip(sorted(files), hands, strict=True):
        best.append(first + int(np.argmin(error[first : first + len(group)])))
        first += len(group)
        print(f"{path.name}: error {error[best[-1]]:.2f} mm")
    return theta[best][:, ARTICULATION]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recorded", type=Path, required=True)
    parser.add_argument("--static", type=Path, nargs="*", default=[])
    default = Path(__file__).parent / "assets" / "pose_prior.npz"
    parser.add_argument("--out", type=Path, default=default)
    arguments = parser.parse_args()
    np.savez_compressed(arguments.out, **fit_prior(arguments.recorded, arguments.static))


if __name__ == "__main__":
    main()
