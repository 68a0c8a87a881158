"""A small data set seen anew in every epoch: turned and scaled."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from app.data.source import Arrays, ArraySource, Layout
from app.training.samples.changes import draw_turns


@dataclass
class Varied:
    """The samples of a source, each under a change that depends on (seed, number) alone.

    Changes are exact (`app.training.samples.changes`).
    """

    source: ArraySource
    seed: int
    layout: Layout = field(init=False)

    def __post_init__(self) -> None:
        self.layout = self.source.layout

    def arrays(self, start: int, n: int) -> Arrays:
        arrays = self.source.arrays(start, n)
        mixed = np.random.SeedSequence([self.seed, start]).generate_state(1)[0]
        generator = torch.Generator().manual_seed(int(mixed))
        change = draw_turns(n, generator)
        images, clean = (torch.from_numpy(arrays[name])[:, None] for name in ("images", "clean"))
        joints = change.joints(torch.from_numpy(arrays["joints"]))
        return arrays | {
            "images": change.images(images)[:, 0].numpy(),
            "clean": change.images(clean)[:, 0].numpy(),
            "joints": joints.numpy(),
            "cube_mm": arrays["cube_mm"] * change.scale.numpy(),
            "perspective": arrays["perspective"] * change.scale.numpy(),
        }
