"""`live`: what ships (docs/design/method.md)."""

from __future__ import annotations

from app.model.presets import DiscriminatorConfig, Preset
from app.model.recipe import Networks, Recipe, StageConfig


def _networks(preset: Preset) -> Networks:
    from app.model.alignment import LiveAlignment
    from app.model.discriminator import LiveDiscriminator
    from app.model.generator import LiveGenerator
    from app.model.pose_vae import LivePoseVae

    sizes = preset.generator
    return Networks(
        LivePoseVae(preset.vae, preset.n_joints),
        LiveAlignment(preset.latent, sizes.align_hidden, sizes.latent),
        LiveGenerator(sizes),
        LiveDiscriminator(preset.discriminator, preset.latent, preset.n_joints),
    )


LIVE = Recipe(
    preset=Preset("live", discriminator=DiscriminatorConfig(maps=64)),
    networks=_networks,
    schedule={
        "vae": StageConfig(40_000, 0.06, 256, 2e-3, ema=0.9995),
        "regress": StageConfig(25_000, 0.68, 64, 1.5e-3, ema=0.998, clip=2.0, weight_decay=0.01),
        "generate": StageConfig(5_000, 0.20, 64, 2e-3, ema=0.998),
        "joint": StageConfig(1_000, 0.06, 64, 1e-4, ema=0.995, beta1=0.5, clip=2.0),
        # to a recording: what it has to teach is learnt in minutes
        "adapt": StageConfig(400, 0.0, 64, 2e-4, ema=0.98, clip=2.0, held=True),
    },
    few_labels={"smooth_joints": 0.3},  # labels do not show enough poses by themselves
    joint_space=True,
    clean_targets=True,
    hinge=True,
    prior_draws=True,
    held_generator=True,
    varied_sets=True,
    splits=True,
)
