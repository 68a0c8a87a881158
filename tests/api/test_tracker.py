"""Hands for programs: from any source, from images of one's own, followed or each for itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.api import EstimatorConfig, HandTracker, Intrinsics
from app.api import tracker as tracker_module
from app.capture.base import BadSource, DepthSource, EndOfStream, StreamInfo
from app.config import ConfigError
from app.errors import SourceNotFound
from app.frames import DepthFrame
from app.inference.pipeline import make_pipeline
from app.resources import SAMPLE


@pytest.fixture(scope="module")
def frames() -> list[DepthFrame]:
    """Three frames of the demo, in which one hand is followed."""
    return [seen.frame for seen in HandTracker().watch("demo", frames=3)]


@pytest.fixture(scope="module")
def tracker():
    return HandTracker()


class Fake(DepthSource):
    """Plays frames; counts how often it was closed, and comes back from a loss where told to."""

    def __init__(self, frames: list[DepthFrame], lost_at: int | None = None):
        self._frames, self._lost_at, self._next, self.closed = frames, lost_at, 0, 0

    def open(self) -> StreamInfo:
        first = self._frames[0]
        return StreamInfo("fake", "recording", first.intrinsics, first.depth_unit_mm, fps=30.0)

    def read(self, timeout_s: float = 0.2) -> DepthFrame | None:
        if self._next == len(self._frames):
            raise EndOfStream
        self._next += 1
        return self._frames[self._next - 1]

    def close(self) -> None:
        self.closed += 1

    @property
    def position(self) -> int:
        return self._next

    @property
    def generation(self) -> int:
        return int(self._lost_at is not None and self._next > self._lost_at)


@pytest.fixture
def play(monkeypatch):
    """Has the next source opened be this one; returns it."""

    def give(source: Fake) -> Fake:
        monkeypatch.setattr(tracker_module, "open_source", lambda spec: source)
        return source

    return give


def arguments(frame: DepthFrame) -> tuple[np.ndarray, Intrinsics]:
    return frame.depth_raw, frame.intrinsics


def test_a_source_gives_what_the_pipeline_makes_of_its_frames():
    pipeline = make_pipeline(EstimatorConfig())
    watched = list(HandTracker().watch(SAMPLE, frames=3))
    assert [seen.frame.index for seen in watched] == [0, 1, 2]
    for seen in watched:
        (hand,) = seen.hands
        (wanted,) = pipeline.process(seen.frame).hands
        np.testing.assert_allclose(hand.joints_mm, wanted.joints_mm, atol=1e-3)
        np.testing.assert_allclose(hand.latent, wanted.z, atol=1e-5)
        assert (hand.side, hand.track) == (wanted.hand, wanted.track)
        assert hand.confidence == pytest.approx(wanted.confidence, abs=1e-5)


def test_images_of_ones_own_are_followed_as_a_source_is(frames, tracker, play):
    play(Fake(frames))
    watched = [seen.hands for seen in HandTracker().watch("fake")]
    tracker.reset()
    followed = [tracker.follow(*arguments(f), f.t_s, f.depth_unit_mm) for f in frames]
    for (ours,), (wanted,) in zip(followed, watched, strict=True):
        np.testing.assert_allclose(ours.joints_mm, wanted.joints_mm, atol=1e-3)
    assert len({hand.track for (hand,) in followed}) == 1


def test_a_single_image_does_not_depend_on_those_before(frames, tracker):
    for frame in frames[:2]:
        tracker.follow(*arguments(frame), frame.t_s, frame.depth_unit_mm)
    (after,) = tracker.find(*arguments(frames[2]), frames[2].depth_unit_mm)
    (alone,) = HandTracker().find(*arguments(frames[2]), frames[2].depth_unit_mm)
    np.testing.assert_allclose(after.joints_mm, alone.joints_mm, atol=1e-3)
    assert after.track == alone.track == 0


def test_what_was_followed_is_forgotten_after_a_single_image(frames, tracker):
    frame = frames[0]
    (before,) = tracker.follow(*arguments(frame), 0.0, frame.depth_unit_mm)
    tracker.find(*arguments(frame), frame.depth_unit_mm)
    (after,) = tracker.follow(*arguments(frame), 0.03, frame.depth_unit_mm)
    assert after.track > before.track > 0


def test_another_camera_begins_anew(frames, tracker):
    frame = frames[0]
    depth, camera = arguments(frame)
    (before,) = tracker.follow(depth, camera, 0.0, frame.depth_unit_mm)
    (same,) = tracker.follow(depth, camera, 0.03, frame.depth_unit_mm)
    (after,) = tracker.follow(depth, replace(camera, fx=camera.fx * 1.1), 0.06, frame.depth_unit_mm)
    assert before.track == same.track < after.track


def test_a_camera_that_came_back_begins_anew(frames, play):
    play(Fake(frames, lost_at=1))
    tracks = [seen.hands[0].track for seen in HandTracker().watch("fake")]
    assert tracks[0] < tracks[1] == tracks[2]


def test_a_source_is_closed_at_its_end_and_when_left_early(frames, tracker, play):
    whole = play(Fake(frames))
    assert len(list(tracker.watch("fake"))) == 3
    assert whole.closed >= 1
    left = play(Fake(frames))
    watching = tracker.watch("fake")
    next(watching)
    watching.close()
    assert left.closed >= 1


def test_an_image_without_a_hand_gives_none(tracker):
    wall = np.full((240, 320), 1500, np.uint16)
    assert tracker.find(wall, (300.0, 300.0, 159.5, 119.5)) == ()
    assert tracker.find(np.zeros((240, 320), np.uint16), (300.0, 300.0, 159.5, 119.5)) == ()


@pytest.mark.parametrize("unit_mm", [1.0, 1000.0], ids=["millimetres", "metres"])
def test_numbers_with_a_fraction_are_read(frames, tracker, unit_mm):
    frame = frames[0]
    (wanted,) = tracker.find(*arguments(frame), frame.depth_unit_mm)
    depth = frame.depth_mm / unit_mm
    depth[frame.depth_raw == 0] = np.nan
    (found,) = tracker.find(depth, frame.intrinsics, unit_mm)
    np.testing.assert_allclose(found.joints_mm, wanted.joints_mm, atol=0.5)


def test_four_numbers_are_a_camera(frames, tracker):
    frame = frames[0]
    camera = replace(frame.intrinsics, distortion=(0.0,) * 5)
    numbers = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
    (by_numbers,) = tracker.find(frame.depth_raw, numbers, frame.depth_unit_mm)
    (wanted,) = tracker.find(frame.depth_raw, camera, frame.depth_unit_mm)
    np.testing.assert_allclose(by_numbers.joints_mm, wanted.joints_mm, atol=1e-3)


def test_settings_are_those_of_the_program(frames):
    frame = frames[0]
    found = {
        side: HandTracker(EstimatorConfig(hand=side)).find(*arguments(frame), frame.depth_unit_mm)
        for side in ("left", "right")
    }
    assert found["left"] == ()  # the demo shows a right hand, and none is called left
    assert [hand.side for hand in found["right"]] == ["right"]
    with pytest.raises(ConfigError):
        EstimatorConfig(hand="both")


def test_what_is_no_source_is_said(tracker, tmp_path):
    with pytest.raises(SourceNotFound):
        next(tracker.watch(tmp_path / "none.bag"))
    with pytest.raises(BadSource):
        next(tracker.watch(""))
    with pytest.raises(ValueError, match="frames"):
        tracker.watch("demo", frames=0)
    with pytest.raises(ValueError, match="t_s"):
        tracker.follow(np.zeros((4, 4), np.uint16), (1.0, 1.0, 1.0, 1.0), float("nan"))
