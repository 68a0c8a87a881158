"""The sizes of a preset's networks as typed configuration; the presets are `app.model.recipes`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

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

    name: str
    vae: VaeConfig = field(default_factory=VaeConfig)
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    n_joints: int = 21
    # of z beside the articulation code: 6-D rotation and origin (`paper`: the root); the recipe's
    # own, so in no file and in no printed form
    beside: int = field(default=9, repr=False)

    @property
    def latent(self) -> int:
        """Size of the shared latent z."""
        return self.vae.latent + self.beside

    def to_dict(self) -> dict[str, Any]:
        """What is kept in the weights; the inverse is `recipes.registry.preset_from_dict`."""
        return {name: value for name, value in asdict(self).items() if name != "beside"}


def is_size(name: str, value: Any) -> bool:
    """Whether a file may give this value to a field of the network's description."""
    if name == "noise":
        return value in ("normal", "paper")
    if name == "slope":
        return isinstance(value, int | float) and 0 <= value < 1
    if isinstance(value, tuple):
        return 0 < len(value) <= DEEPEST and all(is_size("", v) and v > 0 for v in value)
    most = DEEPEST if name == "depth" else WIDEST
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
