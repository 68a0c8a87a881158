"""Ali: the shared latent z -> the generator's own latent z_x (Wan et al. 2017, section 3.3)."""

from __future__ import annotations

from torch import Tensor, nn

from app.model.parts import Alignment
from app.model.perceptron import perceptron


class PaperAlignment(Alignment):
    """One linear layer without bias, and batch norm; a tanh follows, the generator's own."""

    def __init__(self, latent: int):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(latent, latent, bias=False), nn.BatchNorm1d(latent))

    def forward(self, z: Tensor) -> Tensor:
        """[B, 23] -> [B, 23]."""
        aligned: Tensor = self.layers(z)
        return aligned


class LiveAlignment(Alignment):
    """A small perceptron: rotation and articulation must meet before they can shape a picture."""

    def __init__(self, latent: int, hidden: int, outputs: int):
        super().__init__()
        self.layers = perceptron([latent, hidden, hidden, outputs], nn.SiLU)

    def forward(self, z: Tensor) -> Tensor:
        """[B, latent] -> [B, outputs]."""
        aligned: Tensor = self.layers(z)
        return aligned
