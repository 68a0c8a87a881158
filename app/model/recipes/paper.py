"""`paper`: the network of Wan et al. 2017 as its released weights show it.

It is trained as it was (docs/design/method.md).
"""

from __future__ import annotations

from app.model.presets import DiscriminatorConfig, GeneratorConfig, Preset, VaeConfig
from app.model.recipe import LossWeights, Networks, Recipe, StageConfig


def _networks(preset: Preset) -> Networks:
    from app.model.alignment import PaperAlignment
    from app.model.discriminator import PaperDiscriminator
    from app.model.generator import PaperGenerator
    from app.model.pose_vae import PaperPoseVae

    return Networks(
        PaperPoseVae(preset.vae, preset.n_joints),
        PaperAlignment(preset.latent),
        PaperGenerator(preset.latent, preset.generator.channels),
        PaperDiscriminator(preset.discriminator, preset.latent, preset.n_joints),
    )


PAPER = Recipe(
    preset=Preset(
        "paper",
        VaeConfig(latent=20, shape=0, hidden=40, depth=1, noise="paper"),
        GeneratorConfig(latent=23, align_hidden=0, channels=(32, 32, 32, 32, 32)),
        DiscriminatorConfig((32, 32), (32, 32, 32), 23, (32, 32, 32), 512, 0.2),
        beside=3,
    ),
    networks=_networks,
    schedule={
        "vae": StageConfig(40_000, 0.06, 200, 3e-4, 0.0, False, 0.0, 0.5, 0.999),
        "regress": StageConfig(15_000, 0.40, 200, 1e-3, 0.0, True, 0.0, 0.9, 0.999),
        "generate": StageConfig(10_000, 0.30, 100, 3e-4, 0.0, False, 0.0, 0.5, 0.998),
        "joint": StageConfig(10_000, 0.24, 200, 1e-3, 0.0, True, 0.0, 0.5, 0.998),
    },
    weights=LossWeights(
        tolerance=0.70710678,
        latent=1.0,
        gan=1.0,
        matching=1.0,
        smooth=1.0,
        recons=1.0,
        consistency=0.0,
        resynthesis=0.0,
    ),
    hand_below=0.9,  # its tanh never reaches the background's +1
)
