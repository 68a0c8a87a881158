"""Which `camera_info` belongs to the pictures of a topic, and what it says of their camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os.path import commonpath

from app.capture.base import Damaged
from app.capture.recordings.pictures.camera_guess import usual_camera
from app.capture.recordings.ros.messages import RosCamera, parse_camera, scaled
from app.capture.recordings.ros.serial import read_message
from app.capture.recordings.ros.stores import MessageStore
from app.errors import NotARecording
from app.frames import Intrinsics

CAMERA_TYPE = "sensor_msgs/CameraInfo"
TRANSPORTS = ("compressedDepth", "compressed")
FEW = 16  # messages looked at where one is wanted


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """The camera of a topic's pictures."""

    intrinsics: Intrinsics
    note: str  # what the user should know of it; "" where it is told as it is
    frame_id: str  # "" where no message describes it
    known: bool = True  # False: its numbers are a guess


def base_topic(topic: str) -> str:
    """Without the name of the transport that packs its pictures."""
    base, _, last = topic.rpartition("/")
    return base if last in TRANSPORTS else topic


def camera_of(
    store: MessageStore, topic: str, width: int, height: int, frame_id: str
) -> FoundCamera:
    """The camera of pictures [height, width] of a topic: told, scaled, or guessed and said so."""
    note = ""
    for info in _candidates(store, topic, frame_id):
        try:
            camera = _first_of(store, info)
            if camera is None:
                continue
            intrinsics, note = camera.intrinsics("rect" in base_topic(topic).rpartition("/")[2])
        except NotARecording:
            continue
        if (camera.width, camera.height) == (width, height):
            return FoundCamera(intrinsics, note, camera.frame_id)
        if abs(width * camera.height / (height * camera.width) - 1) < 0.02:
            told = f"its camera is described for {camera.width} x {camera.height} pixels and scaled"
            return FoundCamera(scaled(intrinsics, width, height), told, camera.frame_id)
    guess, note = usual_camera(width, height)
    return FoundCamera(guess, note, "", known=False)


def _candidates(store: MessageStore, topic: str, frame_id: str) -> Iterator[str]:
    """Topics that may describe the camera, the likeliest first."""
    base = base_topic(topic)
    folder = base.rpartition("/")[0]
    infos = sorted(t for t, kind in store.topics.items() if kind == CAMERA_TYPE)
    beside = [f"{base}/camera_info", f"{folder}/camera_info"]
    yield from (t for t in beside if t in infos)
    others = [t for t in infos if t not in beside]
    others.sort(key=lambda t: -len(commonpath([t, base])))
    same_frame = []
    for other in others:
        camera = _first_of(store, other)
        if camera is not None and camera.frame_id == frame_id:
            same_frame.append(other)
    yield from same_frame


def _first_of(store: MessageStore, topic: str) -> RosCamera | None:
    """The first description that can be read."""
    for index in range(min(len(store.times_ns(topic)), FEW)):
        try:
            return parse_camera(read_message(store.message(topic, index), store.is_cdr(topic)))
        except Damaged:
            continue
    return None
