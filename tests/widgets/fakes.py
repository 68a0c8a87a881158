"""A hand that needs no weights: source, pipeline, engine and latent space with known answers."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from app.capture.base import DepthSource, EndOfStream, StreamInfo
from app.capture.camera_presets import corrected_frame
from app.config import EstimatorConfig
from app.engine.engine import EngineOutput
from app.errors import NotARecording
from app.explore.directions import Direction
from app.explore.explorer import SpaceReady, describe_space
from app.frames import DepthFrame, FrameResult, HandCrop, HandEstimate, HandRegion, Intrinsics
from app.geometry import look_at, matrix_from_6d, project
from app.latent.density import PriorDensity
from app.latent.space import LatentSpace
from app.skeleton import BONES, FINGER_JOINTS, PALM

CAMERA = Intrinsics(640, 480, 475.0, 475.0, 319.5, 239.5)
FOREARM_MM = 420.0
BASES = np.array([[26, 6], [22, 62], [2, 68], [-16, 64], [-34, 52]], float)
N_CODE = 6


def hand(curl: np.ndarray, spread: float = 0.0) -> np.ndarray:
    """float32 [21, 3] mm in the palm's frame (x index side, y knuckles, z out of the palm).

    `curl` [5] is in rad.
    """
    joints = np.zeros((21, 3))
    for f, chain in enumerate(FINGER_JOINTS):
        lengths = (38, 30, 26) if f == 0 else (40, 26, 20)
        lean = (0.9 if f == 0 else 0.0) + (2 - f) * (0.06 + 0.08 * spread) * (f > 0)
        joints[chain[0]] = [*BASES[f], 0]
        for k, length in enumerate(lengths):
            bend = curl[f] * (k + 1) * (0.6 if f == 0 else 1.0)
            along = np.array(
                [np.sin(lean) * np.cos(bend), np.cos(lean) * np.cos(bend), np.sin(bend)]
            )
            joints[chain[k + 1]] = joints[chain[k]] + length * along
    joints[0] = [0, -30, 0]
    return (joints - joints[PALM].mean(0)).astype(np.float32)


def camera_joints(index: int) -> np.ndarray:
    """float32 [21, 3] mm, camera frame: the fake hand of frame `index`."""
    t = index / 30
    curl = 0.25 + 0.22 * np.sin(2 * t + np.arange(5) * 0.7)
    facing = np.diag([1.0, -1.0, -1.0])
    place = np.array([40 * np.sin(t), 20 * np.cos(t), 450 + 30 * np.sin(0.7 * t)])
    return (hand(curl) @ facing.T + place).astype(np.float32)


def paint(joints: np.ndarray, camera: Intrinsics, wall_mm: float = 1200.0) -> np.ndarray:
    """float32 [H, W] mm: discs along the bones before a wall (0: nothing behind)."""
    depth = np.full((camera.height, camera.width), wall_mm, np.float32)
    spots = [
        joints[a] * (1 - s) + joints[b] * s for a, b in BONES for s in (0, 0.2, 0.4, 0.6, 0.8, 1)
    ]
    palm = [joints[0] * (1 - s) + joints[k] * s for k in PALM[1:] for s in (0.3, 0.6, 0.9)]
    for place, radius in sorted(
        [(p, 9.0) for p in spots] + [(p, 14.0) for p in palm], key=lambda p: -p[0][2]
    ):
        u, v = project(place, camera)
        reach = radius * camera.fx / place[2]
        x0, x1 = (int(np.clip(e, 0, camera.width)) for e in (u - reach, u + reach + 1))
        y0, y1 = (int(np.clip(e, 0, camera.height)) for e in (v - reach, v + reach + 1))
        ys, xs = np.mgrid[y0:y1, x0:x1]
        inside = 1 - ((xs - u) ** 2 + (ys - v) ** 2) / reach**2
        patch = depth[y0:y1, x0:x1]
        patch[inside > 0] = place[2] - radius * np.sqrt(inside[inside > 0])
    return depth


def make_frame(index: int = 0, with_hand: bool = True) -> DepthFrame:
    """640x480, depth unit 1 mm.

    The left 12 columns without reading, a wall at 1200 mm, perhaps a hand.
    """
    return DepthFrame(index, 1, index / 30, time.monotonic(), _depth(index, with_hand), CAMERA)


@lru_cache(maxsize=64)  # every window plays the same frames
def _depth(index: int, with_hand: bool) -> np.ndarray:
    depth = paint(camera_joints(index), CAMERA) if with_hand else np.full((480, 640), 1200.0)
    depth[:, :12] = 0
    depth = depth.astype(np.uint16)
    depth.flags.writeable = False
    return depth


def make_result(frame: DepthFrame, **changes) -> FrameResult:
    """What a perfect network would say about `make_frame`. changes: of its hand."""
    hand = replace(make_hand(frame), **changes)
    return FrameResult(frame, (hand,), {"total": 4.0}, time.monotonic())


def make_hand(frame: DepthFrame, hand_side: str = "right") -> HandEstimate:
    """The hand of `make_frame`."""
    joints = camera_joints(frame.index)
    centre = joints.mean(0)
    rotation = look_at(centre)
    image, made = _seen_and_made(frame.index)
    crop = HandCrop(image, centre, 250.0, rotation, mirrored=hand_side == "left")
    z = np.zeros(N_CODE + 9, np.float32)
    z[0] = np.sin(frame.index / 15)
    z[-9:-3] = (1, 0, 0, 0, -1, 0)
    region = HandRegion(centre, 0.9)
    return HandEstimate(hand_side, 0.87, joints, joints, z, crop, made, region, track=1)


@lru_cache(maxsize=64)
def _seen_and_made(index: int) -> tuple[np.ndarray, np.ndarray]:
    """The crop of a frame's hand, and what the network makes of it."""
    joints = camera_joints(index)
    centre = joints.mean(0)
    image = _crop_image((joints - centre) @ look_at(centre).T, float(np.linalg.norm(centre)))
    noise = np.random.default_rng(index).normal(0, 0.02, image.shape)
    made = np.where(image < 0.97, image + noise, image).astype(np.float32)
    image.flags.writeable = made.flags.writeable = False
    return image, made


