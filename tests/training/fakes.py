"""Small samples and runs that take seconds."""

import dataclasses

import numpy as np
import pytest
import torch

from app.data.synthetic import CROP_LAYOUT
from app.model.presets import UNIT_MM
from app.training.config import TrainingConfig
from app.training.run import Run, Sources

BATCH, STEPS = 4, 4


def fake_poses(seed: int, n: int, split: str = "train") -> np.ndarray:
    """mm [n, 21, 3]: a flat hand with jitter, turned a little."""
    rng = np.random.default_rng([seed, len(split)])
    rest = [[0.0, 0, 0]]
    for f in range(5):
        rest += [[40 - 20 * f, 20 if f == 0 else 80, 5 * f]]
        rest += [[40 - 20 * f, 80 + 30 * k, 5 * f] for k in range(1, 4)]
    return (np.array(rest) + rng.normal(0, 5, (n, 21, 3))).astype(np.float32)


class FakeCrops:
    """Every sample a blob whose place tells where the hand is; one in four shows no hand."""

    layout = CROP_LAYOUT

    def __init__(self, seed: int, split: str):
        self.seed = seed + (1000 if split == "test" else 0)

    def arrays(self, start: int, n: int) -> dict[str, np.ndarray]:
        images, joints, present = np.ones((n, 128, 128), np.float32), [], []
        for i in range(n):
            rng = np.random.default_rng([self.seed, start + i])
            centre = rng.uniform(-0.3, 0.3, 3)
            x, y = ((centre[:2] + 1) * 64).astype(int)
            present.append((start + i) % 4 != 3)
            images[i, y - 20 : y + 20, x - 20 : x + 20] = centre[2]
            joints.append(fake_poses(start + i, 1)[0] / UNIT_MM + centre)
        clean, here = images.copy(), np.array(present)
        clean[~here] = 1
        cube = np.full(n, 250, np.float32)
        joints = np.array(joints, np.float32) * here[:, None, None]
        arrays = {"images": images, "clean": clean, "joints": joints}
        perspective = np.full(n, 0.2, np.float32)
        return arrays | {"cube_mm": cube, "perspective": perspective, "present": here}


SOURCES = Sources(FakeCrops, fake_poses)


def config(out, stages: tuple[str, ...], **changes) -> TrainingConfig:
    steps = dict.fromkeys(stages, STEPS)
    plain = TrainingConfig(
        out, stages=stages, steps=steps, batch=BATCH, workers=0, precision="fp32", pool=300,
        validation_samples=8,
        tensorboard=False,
    )  # fmt: skip
    return dataclasses.replace(plain, **changes)


def run(
    out,
    stages: tuple[str, ...],
    stop_after: int | None = None,
    sources: Sources = SOURCES,
    **changes,
) -> Run:
    made = Run(config(out, stages, **changes), sources, quiet=True)
    made.export = lambda: None  # the graphs are tested elsewhere
    made.start(stop_after)
    return made


def same(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    pairs = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return all(torch.equal(p, q) for p, q in pairs)


def note_runs(monkeypatch: pytest.MonkeyPatch) -> list[TrainingConfig]:
    """The configurations of the runs that the command line would start; none is."""
    seen = []

    class Noted:
        def __init__(self, config, quiet):
            seen.append(config)

        __enter__, __exit__, start = (lambda self, *_: self,) * 3

    monkeypatch.setattr("app.training.run.Run", Noted)
    return seen
