"""Where the colour camera stands against the depth camera, from the transforms of a recording."""

from __future__ import annotations

import numpy as np

from app.capture.base import Damaged
from app.capture.recordings.poses import between, pose_of
from app.capture.recordings.ros.serial import MessageReader, read_message
from app.capture.recordings.ros.stores import MessageStore
from app.frames import read_only

TREE_TOPICS = ("/tf_static", "/tf")
FEW = 64  # messages of a topic that are looked at: what stands still is told at the start
MOST_LINKS = 1000


def colour_from_depth(
    store: MessageStore, depth_frame: str, colour_frame: str
) -> np.ndarray | None:
    """float64 [4, 4], mm, read-only: depth camera -> colour camera; None: it is not told."""
    if not depth_frame or not colour_frame:
        return None
    if depth_frame == colour_frame:
        return read_only(np.eye(4))
    links = _links(store)
    depth, colour = _to_root(links, depth_frame), _to_root(links, colour_frame)
    if depth is None or colour is None or depth[1] != colour[1]:
        return None
    return between(np.linalg.inv(depth[0]), np.linalg.inv(colour[0]))


def _links(store: MessageStore) -> dict[str, tuple[str, np.ndarray]]:
    """By child: (parent, float64 [4, 4] in metres: child's points -> parent's)."""
    links: dict[str, tuple[str, np.ndarray]] = {}
    for topic in TREE_TOPICS:
        if topic not in store.topics:
            continue
        for index in range(min(len(store.times_ns(topic)), FEW)):
            try:
                message = read_message(store.message(topic, index), store.is_cdr(topic))
                for parent, child, pose in _parse_tree(message):
                    links.setdefault(child, (parent, pose))
            except Damaged:
                continue
    return links


def _parse_tree(message: MessageReader) -> list[tuple[str, str, np.ndarray]]:
    """`tf2_msgs/TFMessage`: (parent, child, pose). Raises Damaged."""
    (count,) = message.numbers("I")
    if count > MOST_LINKS:
        raise Damaged(f"{count} transforms")
    found = []
    for _ in range(count):
        _, parent = message.stamp()
        child = message.text()
        move, turn = message.numbers("3d"), message.numbers("4d")
        found.append((parent.lstrip("/"), child.lstrip("/"), pose_of(move, turn)))
    return found


def _to_root(links: dict[str, tuple[str, np.ndarray]], frame: str) -> tuple[np.ndarray, str] | None:
    """(pose in the frame at the top, its name); None: the chain is a circle."""
    pose, name = np.eye(4), frame.lstrip("/")
    for _ in range(len(links) + 1):
        if name not in links:
            return pose, name
        parent, step = links[name]
        pose, name = step @ pose, parent
    return None
