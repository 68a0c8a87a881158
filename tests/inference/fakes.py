"""Stand-ins for network, tracker and source; weights of a network that has learnt nothing."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from app.capture.base import DepthSource, EndOfStream, StreamInfo
from app.engine.engine import EngineOutput
from app.frames import DepthFrame, HandCrop, HandEstimate, HandRegion, Intrinsics
from app.model.presets import Preset
from app.model.recipes.live import LIVE

CAMERA = Intrinsics(320, 240, 240.0, 240.0, 159.5, 119.5)
CENTRE_MM = np.array([30.0, -20.0, 500.0], np.float32)


def random_weights(path: Path, presence: float = 4.0, preset: Preset | None = None) -> Path:
    """A network (None: of the live preset), untrained: a hand everywhere, log odds `presence`."""
    import torch

    from app.model.checkpoint import save_weights
    from app.model.crossing_nets import build

    model = build(preset or LIVE.preset)
    with torch.no_grad():
        model.disc.pose_out[-1].bias[-2] = presence
    save_weights(path, model, {"summary": ["learnt nothing"]})
    return path


def hand_frame(index: int = 0, t_s: float | None = None, epoch: int = 0, centre_mm=CENTRE_MM):
    """A frame with a blob of a hand's size at `centre_mm`, leaning left: a "right hand"."""
    depth = np.zeros((CAMERA.height, CAMERA.width), np.uint16)
    u, v = centre_mm[:2] / centre_mm[2] * CAMERA.fx + (CAMERA.cx, CAMERA.cy)
    rows, columns = np.mgrid[: CAMERA.height, : CAMERA.width]
    x, y = (columns - u) / CAMERA.fx * centre_mm[2], (rows - v) / CAMERA.fy * centre_mm[2]
    depth[(abs(x) < 35) & (abs(y) < 45)] = round(centre_mm[2])
    depth[(x < 0) & (x > -60) & (abs(y + 30) < 15)] = round(centre_mm[2])  # a thumb
    t_s = index / 30 if t_s is None else t_s
    return DepthFrame(index, epoch, t_s, time.monotonic(), depth, CAMERA)


def mirrored_frame(index: int = 0, t_s: float | None = None) -> DepthFrame:
    """A left hand at the same place: `hand_frame` mirrored about its own middle."""
    frame = hand_frame(index, t_s)
    columns = np.flatnonzero(frame.depth_raw.any(0))
    depth = np.zeros_like(frame.depth_raw)
    middle = round(float(CENTRE_MM[0] / CENTRE_MM[2] * CAMERA.fx + CAMERA.cx))
    depth[:, 2 * middle - columns] = frame.depth_raw[:, columns]
    return DepthFrame(index, 0, frame.t_s, frame.t_host_s, depth, CAMERA)


def empty_frame(index: int = 0, t_s: float | None = None) -> DepthFrame:
    """Nothing but holes."""
    t_s = index / 30 if t_s is None else t_s
    depth = np.zeros((CAMERA.height, CAMERA.width), np.uint16)
    return DepthFrame(index, 0, t_s, time.monotonic(), depth, CAMERA)


def plain_hand(joints_mm: np.ndarray | None = None, **values) -> HandEstimate:
    """A hand of which only what is said matters."""
    joints = np.zeros((21, 3), np.float32) if joints_mm is None else joints_mm
    crop = HandCrop(np.ones((128, 128), np.float32), CENTRE_MM, 250.0, np.eye(3, dtype=np.float32))
    known = {"hand": "right", "confidence": 0.9, "z": np.zeros(4, np.float32), "crop": crop}
    return HandEstimate(**{**known, "joints_mm": joints, "joints_raw_mm": joints, **values})


