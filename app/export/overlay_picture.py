"""One frame of an overlay video: depth as a calm picture, the skeleton over it, a line of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.cv import cv2
from app.export.track import LOW_CONFIDENCE, FrameJoints, Track
from app.frames import DepthFrame
from app.geometry import project
from app.skeleton import BONES, joint_colours

NEAR_RGB, FAR_RGB, NOTHING_RGB = (226, 233, 240), (38, 47, 66), (20, 22, 26)
MARGIN_MM = 120.0  # of depth shown before and behind where hands were
TEXT_RGB = (221, 226, 233)
SHIFT = 4  # fractional bits of drawn coordinates


@dataclass(frozen=True, slots=True)
class DepthRange:
    """What is drawn from lightest to darkest."""

    near_mm: float
    far_mm: float

    @classmethod
    def of(cls, track: Track) -> DepthRange:
        """Where the hands of a track are, with a margin; 0.2 to 1.5 m where it has none."""
        z = track.joints_mm[track.detected][..., 2]
        if not len(z):
            return cls(200.0, 1500.0)
        near, far = np.percentile(z, (1, 99))
        return cls(max(float(near) - MARGIN_MM, 0.0), float(far) + MARGIN_MM)


def draw_overlay(
    frame: DepthFrame, hands: Sequence[FrameJoints], limits: DepthRange, text: str
) -> np.ndarray:
    """uint8 [H, W, 3] RGB of even height and width, as video codecs want it."""
    picture = paint_depth(frame, limits)
    for row in hands:
        if row.joints_mm is not None:
            pixels = project(row.joints_mm, frame.intrinsics)
            _draw_skeleton(picture, pixels, row.confidence < LOW_CONFIDENCE)
    _draw_text(picture, text)
    height, width = (2 * (n // 2) for n in picture.shape[:2])
    return np.ascontiguousarray(picture[:height, :width])


def paint_depth(frame: DepthFrame, limits: DepthRange) -> np.ndarray:
    """uint8 [H, W, 3] RGB: nearer is lighter; no reading and what is beyond the range is dark."""
    depth = frame.depth_mm
    span = max(limits.far_mm - limits.near_mm, 1.0)
    share = np.clip((limits.far_mm - depth) * (255 / span), 0, 255).astype(np.uint8)
    steps = np.linspace(0, 1, 256)[:, None]
    table = (np.array(FAR_RGB) * (1 - steps) + np.array(NEAR_RGB) * steps).astype(np.uint8)
    picture = table[share]
    picture[(depth <= 0) | (depth > limits.far_mm)] = NOTHING_RGB
    return picture


def caption(hands: Sequence[FrameJoints], index: int, seconds: float) -> str:
    """What the line of text says of a frame; no rows: nothing is known of it."""
    found = [f"{row.hand} {row.confidence:.2f}" if row.detected else "no hand" for row in hands]
    return "   ".join([f"frame {index}", f"{seconds:.2f} s", *found])


def _draw_skeleton(picture: np.ndarray, pixels: np.ndarray, doubtful: bool) -> None:
    scale = picture.shape[0] / 480
    wide = max(1, round((1 if doubtful else 3) * scale))
    points = np.round(pixels * (1 << SHIFT)).astype(np.int64)
    limit = (1 << 15) << SHIFT
    good = np.isfinite(pixels).all(-1) & (np.abs(points) < limit).all(-1)
    colours = joint_colours().tolist()
    for near, far in BONES:
        if good[near] and good[far]:
            ends = (tuple(points[near].tolist()), tuple(points[far].tolist()))
            cv2.line(picture, *ends, (0, 0, 0), wide + 2, cv2.LINE_AA, SHIFT)
            cv2.line(picture, *ends, colours[far], wide, cv2.LINE_AA, SHIFT)
    for joint in np.flatnonzero(good):
        place, radius = tuple(points[joint].tolist()), round(3.2 * scale * (1 << SHIFT))
        cv2.circle(picture, place, radius, colours[joint], -1, cv2.LINE_AA, SHIFT)


def _draw_text(picture: np.ndarray, text: str) -> None:
    """At the bottom, on a darker band."""
    if not text:
        return
    scale = picture.shape[0] / 480
    band = picture[-round(30 * scale) :]
    band[:] = band // 3
    place, wide = (round(12 * scale), picture.shape[0] - round(10 * scale)), max(1, round(scale))
    font, size = cv2.FONT_HERSHEY_SIMPLEX, 0.5 * scale
    cv2.putText(picture, text, place, font, size, TEXT_RGB, wide, cv2.LINE_AA)
