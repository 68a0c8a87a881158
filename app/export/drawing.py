"""A hand as a small picture: its skeleton, or its depth map in colour."""

from __future__ import annotations

import numpy as np

from app.cv import cv2
from app.frames import BACKGROUND, CROP_SIZE
from app.skeleton import BONES, joint_colours

PERSPECTIVE = 125 / 600  # half the cube over its distance, as the engine synthesises
GROUND = 24  # grey behind the hand
_FINE = 4  # drawn larger, then reduced: smooth lines
_EMPTY_FROM = BACKGROUND - 0.03  # values from here on are background or its soft edge


def draw_skeleton(joints: np.ndarray, side: int = CROP_SIZE) -> np.ndarray:
    """joints_norm [21, 3] -> uint8 [side, side, 3] RGB, as the crop's camera sees it.

    Far bones are drawn first.
    """
    near = joints[:, :2] / (1 + joints[:, 2:] * PERSPECTIVE)
    place = ((near + 1) / 2 * side * _FINE).round().astype(int)
    canvas = np.full((side * _FINE, side * _FINE, 3), GROUND, np.uint8)
    width = max(1, round(3 * _FINE * side / CROP_SIZE))
    for k in np.argsort(-joints[BONES, 2].mean(1)):
        a, b = (tuple(map(int, place[j])) for j in BONES[k])
        colour = tuple(map(int, joint_colours()[BONES[k, 1]]))
        cv2.line(canvas, a, b, colour, width, cv2.LINE_AA)
    return cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)


def draw_depth(image: np.ndarray, side: int = CROP_SIZE) -> np.ndarray:
    """A crop float32 [128, 128] in [-1, 1] -> uint8 [side, side, 3] RGB; near is bright."""
    grey = ((1 - image) / 2 * 255).clip(0, 255).astype(np.uint8)
    picture = cv2.applyColorMap(grey, cv2.COLORMAP_VIRIDIS)[..., ::-1].copy()
    picture[image >= _EMPTY_FROM] = GROUND
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR)