class FakeEngine:
    """Puts 21 joints round the crop's centre of mass; believes in hands whose thumb is on the left.

    A wrong side gets a large sigma and an empty map. `offset_norm` moves all joints; `broken` gives
    NaN.
    """

    name, weights, metadata = "fake", "fake weights", {}
    path = Path("fake.safetensors")

    def __init__(self) -> None:
        self.offset_norm = np.zeros(3, np.float32)
        self.noise_norm = 0.0
        self.broken = False
        self.explains = True  # the map of the true side fits the crop
        self.presence = 0.99
        self.batches: list[int] = []
        self._rng = np.random.default_rng(0)
        self._maps: dict[float, np.ndarray] = {}

    def estimate(self, images: np.ndarray) -> EngineOutput:
        self.batches.append(len(images))
        rows = [self._one(image) for image in images]
        return EngineOutput(
            *(np.stack(column).astype(np.float32) for column in zip(*rows, strict=True))
        )

    def _one(self, image: np.ndarray):
        seen = image < 1
        middle = np.argwhere(seen).mean(0) if seen.any() else np.array([63.5, 63.5])
        centre = np.array([middle[1] - 63.5, middle[0] - 63.5, 0.0]) / 64 + self.offset_norm
        joints = centre + _template() + self.noise_norm * self._rng.normal(size=(21, 3))
        columns = np.argwhere(seen)[:, 1] if seen.any() else np.zeros(1)
        right = np.median(columns) - columns.min() >= columns.max() - np.median(columns)
        key = float(len(self._maps))
        self._maps[key] = image if right and self.explains else np.ones_like(image)
        z = np.full(4, np.nan if self.broken else key)
        sigma = np.full(21, 0.05 if right else 0.5)
        side = 0.9 if right else 0.1
        return z, joints * (np.nan if self.broken else 1), sigma, self.presence * seen.any(), side

    def decode(self, z: np.ndarray) -> np.ndarray:
        return np.repeat(_template()[None], len(z), 0).astype(np.float32)

    def synthesise(self, z: np.ndarray, perspective: float | None = None) -> np.ndarray:
        return np.stack(
            [self._maps.get(float(row[0]), np.ones((128, 128), np.float32)) for row in z]
        )

    def encode(self, joints_norm: np.ndarray) -> np.ndarray:
        return np.zeros((len(joints_norm), 4), np.float32)

    def realism(self, images: np.ndarray) -> np.ndarray:
        return np.full(len(images), 0.5, np.float32)


def _template() -> np.ndarray:
    """21 points about the origin, none of them on another."""
    k = np.arange(21)
    points = np.stack([np.cos(k) * 0.3, np.sin(k) * 0.3, k * 0.005], -1)
    return points - points.mean(0)


class FakeTracker:
    """Says what it is told to: a list of regions (or None), the last one for ever."""

    def __init__(self, *regions: HandRegion | None):
        self.regions = list(regions)
        self.confirmed: list[tuple[np.ndarray, float]] = []
        self.pointed: list[tuple[float, float]] = []
        self.passed: list[np.ndarray] = []
        self.resets = 0

    def update(self, frame: DepthFrame) -> HandRegion | None:
        return self.regions.pop(0) if len(self.regions) > 1 else self.regions[0]

    def confirm(self, centre_mm: np.ndarray, confidence: float) -> None:
        self.confirmed.append((np.array(centre_mm), confidence))

    def pass_over(self, centre_mm: np.ndarray) -> None:
        self.passed.append(centre_mm)

    @property
    def passed_over(self) -> bool:
        return bool(self.passed)

    def point_at(self, pixel: tuple[float, float]) -> None:
        self.pointed.append(pixel)

    def reset(self) -> None:
        self.resets += 1


class FakeSource(DepthSource):
    """Gives `frames` one after the other; raises `error` when they are used up."""

    def __init__(self, frames: list[DepthFrame], error: Exception | None = None, kind="recording"):
        self._frames, self._error, self._kind = frames, error, kind
        self._next = 0
        self.closed = False

    def open(self) -> StreamInfo:
        n = len(self._frames)
        duration = self._frames[-1].t_s - self._frames[0].t_s if n else 0.0
        return StreamInfo("fake", self._kind, CAMERA, 1.0, 30.0, n, duration, seekable=True)

    def read(self, timeout_s: float = 0.2) -> DepthFrame:
        if self._next == len(self._frames):
            raise self._error or EndOfStream
        self._next += 1
        return self._frames[self._next - 1]

    def seek(self, index: int) -> None:
        self._next = index

    def index_at(self, seconds: float) -> int:
        return next(i for i, f in enumerate(self._frames) if f.t_s >= seconds - 1e-9)

    def close(self) -> None:
        self.closed = True

    @property
    def position(self) -> int:
        return self._next