def make_two(frame: DepthFrame) -> FrameResult:
    """Its hand, of track 4, and a left one 160 mm to its left, of track 7."""
    first = replace(make_hand(frame), track=4)
    joints = first.joints_mm - np.float32([160, 0, 0])
    crop = replace(first.crop, centre_mm=joints.mean(0), rotation=look_at(joints.mean(0)))
    second = replace(
        first, hand="left", confidence=0.61, joints_mm=joints, joints_raw_mm=joints, crop=crop,
        track=7,
    )  # fmt: skip
    return FrameResult(frame, (first, second), {"total": 8.0}, time.monotonic())


def nothing(frame: DepthFrame) -> FrameResult:
    return FrameResult(frame, (), {"total": 1.0}, time.monotonic())


def _crop_image(joints_mm: np.ndarray, distance_mm: float) -> np.ndarray:
    focal = 128 * distance_mm / 250
    camera = Intrinsics(128, 128, focal, focal, 63.5, 63.5)
    depth = paint(joints_mm + np.array([0.0, 0.0, distance_mm]), camera, 9999.0)
    return np.clip((depth - distance_mm) / 125, -1, 1).astype(np.float32)


class FakeEngine:
    """Curls by z[0], each finger by z[1..5]; remembers what it was asked."""

    name, weights, metadata = "fake", "fake", {}
    path = Path("fake.safetensors")

    def __init__(self) -> None:
        self.asked: list[np.ndarray] = []

    def decode(self, z: np.ndarray) -> np.ndarray:
        rows = []
        for row in np.asarray(z):
            curl = np.clip(0.3 + 0.25 * row[0] + 0.2 * row[1:6], -0.1, 1.4)
            rotation = matrix_from_6d(np.asarray(row[-9:-3], float))
            rows.append(hand(curl) @ rotation.T / 125 + row[-3:])
        return np.array(rows, np.float32)

    def synthesise(self, z: np.ndarray, perspective: float | None = None) -> np.ndarray:
        self.asked += list(np.array(z))
        return np.stack([_crop_image(j * 125, 450.0) for j in self.decode(z)])

    def encode(self, joints_norm: np.ndarray) -> np.ndarray:
        """The mean hand, its first entry by the fingers' reach: a fist is no open hand."""
        reach = np.linalg.norm(joints_norm[:, [8, 12, 16, 20]] - joints_norm[:, :1], axis=-1)
        z = np.tile(make_space().neutral(), (len(joints_norm), 1))
        z[:, 0] = 1.2 - reach.mean(1)
        return z

    def realism(self, images: np.ndarray) -> np.ndarray:
        """The share of the picture that shows a hand, times two."""
        return (2 * (np.asarray(images) < 0.97).mean((1, 2))).astype(np.float32)

    def estimate(self, images: np.ndarray) -> EngineOutput:
        raise AssertionError("the fake pipeline asks no network")

    def localise(self, inputs: np.ndarray) -> None:
        return None


