"""The reference back end: the networks themselves. Slower; the same joints as the graphs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from app.engine.engine import EngineOutput, describe_weights
from app.model.checkpoint import load_weights
from app.model.presets import PERSPECTIVE
from app.model.weights_file import sha256


class TorchEngine:
    """See `engine.Engine`."""

    name = "torch"

    def __init__(self, weights: Path, threads: int = 1):
        self.path = weights
        self._model, self.metadata = load_weights(weights)
        self.weights = describe_weights(weights, sha256(weights))
        torch.set_num_threads(threads)

    @torch.inference_mode()
    def estimate(self, images: np.ndarray) -> EngineOutput:
        out = self._model.estimate(_tensor(images)[:, None])
        joints, sigma = self._model.decode(out.z), out.log_sigma.exp()
        answers = (out.z, joints, sigma, out.presence_logit.sigmoid(), out.side_logit.sigmoid())
        return EngineOutput(*(t.numpy() for t in answers))

    @torch.inference_mode()
    def decode(self, z: np.ndarray) -> np.ndarray:
        return self._model.decode(_tensor(z)).numpy()

    @torch.inference_mode()
    def synthesise(
        self, z: np.ndarray, perspective: float | np.ndarray | None = None
    ) -> np.ndarray:
        known = PERSPECTIVE if perspective is None else perspective
        seen = torch.from_numpy(np.full(len(z), known, np.float32))
        return self._model.synthesise(_tensor(z), seen)[:, 0].numpy()

    @torch.inference_mode()
    def encode(self, joints_norm: np.ndarray) -> np.ndarray:
        return self._model.encode(_tensor(joints_norm)).numpy()

    @torch.inference_mode()
    def realism(self, images: np.ndarray) -> np.ndarray:
        return self._model.realism(_tensor(images)[:, None]).sigmoid().numpy()


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.array(array, np.float32))
