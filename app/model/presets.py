"""The two network presets as typed configuration:
`paper` (exact shapes, Wan et al. 2017) and `live` (what ships).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from app.errors import WeightsError
from app.frames import CROP_SIZE, CUBE_MM

UNIT_MM = CUBE_MM / 2  # of joints_norm = joints_mm / (cube_mm / 2), in a cube of the usual size
WIDEST, DEEPEST = 1024, 8  # of any layer, of any stack: files are read that nobody vouches for
POSE_UNIT_MM = 50.0  # both papers' pose unit: (joint - centre) / 50 mm
IMAGE_SIZE = CROP_SIZE
PERSPECTIVE = 0.2  # half cube over distance, where it is not given: a hand 600 mm away


@dataclass(frozen=True)
class VaeConfig:
    """Pose VAE."""

    latent: int = 32  # articulation code
    shape: int = 9  # of these, size and proportions (`live`)
    hidden: int = 384  # width of the hidden layers; `paper`: 40, one hidden layer
    depth: int = 2  # hidden layers on either side
    noise: Literal["normal", "paper"] = "normal"  # N(0, I), or the released code's N(0, .05^2)


@dataclass(frozen=True)
class GeneratorConfig:
    """Alignment and generator: z -> z_x -> depth map."""

    latent: int = 96  # z_x; `paper`: as wide as z
    align_hidden: int = 192  # `paper`: 0, one linear layer
    channels: tuple[int, ...] = (32, 32, 32)  # at 32 px; `paper`: at 4, 8 .. 64 px


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Shared trunk and three heads."""

    trunk: tuple[int, int] = (16, 32)
    pose: tuple[int, ...] = (64, 128, 256)  # convolutions of the pos head
    pose_hidden: int = 256
    adversary: tuple[int, ...] = (32, 48, 64)  # convolutions of the gan head and of the smo head
    smooth_hidden: int = 128
    slope: float = 0.1  # of the leaky ReLU
    maps: int = 0  # channels of the joints' maps (`app.model.joint_maps`), 0: none


@dataclass(frozen=True)
class Preset:
    """Everything needed to build the networks again; stored beside the weights."""

    name: Literal["paper", "live"]
    vae: VaeConfig = field(default_factory=VaeConfig)
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    n_joints: int = 21

    @property
    def latent(self) -> int:
        """Size of the shared latent z:
        articulation + 6-D rotation + origin (`paper`: articulation + origin).
        """
        return self.vae.latent + (9 if self.name == "live" else 3)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def paper_preset(n_joints: int = 21) -> Preset:
    """The network of Wan et al. 2017 as its released weights show it (docs/design/method.md, 1)."""
    return Preset(
        "paper",
        VaeConfig(latent=20, shape=0, hidden=40, depth=1, noise="paper"),
        GeneratorConfig(latent=23, align_hidden=0, channels=(32, 32, 32, 32, 32)),
        DiscriminatorConfig((32, 32), (32, 32, 32), 23, (32, 32, 32), 512, 0.2),
        n_joints,
    )


def live_preset() -> Preset:
    """What ships (docs/design/method.md, section 2)."""
    return Preset("live", discriminator=DiscriminatorConfig(maps=64))


def preset_by_name(name: str) -> Preset:
    if name not in ("paper", "live"):
        raise WeightsError(f"unknown preset {name!r}", "the presets are paper and live")
    return paper_preset() if name == "paper" else live_preset()


def preset_from_dict(values: dict[str, Any]) -> Preset:
    """Inverse of `Preset.to_dict`.
    Raises WeightsError on anything that is not a preset of this version.
    """
    try:
        discriminator = {
            k: tuple(v) if isinstance(v, list | tuple) else v
            for k, v in values["discriminator"].items()
        }
        generator = {
            k: tuple(v) if isinstance(v, list | tuple) else v
            for k, v in values["generator"].items()
        }
        preset = Preset(
            values["name"],
            VaeConfig(**values["vae"] | {"shape": values["vae"]["shape"]}),  # none: an old file
            GeneratorConfig(**generator),
            DiscriminatorConfig(**discriminator),
            int(values["n_joints"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise WeightsError(
            "the weights describe a network of another version", str(error)
        ) from error
    if preset.name not in ("paper", "live"):
        raise WeightsError(f"the weights are of an unknown preset {str(preset.name)[:20]!r}")
    parts = (preset.vae, preset.generator, preset.discriminator)
    if not all(_is_size(k, v) for part in parts for k, v in asdict(part).items()):
        raise WeightsError("the weights describe a network of impossible size")
    if not (0 < preset.n_joints <= WIDEST and 0 <= preset.vae.shape <= preset.vae.latent):
        raise WeightsError("the weights describe a network of impossible size")
    return preset


def _is_size(name: str, value: Any) -> bool:
    """Whether a file may give this value to a field of the network's description."""
    if name == "noise":
        return value in ("normal", "paper")
    if name == "slope":
        return isinstance(value, int | float) and 0 <= value < 1
    if isinstance(value, tuple):
        return 0 < len(value) <= DEEPEST and all(_is_size("", v) and v > 0 for v in value)
    most = DEEPEST if name == "depth" else WIDEST
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
