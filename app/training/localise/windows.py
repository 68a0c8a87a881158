"""What the localiser learns from: windows of rendered scenes, kept on disk and augmented."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from app.segmentation.canvas import Canvas, canvas_input, make_canvas
from app.segmentation.locate import localiser_target
from app.synthetic.scenes.generator import SceneGenerator
from app.training.localise.plan import HEIGHT, MAX_HANDS, MIN_VISIBLE, WIDTH, LocaliserPlan


def load_windows(plan: LocaliserPlan, shard: int = 500) -> Windows:
    """All windows in the folder, after rendering those of the plan that are missing."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    for first in range(0, plan.frames, shard):
        path = plan.folder / f"windows_{plan.seed}_{first:06d}.npz"
        if not path.exists():
            partial = path.with_suffix(".partial")
            with partial.open("wb") as file:
                made = render_windows(plan, first, min(shard, plan.frames - first))
                np.savez(
                    file,
                    depth_mm=made["depth_mm"],
                    middle=made["middle"],
                    centres=made["centres"],
                )
            partial.rename(path)
    parts = []
    for path in sorted(plan.folder.glob("windows_*.npz")):
        with np.load(path) as file:
            parts.append({key: file[key] for key in file.files})
    keys = ("depth_mm", "middle", "centres")
    return Windows(*(np.concatenate([part[key] for part in parts]) for key in keys))


def render_windows(plan: LocaliserPlan, first: int, count: int) -> dict[str, np.ndarray]:
    """Scenes first .. first + count as windows.

    depth_mm uint16 [n, 144, 176]; middle [n, 2]: cx, cy; centres [n, 4, 3] mm, NaN: no hand.
    """
    generator = SceneGenerator(plan.seed, "train", plan.scene_kinds(), scale=plan.scale)
    depth = np.zeros((count, HEIGHT, WIDTH), np.uint16)
    middle = np.zeros((count, 2), np.float32)
    centres = np.full((count, MAX_HANDS, 3), np.nan, np.float32)
    used = np.ones(count, bool)
    for k in range(count):
        scene = generator.frame(first + k)
        rng = np.random.default_rng([plan.seed, first + k])
        hands = [] if scene.centre_mm is None else [scene.centre_mm, *scene.others_mm]
        if scene.centre_mm is None and scene.others_mm is not None:
            hands = list(scene.others_mm)
        used[k] = scene.centre_mm is None or scene.visible >= MIN_VISIBLE
        canvas = cut_window(rng, make_canvas(scene.as_frame()), hands[:1])
        depth[k] = canvas.depth_mm
        middle[k] = canvas.cx, canvas.cy
        for n, hand in enumerate(hands[:MAX_HANDS]):
            centres[k, n] = hand
    return {"depth_mm": depth[used], "middle": middle[used], "centres": centres[used]}


def cut_window(rng: np.random.Generator, canvas: Canvas, hands: list[np.ndarray]) -> Canvas:
    """A window of the training size; nine times of ten it holds the first hand."""
    h, w = canvas.depth_mm.shape
    low = np.minimum([0, 0], [w - WIDTH, h - HEIGHT])
    high = np.maximum([0, 0], [w - WIDTH, h - HEIGHT])
    corner = rng.integers(low, high, endpoint=True)
    if hands and rng.random() < 0.9:
        u, v = canvas.pixels(hands[0])
        corner = np.clip(corner, [u - WIDTH + 8, v - HEIGHT + 8], [u - 8, v - 8]).astype(int)
    x, y = (int(c) for c in corner)
    window = np.zeros((HEIGHT, WIDTH), np.float32)
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + WIDTH, w), min(y + HEIGHT, h)
    if x0 < x1 and y0 < y1:
        window[y0 - y : y1 - y, x0 - x : x1 - x] = canvas.depth_mm[y0:y1, x0:x1]
    return Canvas(window, canvas.cx - x, canvas.cy - y)


class Windows(torch.utils.data.Dataset):
    """Augmented windows and their targets, float32 [2, 144, 176] and [2, 36, 44]."""

    def __init__(self, depth_mm: np.ndarray, middle: np.ndarray, centres: np.ndarray):
        self.depth_mm, self.middle, self.centres = depth_mm, middle, centres
        self.rng = np.random.default_rng(0)

    def __len__(self) -> int:
        return len(self.depth_mm)

    def __getitem__(self, k: int) -> tuple[Tensor, Tensor]:
        rng = self.rng
        depth = self.depth_mm[k].astype(np.float32)
        (cx, cy), hands = self.middle[k], self.centres[k][~np.isnan(self.centres[k, :, 0])]
        hands = hands.copy()
        if rng.random() < 0.5:
            depth, cx = depth[:, ::-1].copy(), WIDTH - 1 - cx
            hands[:, 0] *= -1
        size = rng.uniform(0.92, 1.09)
        depth, hands = depth * size, hands * size
        spoil(rng, depth)
        canvas = Canvas(depth, float(cx), float(cy))
        hands = [hand for n, hand in enumerate(hands) if n == 0 or is_seen(canvas, hand)]
        target = localiser_target(canvas, np.array(hands))
        return torch.from_numpy(canvas_input(depth)), torch.from_numpy(target)


def is_seen(canvas: Canvas, centre_mm: np.ndarray) -> bool:
    """Whether there is surface at the centre of a further hand, or something hides it."""
    column, row = np.round(canvas.pixels(centre_mm)).astype(int)
    patch = canvas.depth_mm[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
    return bool((np.abs(patch - centre_mm[2]) < 45).any())


def spoil(rng: np.random.Generator, depth: np.ndarray) -> None:
    """Holes and a cut-off distance, in place: what other cameras lose."""
    depth[depth > 2500] = 2500
    if rng.random() < 0.25:
        depth[depth > rng.uniform(700, 2000)] = 0
    if rng.random() < 0.5:
        depth[rng.random(depth.shape) < rng.uniform(0, 0.05)] = 0
    for _ in range(rng.integers(0, 4)):
        i, j = rng.integers(HEIGHT), rng.integers(WIDTH)
        depth[i : i + rng.integers(2, 12), j : j + rng.integers(2, 12)] = 0
    if rng.random() < 0.5:
        depth += (depth > 0) * rng.normal(0, rng.uniform(0, 4), depth.shape).astype(np.float32)
        np.maximum(depth, 0, out=depth)
