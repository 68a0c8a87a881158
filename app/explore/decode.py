"""The hand of a latent as a result that every view can show: Dec(z) and Gen(Ali(z)).

Its frame is the synthesised depth, as a virtual camera would see it.
"""

from __future__ import annotations

import time

import numpy as np

from app.engine.engine import Engine
from app.frames import (
    BACKGROUND,
    CUBE_MM,
    DepthFrame,
    FrameResult,
    HandCrop,
    HandEstimate,
    Intrinsics,
    read_only,
)
from app.skeleton import mirror

DISTANCE_MM = 450.0  # where the hand is put in front of its virtual camera
UNIT_MM = 0.125
EMPTY_FROM = BACKGROUND - 0.03  # values from here on are background or its soft edge


def decode_to_estimate(
    engine: Engine, z: np.ndarray, crop: HandCrop | None = None, mirrored: bool = False
) -> HandEstimate:
    """The hand of z, float [D], `DISTANCE_MM` before its virtual camera.

    crop: a picture to compare with, whose cube is then the hand's. mirrored: as a left hand.
    """
    z = np.asarray(z, np.float32)[None]
    cube_mm = crop.cube_mm if crop is not None else CUBE_MM
    joints = engine.decode(z)[0] * (cube_mm / 2)
    image = np.ascontiguousarray(engine.synthesise(z)[0], np.float32)
    centre = np.array([0.0, 0.0, DISTANCE_MM], np.float32)
    joints = mirror(joints) if mirrored else joints
    joints_mm = read_only((joints + centre).astype(np.float32))
    seen = HandCrop(
        image=crop.image if crop is not None else np.ones_like(image),
        centre_mm=centre,
        cube_mm=cube_mm,
        rotation=np.eye(3, dtype=np.float32),
        mirrored=mirrored,
    )
    return HandEstimate(
        hand="left" if mirrored else "right",
        confidence=1.0,
        joints_mm=joints_mm,
        joints_raw_mm=joints_mm,
        z=read_only(z[0].copy()),
        crop=seen,
        synthesised=read_only(image),
    )


def picture_of(hand: HandEstimate, index: int, t_s: float, asked_s: float) -> FrameResult:
    """A decoded hand in the depth frame that its virtual camera would see.

    t_s: the frame's time. asked_s: monotonic, when it was asked for.
    """
    image = hand.synthesised
    if image is None:
        raise ValueError("a hand without a synthesised map gives no picture")
    shown = image[:, ::-1] if hand.crop.mirrored else image
    raw, camera = depth_of(shown, hand.crop.cube_mm)
    frame = DepthFrame(index, 0, t_s, asked_s, read_only(raw), camera, UNIT_MM)
    return FrameResult(frame, (hand,), t_done_s=time.monotonic(), explored=True)


def depth_of(image: np.ndarray, cube_mm: float) -> tuple[np.ndarray, Intrinsics]:
    """A map float [S, S] in [-1, 1] as raw depth uint16 [S, S] of `UNIT_MM`, and its camera."""
    depth = (DISTANCE_MM + image * (cube_mm / 2)) / UNIT_MM
    raw = np.where(image < EMPTY_FROM, depth, 0).astype(np.uint16)
    return raw, virtual_camera(image.shape[0], cube_mm)


def virtual_camera(side: int, cube_mm: float) -> Intrinsics:
    """The camera to which a cube at `DISTANCE_MM` fills a picture of so many pixels."""
    focal, middle = side * DISTANCE_MM / cube_mm, (side - 1) / 2
    return Intrinsics(side, side, focal, focal, middle, middle)
