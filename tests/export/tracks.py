"""A recording's joints, made up: a hand that moves, some frames without it."""

from __future__ import annotations

from dataclasses import replace

from app.export.track import Track, TrackBuilder, TrackSource
from app.frames import FrameResult
from tests.widgets import fakes

SOURCE = TrackSource("hand.bag", fakes.CAMERA, 0.125, 30.0, 2.0, "live.safetensors 1a2b3c4d")


def make_track(count: int = 30, without=(0, 1, 7, 8), side: str = "right", doubtful=()) -> Track:
    """`count` frames of the fake hand; those in `without` show none."""
    builder = TrackBuilder(SOURCE, capacity=4)
    for k in range(count):
        builder.add(make_row(k, k not in without, side, 0.2 if k in doubtful else 0.87))
    return builder.track()


def make_row(k: int, found: bool, side: str, confidence: float) -> FrameResult:
    """Raw joints lie 2 mm beside the filtered ones."""
    frame = replace(fakes.make_frame(k, with_hand=False), depth_unit_mm=SOURCE.depth_unit_mm)
    if not found:
        return fakes.nothing(frame)
    joints = fakes.camera_joints(k)
    return fakes.make_result(
        frame, hand=side, confidence=confidence, joints_mm=joints, joints_raw_mm=joints + 2
    )