class FakePipeline:
    """Knows the hand of every frame. `hands` False: sees none."""

    def __init__(self, config: EstimatorConfig | None = None):
        self.config = config or EstimatorConfig()
        self.engine = FakeEngine()
        self.pointed: list[tuple[float, float]] = []
        self.hands = True

    def process(self, frame: DepthFrame) -> FrameResult:
        frame = corrected_frame(frame, self.config.camera)
        return make_result(frame) if self.hands else nothing(frame)

    def point_at(self, pixel: tuple[float, float]) -> None:
        self.pointed.append(pixel)

    def apply(self, config: EstimatorConfig) -> None:
        self.config = config

    def reset(self) -> None:
        self.was_reset = True


class FakeSource(DepthSource):
    """A recording of `count` frames at `fps`, or a camera."""

    def __init__(
        self, count: int = 40, fps: float = 30.0, kind: str = "recording", name: str = "fake.npz"
    ):
        self._count, self._fps, self._kind, self._name = count, fps, kind, name
        self._next = 0
        self.closed = False

    def open(self) -> StreamInfo:
        self.closed = False
        seekable = self._kind != "camera"
        count = self._count if seekable else None
        last_s = (count - 1) / self._fps if seekable else None
        return StreamInfo(self._name, self._kind, CAMERA, 1.0, self._fps, count, last_s, seekable)

    def read(self, timeout_s: float = 0.2) -> DepthFrame | None:
        if self._kind == "camera":
            time.sleep(1 / self._fps)
        elif self._next >= self._count:
            raise EndOfStream
        self._next += 1
        return make_frame(self._next - 1)

    def close(self) -> None:
        self.closed = True

    @property
    def position(self) -> int:
        return self._next

    def seek(self, index: int) -> None:
        self._next = int(np.clip(index, 0, self._count - 1))

    def index_at(self, seconds: float) -> int:
        return int(np.ceil(seconds * self._fps))


def find_fake(spec: str | None) -> DepthSource:
    """In place of `registry.open_source`.

    "bad" cannot be opened, "camera" is live, None is the demo.
    """
    if spec == "bad":
        raise NotARecording("bad is not a recording this program understands", "try another")
    if spec == "camera":
        return FakeSource(kind="camera", name="Fake camera")
    if spec in (None, "demo"):  # does not end before a slow machine has loaded the network
        return FakeSource(4000, kind="demo", name=spec or "demo hand")
    return FakeSource(name=spec)


def make_ready(directions: tuple[Direction, ...] | None = None) -> SpaceReady:
    """What the explorer tells of the fake network."""
    space = make_space()
    ready = describe_space(FakeEngine(), space, PriorDensity(space))
    return ready if directions is None else replace(ready, directions=directions)


def make_space() -> LatentSpace:
    """Directions are the code's own axes; unit spread; bounds of 2.5."""
    eye = np.eye(N_CODE, dtype=np.float32)
    ones = np.ones(N_CODE, np.float32)
    return LatentSpace(
        ones[:1], np.zeros((1, N_CODE), np.float32), eye[None] * 0.7, np.zeros(N_CODE, np.float32),
        eye, ones, -2.5 * ones, 2.5 * ones,
    )  # fmt: skip
