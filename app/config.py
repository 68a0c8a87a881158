"""Typed, validated configuration: what the command line and a TOML file may say.

Imports nothing heavy.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from app.address import OutletConfig
from app.errors import AppError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

HAND_CHOICES = ("auto", "left", "right")
BACKENDS = ("onnx", "torch")
REFINE_BY = ("surface", "map", "embedding")
MOST_STEPS = 100
CUBE_RANGE_MM = (100, 600)


class ConfigError(AppError):
    """A setting is out of its range or of the wrong type."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """What is known better about the camera than the source says. 0: what the source says is right.

    Validated on construction; raises ConfigError.
    """

    fx: float = 0.0  # focal lengths, px of the source's image
    fy: float = 0.0
    cx: float = 0.0  # optical centre, px; pixel centres at integers
    cy: float = 0.0
    depth_unit_mm: float = 0.0  # mm of one raw step
    pinhole: bool = False  # the image is rectified: the source's lens coefficients are left out

    def __post_init__(self) -> None:
        for name in ("fx", "fy", "cx", "cy"):
            _range(name, getattr(self, name), 0, 20_000)
        _range("depth_unit_mm", self.depth_unit_mm, 0, 100)


@dataclass(frozen=True, slots=True)
class EstimatorConfig:
    """How a frame becomes a hand. Validated on construction; raises ConfigError."""

    hand: str = "auto"  # "auto" (decided by synthesis), "left" or "right"
    weights: str | None = None  # a .safetensors file; None = the shipped weights
    backend: str = "onnx"  # "onnx", or "torch" (the reference, slower)
    threads: int = 1  # of the network
    cube_mm: float = 250.0  # side of the crop cube for the mean hand, as `frames.CUBE_MM`
    hand_scale: float = 0.0  # this hand's size over the mean hand's; 0: measured while it is seen
    smoothing: bool = True  # One-Euro filter on joints and centre
    min_cutoff_hz: float = 1.5  # One-Euro: cut-off of a hand at rest; lower = calmer, laggier
    beta_per_mm: float = 0.03  # One-Euro: Hz more for each mm/s of speed; higher = quicker
    min_presence: float = 0.5  # probability of a hand below which a frame counts as "no hand"
    refine: int = 0  # steps of test-time refinement of each frame; 0 = off
    # What refinement compares with the crop: the decoded hand's surface (best, needs no torch), the
    # synthesised map, or its embedding (the paper's; both need torch and are measured to gain less)
    refine_by: str = "surface"
    camera: CameraConfig = field(default_factory=CameraConfig)

    def __post_init__(self) -> None:
        _choice("hand", self.hand, HAND_CHOICES)
        _choice("backend", self.backend, BACKENDS)
        _range("threads", self.threads, 1, 256)
        _range("cube_mm", self.cube_mm, *CUBE_RANGE_MM)
        _range("hand_scale", self.hand_scale, 0, 2)
        _range("min_cutoff_hz", self.min_cutoff_hz, 0.01, 100)
        _range("beta_per_mm", self.beta_per_mm, 0, 10)
        _range("min_presence", self.min_presence, 0, 1)
        _range("refine", self.refine, 0, MOST_STEPS)
        _choice("refine_by", self.refine_by, REFINE_BY)


def changed_config(config: EstimatorConfig, fields: Mapping[str, Any]) -> EstimatorConfig:
    """The same configuration but for these fields. Raises ConfigError."""
    unknown = sorted(set(fields) - set(EstimatorConfig.__dataclass_fields__))
    if unknown:
        raise ConfigError(f"unknown setting {unknown[0]}")
    return replace(config, **fields)


@dataclass(frozen=True, slots=True)
class PlaybackConfig:
    """How a recording is played. Validated on construction; raises ConfigError."""

    start_at_s: float = 0.0  # from the recording's first frame
    speed: float = 1.0  # times real time; ignored headless
    loop: bool = False

    def __post_init__(self) -> None:
        _range("start_at", self.start_at_s, 0, 1e9)
        _range("speed", self.speed, 0.01, 100)


@dataclass(frozen=True, slots=True)
class Options:
    """Everything `main.py` was asked for."""

    source: str | None = None  # SOURCE; None = the first sensor that answers, else the demo
    headless: bool = False
    frames: int | None = None  # stop after so many
    joints: Path | None = None  # .csv, .json, .npz or .bvh
    stats: Path | None = None  # .json
    record: Path | None = None  # .bag
    repair: Path | None = None  # a recording to make whole; nothing else is done
    list_sensors: bool = False
    estimator: EstimatorConfig = field(default_factory=EstimatorConfig)
    playback: PlaybackConfig = field(default_factory=PlaybackConfig)
    outlet: OutletConfig = field(default_factory=OutletConfig)

    def __post_init__(self) -> None:
        if self.frames is not None:
            _range("frames", self.frames, 1, 10**12)
        if self.joints is not None:
            kinds = (".csv", ".json", ".npz", ".bvh")
            _choice("joints: file type", self.joints.suffix.lower(), kinds)
        if self.stats is not None:
            _choice("stats: file type", self.stats.suffix.lower(), (".json",))
        if self.record is not None:
            _choice("record: file type", self.record.suffix.lower(), (".bag",))
        if self.joints and self.stats and self.joints.absolute() == self.stats.absolute():
            raise ConfigError("joints and stats are the same file")


_SECTIONS = ("estimator", "playback")
Section = TypeVar("Section", bound="DataclassInstance")


def load_config(path: Path) -> tuple[EstimatorConfig, PlaybackConfig]:
    """Read a TOML file with the sections [estimator], [estimator.camera] and [playback].

    What it leaves out keeps its default.

    Raises ConfigError, naming the key, for anything unknown, out of range or of the wrong type.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    unknown = sorted(set(data) - set(_SECTIONS))
    if unknown:
        raise ConfigError(f"{path}: unknown section {unknown[0]}", "known: " + ", ".join(_SECTIONS))
    return (
        _section(path, "estimator", EstimatorConfig, data.get("estimator", {})),
        _section(path, "playback", PlaybackConfig, data.get("playback", {})),
    )


def _section(path: Path, name: str, kind: type[Section], data: Any) -> Section:
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: {name} must be a section")
    defaults = kind()
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in {f.name for f in fields(kind)}:
            raise ConfigError(f"{path}: unknown setting {name}.{key}")
        default = getattr(defaults, key)
        if is_dataclass(default) and not isinstance(default, type):
            values[key] = _section(path, f"{name}.{key}", type(default), value)
        else:
            values[key] = _typed(f"{path}: {name}.{key}", value, default)
    return replace(defaults, **values)


def _typed(where: str, value: Any, default: Any) -> Any:
    wanted = str if default is None else type(default)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise ConfigError(f"{where} must be a {wanted.__name__}, not {value!r}")
    return value


def _choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {value or 'nothing'}")


def _range(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise ConfigError(f"{name} must be between {low:g} and {high:g}, not {value:g}")
