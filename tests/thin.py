"""Networks with every part of a preset and few channels in each.

What is tested with them does not hang on the width.
"""

from __future__ import annotations

from dataclasses import replace

from app.model.presets import DiscriminatorConfig, GeneratorConfig, Preset, VaeConfig
from app.model.recipes.live import LIVE
from app.model.recipes.paper import PAPER


def thin_preset(name: str) -> Preset:
    """name: `live` or `paper`."""
    if name == "paper":
        generator = replace(PAPER.preset.generator, channels=(8,) * 5)
        heads = DiscriminatorConfig((8, 8), (8, 8, 8), 23, (8, 8, 8), 32, 0.2)
        return replace(PAPER.preset, generator=generator, discriminator=heads)
    return replace(
        LIVE.preset,
        vae=VaeConfig(hidden=96),
        generator=GeneratorConfig(latent=16, align_hidden=32, channels=(8, 8)),
        discriminator=DiscriminatorConfig((4, 8), (8, 16, 16), 32, (8, 8, 16), 16, maps=8),
    )
