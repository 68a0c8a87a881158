"""What the outlet sends, as docs/outlet.md describes it."""

from __future__ import annotations

import json
import math

from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from app.export.track import FrameJoints, rows_of
from app.frames import FrameResult
from app.skeleton import BONES, JOINT_NAMES
from app.version import VERSION

FORMAT = 1  # grows when a message changes so that a client must know
OSC_HAND, OSC_JOINTS = "/crossing_nets/hand", "/crossing_nets/joints"
OSC_EXPLORED = "/crossing_nets/explored"  # before a hand that no sensor has seen


def greeting() -> str:
    """JSON, the first message to every WebSocket client."""
    return json.dumps(
        {
            "type": "hello",
            "format": FORMAT,
            "program": "crossing-nets",
            "version": VERSION,
            "units": {"joints_mm": "mm", "t_s": "s"},
            "axes": "camera frame: x right, y down, z forward",
            "joint_names": list(JOINT_NAMES),
            "bones": BONES.tolist(),
        }
    )


def json_messages(result: FrameResult) -> list[str]:
    """One frame for WebSocket clients: a message a hand, one that says so where there is none."""
    return [_json_message(row, result.explored) for row in rows_of(result)]


def _json_message(row: FrameJoints, explored: bool) -> str:
    joints = None if row.joints_mm is None else row.joints_mm.astype(float).round(2).tolist()
    return json.dumps(
        {
            "type": "hand",
            "frame": row.index,
            "t_s": round(row.t_s, 6) if math.isfinite(row.t_s) else None,
            "detected": row.detected,
            "hand": row.hand,
            "confidence": round(float(row.confidence), 4),
            "joints_mm": joints,
            "track": row.track,
            "explored": explored,
        },
        separators=(",", ":"),
    )


def osc_bundle(result: FrameResult, seconds: float) -> OscBundle:
    """One frame for OSC: each hand and, right after it, its 63 coordinates; or that there is none.

    seconds: since the first frame that was sent; OSC's float is too coarse for a device's clock.
    """
    bundle = OscBundleBuilder(IMMEDIATELY)
    if result.explored:
        bundle.add_content(_message(OSC_EXPLORED, [(1, "i")]))
    for row in rows_of(result):
        hand = (
            (row.index, "i"), (int(row.detected), "i"), (row.hand or "", "s"),
            (float(row.confidence), "f"), (seconds, "f"), (row.track or 0, "i"),
        )  # fmt: skip
        bundle.add_content(_message(OSC_HAND, hand))
        if row.joints_mm is not None:
            values = row.joints_mm.reshape(-1).tolist()
            bundle.add_content(_message(OSC_JOINTS, [(value, "f") for value in values]))
    return bundle.build()


def _message(address: str, arguments):
    builder = OscMessageBuilder(address)
    for value, kind in arguments:
        builder.add_arg(value, kind)
    return builder.build()
