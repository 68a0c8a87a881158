"""One interface over the back ends that run the network, and the choice between them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True, slots=True)
class EngineOutput:
    """What the network says about N crops, in crop space (normalised: units of half a cube)."""

    z: np.ndarray  # float32 [N, D], the shared latent
    joints_norm: np.ndarray  # float32 [N, 21, 3], Dec(z)
    sigma_norm: np.ndarray  # float32 [N, 21], expected error of each joint
    presence: np.ndarray  # float32 [N], probability that the crop shows a hand
    side: np.ndarray  # float32 [N], probability that it is a right one


class Engine(Protocol):
    """The network behind one interface. All calls are safe from several threads at once."""

    name: str  # "onnx" or "torch"
    path: Path  # of the weights file
    weights: str  # the weights file's name and the first digits of its SHA-256
    metadata: dict[str, Any]  # what the weights file says about itself

    def estimate(self, images: np.ndarray) -> EngineOutput:
        """Crops float32 [N, 128, 128] in [-1, 1] -> what they show (trunk + pos head + Dec)."""

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Latents float32 [N, D] -> joints float32 [N, 21, 3], normalised: Dec(z)."""

    def synthesise(
        self, z: np.ndarray, perspective: float | np.ndarray | None = None
    ) -> np.ndarray:
        """Latents float32 [N, D] -> depth maps float32 [N, 128, 128] in [-1, 1]: Gen(Ali(z)).

        perspective: half the cube over its distance, one or [N] (None: of a hand 600 mm away).
        """

    def encode(self, joints_norm: np.ndarray) -> np.ndarray:
        """Joints float32 [N, 21, 3], normalised -> latents [N, D]: Enc(y)."""

    def realism(self, images: np.ndarray) -> np.ndarray:
        """Maps float32 [N, 128, 128] -> probability [N] that the map is real: the GAN head."""


def describe_weights(weights: Path, digest: str) -> str:
    """The name under which exports mention them: the file's and the first digits of its SHA-256."""
    return f"{weights.name} sha256:{digest[:12]}"
