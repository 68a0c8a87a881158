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


def imagine(
    engine: Engine,
    z: np.ndarray,
    crop: HandCrop | None = None,
    mirrored: bool = False,
    index: int = 0,
    t_s: float | None = None,
    asked_s: float | None = None,
) -> FrameResult:
    """z [D]; crop: a picture to compare with, whose cube is then the hand's. mirrored: show a left
    hand. t_s: the frame's time, and asked_s: when it was asked for (None: now).
    """
    z = np.asarray(z, np.float32)[None]
    cube_mm = crop.cube_mm if crop is not None else CUBE_MM
    joints = engine.decode(z)[0] * (cube_mm / 2)
    image = np.ascontiguousarray(engine.synthesise(z)[0], np.float32)
    shown = image[:, ::-1] if mirrored else image
    joints = mirror(joints) if mirrored else joints
    centre = np.array([0.0, 0.0, DISTANCE_MM], np.float32)
    asked_s = time.monotonic() if asked_s is None else asked_s
    t_s = asked_s if t_s is None else t_s
    seen = HandCrop(
        image=crop.image if crop is not None else np.ones_like(image),
        centre_mm=centre,
        cube_mm=cube_mm,
        rotation=np.eye(3, dtype=np.float32),
        mirrored=mirrored,
    )
    joints_mm = read_only((joints + centre).astype(np.float32))
    hand = HandEstimate(
        hand="left" if mirrored else "right",
        confidence=1.0,
        joints_mm=joints_mm,
        joints_raw_mm=joints_mm,
        z=read_only(z[0].copy()),
        crop=seen,
        synthesised=read_only(image),
    )
    frame = _frame(shown, cube_mm, index, t_s, asked_s)
    return FrameResult(frame, (hand,), t_done_s=time.monotonic())


def _frame(image: np.ndarray, cube_mm: float, index: int, t_s: float, asked_s: float) -> DepthFrame:
    side = image.shape[0]
    depth = (DISTANCE_MM + image * (cube_mm / 2)) / UNIT_MM
    raw = np.where(image < EMPTY_FROM, depth, 0).astype(np.uint16)
    focal = side * DISTANCE_MM / cube_mm
    middle = (side - 1) / 2
    camera = Intrinsics(side, side, focal, focal, middle, middle)
    return DepthFrame(index, 0, t_s, asked_s, read_only(raw), camera, UNIT_MM)
