"""A BVH that is read back, by a reader written for this test, gives the joints again."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from app.errors import OutputError
from app.export.bvh import normalised
from app.export.track import Track
from app.export.track_files import write_track
from app.skeleton import JOINT_NAMES, bone_lengths, mirror
from tests.export.tracks import make_track

AXES = {"X": 0, "Y": 1, "Z": 2}


class Node:
    def __init__(self, name: str, parent: Node | None):
        self.name, self.parent = name, parent
        self.offset, self.channels = np.zeros(3), []


def read_bvh(text: str) -> tuple[list[Node], np.ndarray, float]:
    """Nodes in the order of the file, values [frames, channels], seconds from frame to frame."""
    hierarchy, motion = text.split("MOTION\n")
    nodes, stack = [], []
    for line in hierarchy.splitlines()[1:]:
        words = line.split()
        if words[0] in ("ROOT", "JOINT", "End"):
            name = f"{stack[-1].name} end" if words[0] == "End" else words[1]
            nodes.append(Node(name, stack[-1] if stack else None))
        elif words[0] == "{":
            stack.append(nodes[-1])
        elif words[0] == "}":
            stack.pop()
        elif words[0] == "OFFSET":
            nodes[-1].offset = np.array(words[1:], float)
        else:
            assert int(words[1]) == len(words) - 2
            nodes[-1].channels = words[2:]
    assert stack == []
    count, step, *rows = motion.splitlines()
    values = np.array([row.split() for row in rows], float)
    assert len(values) == int(count.removeprefix("Frames: "))
    return nodes, values, float(step.removeprefix("Frame Time: "))


def places(nodes: list[Node], row: np.ndarray) -> dict[str, np.ndarray]:
    """Where every node is in one frame: channels are carried out from left to right."""
    turns, found, k = {}, {}, 0
    for node in nodes:
        turn, shift = np.eye(3), node.offset.copy()
        for channel in node.channels:
            axis, value, k = AXES[channel[0]], row[k], k + 1
            if channel.endswith("position"):
                shift[axis] += value
            else:
                turn = turn @ about(axis, np.radians(value))
        before = (np.eye(3), np.zeros(3)) if node.parent is None else turns[node.parent.name]
        turns[node.name] = (before[0] @ turn, before[1] + before[0] @ shift)
        found[node.name] = turns[node.name][1]
    assert k == len(row)
    return found


def about(axis: int, angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    turn = np.eye(3)
    a, b = (axis + 1) % 3, (axis + 2) % 3
    turn[a, a], turn[a, b], turn[b, a], turn[b, b] = c, -s, s, c
    return turn


def read_joints(path) -> np.ndarray:
    """[n, 21, 3] mm, camera frame."""
    nodes, values, _ = read_bvh(path.read_text())
    names = [n if not n.endswith("_tip") else n[:-3] + last for n in JOINT_NAMES for last in (
        ["ip end"] if n.startswith("thumb") else ["dip end"])]  # fmt: skip
    rows = [[at[name] for name in names] for at in (places(nodes, row) for row in values)]
    return np.array(rows) * (1, -1, -1)


def wanted(track: Track) -> np.ndarray:
    """[n, 21, 3]: each bone in its own direction, at the subject's mean length.

    NaN where no hand is.
    """
    seen = track.joints_mm[track.detected]
    return normalised(track.joints_mm, bone_lengths(seen).mean(0))


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_joints_come_back(tmp_path, side):
    track = make_track(side=side)
    if side == "left":
        joints = mirror(track.joints_mm) + np.float32((0, 0, 30))
        track = replace(track, joints_mm=joints, joints_raw_mm=joints)
    write_track(tmp_path / "a.bvh", track)
    got, true = read_joints(tmp_path / "a.bvh"), wanted(track)
    assert got.shape == (30, 21, 3)
    error = np.linalg.norm(got - true, axis=-1)[track.detected]
    assert error.max() < 0.1


def test_bones_are_the_subjects_mean_and_never_change(tmp_path):
    track = make_track()
    rng = np.random.default_rng(0)
    noisy = track.joints_mm + rng.normal(0, 2, track.joints_mm.shape).astype(np.float32)
    track = replace(track, joints_mm=noisy, joints_raw_mm=noisy)
    write_track(tmp_path / "a.bvh", track)
    lengths = bone_lengths(read_joints(tmp_path / "a.bvh"))
    assert np.ptp(lengths, axis=0).max() < 0.01
    assert np.abs(lengths[0] - bone_lengths(noisy[track.detected]).mean(0)).max() < 0.01
    assert (
        np.linalg.norm(read_joints(tmp_path / "a.bvh") - wanted(track), axis=-1)[
            track.detected
        ].max()
        < 0.1
    )


def test_frames_without_a_hand_hold_the_one_before(tmp_path):
    track = make_track(without=(0, 7, 8))
    write_track(tmp_path / "a.bvh", track)
    joints = read_joints(tmp_path / "a.bvh")
    assert np.allclose(joints[0], joints[1])
    assert np.allclose(joints[7], joints[6])
    assert np.allclose(joints[8], joints[6])
    assert not np.allclose(joints[9], joints[6], atol=0.5)
    beside = json.loads((tmp_path / "a.bvh.json").read_text())
    assert [k for k, held in enumerate(beside["held"]) if held] == [0, 7, 8]


def test_what_the_format_cannot_say_is_beside_it(tmp_path):
    track = make_track()
    write_track(tmp_path / "a.bvh", track)
    beside = json.loads((tmp_path / "a.bvh.json").read_text())
    assert beside["units"]["OFFSET"] == "mm"
    assert beside["weights"] == track.source.weights
    assert {"version", "intrinsics", "axes"} <= set(beside)
    assert np.allclose(beside["t_s"], track.t_s, atol=1e-6)
    step = read_bvh((tmp_path / "a.bvh").read_text())[2]
    assert step == pytest.approx(1 / 30, abs=1e-5)


def test_angles_never_jump_by_a_whole_turn(tmp_path):
    track = make_track(count=60, without=())
    middle = track.joints_mm.mean((0, 1))
    turns = np.stack([about(2, angle) for angle in np.linspace(0, 4 * np.pi, 60)])
    joints = (track.joints_mm - middle) @ np.swapaxes(turns, 1, 2) + middle  # round and round
    track = replace(track, joints_mm=joints.astype(np.float32))
    write_track(tmp_path / "a.bvh", track)
    _, values, _ = read_bvh((tmp_path / "a.bvh").read_text())
    assert np.abs(np.diff(values[:, 3:], axis=0)).max() < 180


def test_a_bone_that_points_straight_back_is_turned_by_half_a_turn():
    from app.export.bvh import _swing

    start = np.array([[0.0, 1, 0], [1, 0, 0], [0.6, 0.8, 0]])
    for end in (-start, start, np.roll(start, 1, -1)):
        turn = _swing(start, end)
        assert np.allclose(np.einsum("nij,nj->ni", turn, start), end, atol=1e-9)
        assert np.allclose(turn @ np.swapaxes(turn, -1, -2), np.eye(3), atol=1e-9)
        assert np.allclose(np.linalg.det(turn), 1)


def test_without_any_hand_there_is_nothing_to_write(tmp_path):
    with pytest.raises(OutputError, match="no frame has a hand"):
        write_track(tmp_path / "a.bvh", make_track(count=3, without=range(3)))
    assert list(tmp_path.iterdir()) == []
