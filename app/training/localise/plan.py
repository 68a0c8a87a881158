"""How the localiser is trained, and on what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.synthetic.kinds import WildKind
from app.synthetic.scenes.generator import KINDS
from app.synthetic.scenes.options import Kind

WIDTH, HEIGHT = 176, 144  # of the windows that the network is trained on
MIN_VISIBLE = 0.35  # a hand more hidden than this is not asked for: the scene is left out
MAX_HANDS = 4


@dataclass(frozen=True, slots=True)
class LocaliserPlan:
    """How one training run goes."""

    folder: Path  # rendered scenes and checkpoints
    frames: int = 16000
    minutes: float = 12.0
    batch: int = 32
    rate: float = 2e-3  # AdamW, cosine to 0 over the minutes
    depth_weight: float = 1.0  # of the log distance's L1 beside the focal loss
    scale: float = 0.5  # of the rendered images
    seed: int = 1
    kinds: Mapping[WildKind, float] = field(default_factory=dict)  # shares of scenes of these
    channels: tuple[int, int, int, int] = (16, 32, 64, 96)

    def scene_kinds(self) -> dict[Kind, float] | None:
        """Weights of the kinds of scenes, plain ones in their usual proportion; None: these alone.

        An order of their own would change every scene.
        """
        if not self.kinds:
            return None
        plain = 1 - sum(self.kinds.values())
        shares: dict[Kind, float] = {kind: plain * share for kind, share in KINDS.items()}
        return shares | dict(self.kinds)
