"""The stage `localise`: the heat map net that finds hands in whole frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor, nn

from app.data.synthetic import Arrays, ArraySource, Layout
from app.frames import DepthFrame
from app.model.localiser import Localiser, LocaliserConfig, localiser_loss
from app.segmentation.canvas import HOLE, localiser_input
from app.segmentation.locate import STRIDE, localiser_target
from app.training.config import StageConfig
from app.training.stage import Context, Stage, detached

LEAST_VISIBLE = 0.3  # share of a hand's picture; a hand more hidden than this need not be found


class LocaliseStage(Stage):
    """Sources give {"inputs": [n, 2, h, w], "targets": [n, 2, h / 4, w / 4]}."""

    name = "localise"

    def __init__(self, model: Localiser, config: StageConfig, context: Context, source: ArraySource):
        super().__init__(model, config, context)
        self.source = source
        self.optimisers["localiser"] = self.optimiser(model.parameters())

    def trained(self) -> list[nn.Module]:
        return [self.model]

    def prepare(self, first: int, fresh: bool) -> None:
        self.open_stream(self.source, first)

    def update(self, step: int) -> dict[str, Tensor]:
        arrays = self.next_arrays()
        self.model.train()
        with self.context.autocast():
            output = self.model(self.context.tensor(arrays["inputs"]))
        loss = localiser_loss(output.float(), self.context.tensor(arrays["targets"]))
        self.descend(loss, "localiser")
        return detached(loss=loss)


@dataclass
class SceneSource:
    """Whole rendered frames, prepared as the live path prepares them, cut or padded to one size."""

    seed: int
    split: str = "train"
    config: LocaliserConfig = field(default_factory=LocaliserConfig)
    options: dict[str, Any] = field(default_factory=dict)  # further arguments of SceneGenerator
    layout: Layout = field(init=False)
    _scenes: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        c = self.config
        cells = (c.outputs, c.height // c.stride, c.width // c.stride)
        self.layout = {"inputs": ((c.inputs, c.height, c.width), "float32"), "targets": (cells, "float32")}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_scenes": None}

    def arrays(self, start: int, n: int) -> Arrays:
        if self._scenes is None:
            from app.hand.scene import SceneGenerator

            self._scenes = SceneGenerator(self.seed, split=self.split, **self.options)
        made = [self._sample(i) for i in range(start, start + n)]
        return {"inputs": np.stack([m[0] for m in made]), "targets": np.stack([m[1] for m in made])}

    def _sample(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        scene = self._scenes.frame(index)
        raw = np.clip(np.rint(scene.depth_mm), 0, 65535).astype(np.uint16)
        inputs, canvas = localiser_input(DepthFrame(index, 0, 0.0, 0.0, raw, scene.intrinsics))
        shown = [scene.centre_mm] if scene.joints_mm is not None and scene.visible > LEAST_VISIBLE else []
        further = [] if scene.others_mm is None else list(scene.others_mm)
        targets = localiser_target(canvas, np.reshape(shown + further, (-1, 3)))
        c, rng = self.config, np.random.default_rng([self.seed, index])
        return fit_window(inputs[0], targets, c.height // c.stride, c.width // c.stride, rng)


def fit_window(
    inputs: np.ndarray, targets: np.ndarray, rows: int, columns: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The same random window of a frame's input and target, padded with "no reading" where the frame ends.

    inputs [2, 4 h, 4 w], targets [2, h, w] -> [2, 4 rows, 4 columns], [2, rows, columns].
    """
    h, w = targets.shape[1:]
    top, left = (int(rng.integers(min(0, a - b), max(0, a - b) + 1)) for a, b in ((h, rows), (w, columns)))
    output = np.zeros((targets.shape[0], rows, columns), np.float32)
    window = np.zeros((inputs.shape[0], rows * STRIDE, columns * STRIDE), np.float32)
    window[0] = HOLE
    for source, out, k in ((targets, output, 1), (inputs, window, STRIDE)):
        y0, x0 = max(top, 0) * k, max(left, 0) * k
        y1, x1 = min(top + rows, h) * k, min(left + columns, w) * k
        out[:, y0 - top * k : y1 - top * k, x0 - left * k : x1 - left * k] = source[:, y0:y1, x0:x1]
    return window, output
