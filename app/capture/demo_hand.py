"""The demo's hand: gestures, turns and distances as functions of time, and its depth image.

Nothing is behind the hand, as with a short-range camera.
"""

from __future__ import annotations

import math

import numpy as np

from app.geometry import project, rotation_about
from app.hand.kinematics import dof, pose
from app.hand.shape import facing_rotation, mean_shape
from app.synthetic.camera_models import frame_camera
from app.synthetic.raster import pinhole_of, rasterise
from app.synthetic.scenes.hands import PosedHand, pose_hand
from app.synthetic.sensor_models import SensorModel
from app.synthetic.sensor_noise import apply_sensor

CAMERA = frame_camera("sr305").nominal()
FAR_MM = 4000.0
SENSOR = SensorModel(
    axial_mm=0.4, axial_500_mm=0.4, lateral_px=0.2, edge_drop=0.1, grazing_mm=14, smooth=1
)
FINGERS = ("index", "middle", "ring", "little")
MARGIN_PX = 6  # round the hand's own rectangle, for the sensor's sideways effects
HOLD_S, CHANGE_S = 1.5, 1.3  # a gesture is held, then turns into the next


def _fingers(mcp: float, pip: float, dip: float, *names: str) -> dict[str, float]:
    """Flexion in degrees of the named fingers' three joints."""
    angles = zip(("mcp", "pip", "dip"), (mcp, pip, dip), strict=True)
    return {f"{name}_{joint}_flexion": angle for joint, angle in angles for name in names}


def _thumb(flexion: float, abduction: float, twist: float, mcp: float, ip: float) -> dict:
    """Degrees at the thumb's base (flexion; abduction, negative towards the palm; twist) and on."""
    base = zip(("flexion", "abduction", "twist"), (flexion, abduction, twist), strict=True)
    return {
        **{f"thumb_cmc_{kind}": angle for kind, angle in base},
        "thumb_mcp_flexion": mcp,
        "thumb_ip_flexion": ip,
    }


CURLED = (80.0, 100.0, 60.0)
FOLDED_THUMB = _thumb(-4, -10, 20, 33, 52)
SLACK = _fingers(12, 20, 10, *FINGERS[1:])
GESTURES: dict[str, np.ndarray] = {
    "open": pose(),
    "relaxed": pose(**_fingers(18, 28, 14, *FINGERS), thumb_cmc_flexion=8, thumb_ip_flexion=10),
    "fist": pose(**_fingers(*CURLED, *FINGERS), **FOLDED_THUMB),
    "point": pose(**_fingers(*CURLED, *FINGERS[1:]), **FOLDED_THUMB),
    "victory": pose(**_fingers(*CURLED, "ring", "little"), **_thumb(5, -15, 20, 38, 58)),
    "pinch": pose(**_fingers(38, 45, 23, "index"), **SLACK, **_thumb(7, -13, 12, 13, 21)),
    "grasp": pose(**_fingers(35, 50, 30, *FINGERS), **_thumb(12, -12, 8, 15, 20)),
    "thumb_up": pose(**_fingers(*CURLED, *FINGERS), thumb_cmc_flexion=-15, thumb_ip_flexion=-10),
}
CYCLE = (
    "open", "pinch", "open", "point", "fist", "open", "grasp", "victory", "relaxed", "thumb_up",
)  # fmt: skip
CYCLE_POSES = np.stack([GESTURES[name] for name in CYCLE])


def hand_at(t_s: float) -> PosedHand:
    """The hand at a time, camera frame."""
    return pose_hand(gesture_at(t_s), mean_shape()).moved(*place_at(t_s))


def gesture_at(t_s: float) -> np.ndarray:
    """float32 [31] rad: held gestures joined by minimum-jerk changes (Flash & Hogan 1985)."""
    step, into = divmod(t_s, HOLD_S + CHANGE_S)
    now, following = (CYCLE_POSES[int(step + k) % len(CYCLE)] for k in (0, 1))
    x = min(max((into - HOLD_S) / CHANGE_S, 0.0), 1.0)
    theta = now + (following - now) * np.float32(x**3 * (10 - 15 * x + 6 * x * x))
    theta[dof("wrist_flexion")] += 0.15 * math.sin(0.83 * t_s)
    theta[dof("wrist_deviation")] += 0.10 * math.sin(1.9 * t_s) + 0.12 * math.sin(0.37 * t_s)
    for k, name in enumerate(FINGERS):  # fingers are never quite still
        theta[dof(f"{name}_mcp_flexion")] += 0.05 * math.sin(1.3 * t_s + 0.9 * k)
    return theta


def place_at(t_s: float) -> tuple[np.ndarray, np.ndarray]:
    """(rotation [3, 3], centre [3] mm): slow swings and turns that do not repeat together."""
    yaw = 0.55 * math.sin(0.61 * t_s) + 0.25 * math.sin(0.23 * t_s + 1)
    pitch = 0.28 * math.sin(0.47 * t_s + 0.5)
    roll = 0.30 * math.sin(0.39 * t_s) + 0.06 * math.sin(1.7 * t_s)
    turn = rotation_about(np.array([0, 0, 1.0]), roll) @ rotation_about(
        np.array([1.0, 0, 0]), pitch
    )
    turn = turn @ rotation_about(np.array([0, 1.0, 0]), yaw) @ facing_rotation()
    x = 60 * math.sin(0.33 * t_s)
    y = 5 + 28 * math.sin(0.51 * t_s + 2)
    return turn, np.array([x, y, 440 + 90 * math.sin(0.29 * t_s + 0.3)])


def render(hand: PosedHand, seed: int) -> np.ndarray:
    """uint16 [480, 640] mm, 0 = no reading: the hand as a gentle sensor sees it."""
    frame = np.zeros((CAMERA.height, CAMERA.width), np.uint16)
    pixels = project(hand.vertices_mm, CAMERA)
    limit = [CAMERA.width, CAMERA.height]
    x0, y0 = np.clip(np.floor(pixels.min(0)) - MARGIN_PX, 0, limit).astype(int)
    x1, y1 = np.clip(np.ceil(pixels.max(0)) + MARGIN_PX + 1, 0, limit).astype(int)
    part = np.full((y1 - y0, x1 - x0), FAR_MM, np.float32)
    rasterise(hand.vertices_mm, hand.triangles, pinhole_of(CAMERA, x0, y0), part)
    apply_sensor(part, FAR_MM, SENSOR, CAMERA.fx, seed)
    part[part >= FAR_MM] = 0
    frame[y0:y1, x0:x1] = np.rint(part)
    return frame
