"""NYU, ICVL and MSRA in their official layouts with a few drawn hands, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.io import savemat

from app.cv import cv2
from app.data.benchmarks import BENCHMARKS, project_uvd
from app.data.joint_sets import joint_set
from app.frames import Intrinsics
from app.skeleton import BONES, mirror

CAMERAS = {
    "nyu": Intrinsics(640, 480, 588.03, 587.07, 320.0, 240.0),
    "icvl": Intrinsics(320, 240, 240.99, 240.96, 160.0, 120.0),
    "msra": Intrinsics(320, 240, 241.42, 241.42, 160.0, 120.0),
}


@dataclass
class Written:
    """What a split holds, in its order."""

    depth_mm: np.ndarray  # uint16 [N, H, W]
    labels_mm: np.ndarray  # [N, S, 3], the scored joints, x right, y down, z forward
    paths: list[Path]


def hands(seed: int, n: int) -> np.ndarray:
    """mm [n, 21, 3]: flat right hands, fingers up, the palm towards the camera, here and there."""
    rng = np.random.default_rng(seed)
    rest = [[0.0, 60, 0]]
    for f in range(5):
        across = -40 + 20 * f
        start, step = (20, 18) if f == 0 else (-20, 25)
        rest += [[across, start - step * k, 4.0 * k] for k in range(4)]
    jitter = rng.normal(0, 4, (n, 21, 3))
    return np.array(rest) + jitter + rng.uniform([-60, -40, 350], [60, 40, 500], (n, 1, 3))


def draw(joints_mm: np.ndarray, camera: Intrinsics) -> np.ndarray:
    """uint16 [H, W] mm: balls along the bones of one hand [21, 3]; 0 elsewhere."""
    depth = np.zeros((camera.height, camera.width), np.uint16)
    along = np.linspace(0, 1, 6)[:, None, None]
    points = (joints_mm[BONES[:, 0]] * (1 - along) + joints_mm[BONES[:, 1]] * along).reshape(-1, 3)
    for x, y, z in points[np.argsort(-points[:, 2])]:
        u, v = x / z * camera.fx + camera.cx, y / z * camera.fy + camera.cy
        centre, radius = (round(u), round(v)), max(round(9 / z * camera.fx), 1)
        cv2.circle(depth, centre, radius, int(z - 9), -1)
    return depth


def write_set(name: str, root: Path, train: int = 6, test: int = 4) -> dict[str, Written]:
    """A small set below `root`; of msra subject 0 is the test split."""
    return {"nyu": write_nyu, "icvl": write_icvl, "msra": write_msra}[name](root, train, test)


def write_nyu(root: Path, train: int = 6, test: int = 4) -> dict[str, Written]:
    chosen, made = joint_set("nyu"), {}
    for k, (split, n) in enumerate((("train", train), ("test", test))):
        folder = root / "dataset" / split
        folder.mkdir(parents=True)
        ours = hands(k, n)
        labels, depth = chosen.weights @ ours, []
        paths = [folder / f"depth_1_{i:07d}.png" for i in range(1, n + 1)]
        for path, joints in zip(paths, ours, strict=True):
            depth.append(draw(joints, CAMERAS["nyu"]))
            low, high = depth[-1] & 255, depth[-1] >> 8
            red = np.full_like(low, 7)  # of no meaning
            cv2.imwrite(str(path), np.stack([low, high, red], -1).astype(np.uint8))
        xyz = labels * [1, -1, 1]
        uvd = project_uvd(xyz, BENCHMARKS["nyu"])
        views = [1.0, 2.0, 3.0]  # the other views' labels differ
        savemat(
            folder / "joint_data.mat",
            {
                "joint_names": np.array(chosen.label_names, object)[None],
                "joint_xyz": np.stack([xyz * v for v in views]),
                "joint_uvd": np.stack([uvd * v for v in views]),
            },
            do_compression=True,
        )
        made[split] = Written(np.array(depth), labels[:, chosen.scored], paths)
    return made


def write_icvl(root: Path, train: int = 6, test: int = 4) -> dict[str, Written]:
    half = test // 2
    files = {
        "train": [("labels.txt", "201403121135", train)],
        "test": [("test_seq_1.txt", "test_seq_1", half), ("test_seq_2.txt", "test_seq_2", half)],
    }
    made = {}
    for split, parts in files.items():
        folder = root / {"train": "Training", "test": "Testing"}[split]
        depth, labels, paths = [], [], []
        for k, (file, sequence, n) in enumerate(parts):
            (folder / "Depth" / sequence).mkdir(parents=True)
            ours = mirror(hands(10 + 5 * len(split) + k, n))  # they look like left ones
            lines = []
            for i, joints in enumerate(ours):
                name = f"{sequence}/image_{i:04d}.png"
                paths.append(folder / "Depth" / name)
                depth.append(draw(joints, CAMERAS["icvl"]))
                stored = np.where(depth[-1] > 0, depth[-1], 32001).astype(np.uint16)
                cv2.imwrite(str(paths[-1]), stored)
                labels.append(joint_set("icvl").map @ joints)
                numbers = project_uvd(labels[-1], BENCHMARKS["icvl"]).ravel()
                lines.append(" ".join([name, *(f"{x:.6f}" for x in numbers)]) + " \n")
            (folder / file).write_text("".join(lines) + "\n")
        made[split] = Written(np.array(depth), np.array(labels), paths)
    return made


def write_msra(root: Path, train: int = 6, test: int = 4) -> dict[str, Written]:
    """Subjects 0 (test) and 3 (train), gestures 1 and IP; the others have two frames each."""
    made = {"test": ([], [], []), "train": ([], [], [])}
    for k in range(9):
        count = {0: test, 3: train}.get(k, 2)
        for gesture, n in (("1", count // 2), ("IP", count - count // 2)):
            folder = root / f"P{k}" / gesture
            folder.mkdir(parents=True)
            ours = hands(100 + 10 * k + len(gesture), n)
            labels = joint_set("msra").map @ ours
            depth, joints, paths = made["test" if k == 0 else "train"]
            joints += list(labels)
            for i, hand in enumerate(ours):
                depth.append(draw(hand, CAMERAS["msra"]))
                paths.append(folder / f"{i:06d}_depth.bin")
                write_bin(paths[-1], depth[-1])
            rows = (labels * [1, -1, -1]).reshape(n, 63)
            lines = [" ".join(f"{x:.4f}" for x in row) for row in rows]
            (folder / "joint.txt").write_text("\n".join([str(n), *lines]) + "\n")
    return {s: Written(np.array(d), np.array(j), p) for s, (d, j, p) in made.items()}


def write_bin(path: Path, depth: np.ndarray) -> None:
    """The box round the readings, as MSRA stores it."""
    rows, columns = np.nonzero(depth.any(1))[0], np.nonzero(depth.any(0))[0]
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    height, width = depth.shape
    header = np.array([width, height, left, top, right, bottom], "<i4")
    path.write_bytes(header.tobytes() + depth[top:bottom, left:right].astype("<f4").tobytes())
