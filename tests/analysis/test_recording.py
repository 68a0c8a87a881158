"""A whole recording: each frame once, damage and cancel keep what was read; and a video of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.analysis.overlay import write_overlay_video
from app.analysis.recording import estimate_recording
from app.config import EstimatorConfig
from app.cv import cv2
from app.errors import CaptureError, EndedEarly, OutputError
from app.export.overlay_picture import DepthRange, caption, draw_overlay
from app.export.video import ENDINGS, VideoFile, available_codecs, find_codec
from app.geometry import project
from app.skeleton import joint_colours
from app.threads.mailbox import Mailbox
from app.threads.task import Progress
from tests.export.tracks import make_track
from tests.inference.fakes import FakeSource as Scripted
from tests.widgets import fakes


class Pipeline(fakes.FakePipeline):
    """Sees no hand in every fifth frame; `after` is called with every frame's number."""

    after = staticmethod(lambda index: None)

    def process(self, frame):
        self.after(frame.index)
        return fakes.make_result(frame) if frame.index % 5 else fakes.nothing(frame)


@pytest.fixture
def progress():
    return Progress("analysis", Mailbox(10_000))


def find_short(spec):
    """Twelve frames."""
    return fakes.find_fake(spec) if spec in ("camera", "demo") else fakes.FakeSource(12)


def analyse(progress, find=find_short, spec="hand.npz", build=Pipeline):
    return estimate_recording(spec, EstimatorConfig(), progress, find, build)


def test_every_frame_is_there_once(progress):
    track = analyse(progress)
    assert track.index.tolist() == list(range(12))
    assert np.flatnonzero(~track.detected).tolist() == [0, 5, 10]
    assert np.allclose(track.joints_mm[7], fakes.camera_joints(7))
    assert track.source.weights == "fake"
    assert track.source.intrinsics == fakes.CAMERA
    assert track.source.note == ""


def test_a_cancelled_pass_keeps_what_was_done_and_says_so(progress):
    def build(config):
        pipeline = Pipeline(config)
        pipeline.after = lambda index: progress.stop.set() if index == 4 else None
        return pipeline

    track = analyse(progress, build=build)
    assert track.index.tolist() == list(range(5))
    assert track.source.note == "stopped after 5 of 12 frames"


def test_a_damaged_recording_gives_what_could_be_read(progress):
    frames = [fakes.make_frame(k) for k in range(6)]
    track = analyse(progress, lambda _: Scripted(frames, EndedEarly(6, 20, "cut off")))
    assert len(track) == 6
    assert track.source.note == "stops after frame 6 of 20; the rest is damaged: cut off"


def test_one_without_a_readable_frame_is_an_error(progress):
    with pytest.raises(CaptureError, match="nothing could be read"):
        analyse(progress, lambda _: Scripted([], EndedEarly(0, 20)))


@pytest.mark.parametrize("spec", ["camera", "demo"])
def test_what_has_no_end_is_refused(progress, spec):
    with pytest.raises(CaptureError, match="no end"):
        analyse(progress, spec=spec)


def test_the_video_shows_the_skeleton_where_the_hand_is(progress, tmp_path):
    track, path = make_track(12), tmp_path / "hand.avi"
    count = write_overlay_video(path, "hand.npz", track, progress, find_short, 4, 9)
    assert count == 6
    pictures = read_video(path)
    assert len(pictures) == 6
    joints = fakes.camera_joints(6)
    for place in (joints[8], joints[[5, 6]].mean(0)):  # a joint, and the middle of a bone
        u, v = project(place, fakes.CAMERA).round().astype(int)
        patch = pictures[2][v - 1 : v + 2, u - 1 : u + 2].reshape(-1, 3).astype(int)
        assert np.abs(patch.mean(0) - joint_colours()[8]).max() < 60
    assert list(tmp_path.iterdir()) == [path]


def test_a_video_lasts_as_long_as_its_recording(progress, tmp_path):
    track, path = make_track(12), tmp_path / "hand.avi"
    track = replace(track, t_s=2.0 + np.r_[0:6, 13:19] * 2 / 3)  # the camera paused
    assert write_overlay_video(path, "hand.npz", track, progress, find_short) == 12
    reader = cv2.VideoCapture(str(path))
    lasts_s = len(read_video(path)) / reader.get(cv2.CAP_PROP_FPS)
    assert lasts_s == pytest.approx(12.0, abs=0.1)


def test_a_cancelled_video_leaves_no_file(progress, tmp_path):
    progress.stop.set()
    write_overlay_video(tmp_path / "a.avi", "hand.npz", make_track(12), progress, find_short)
    assert list(tmp_path.iterdir()) == []


def read_video(path) -> list[np.ndarray]:
    reader, pictures = cv2.VideoCapture(str(path)), []
    while (answer := reader.read())[0]:
        pictures.append(answer[1][..., ::-1])
    return pictures


def test_nearer_is_lighter_and_beyond_is_dark():
    frame = fakes.make_frame(3)
    picture = draw_overlay(frame, [], DepthRange(300, 700), caption([], 3, 0.1))
    joints = fakes.camera_joints(3)
    u, v = project(joints[9], fakes.CAMERA).round().astype(int)
    assert picture[v, u].mean() > 100
    assert picture[100, 100].mean() < 30  # the wall
    assert picture.shape == (480, 640, 3)


def test_doubtful_frames_are_drawn_thin():
    limits, frame = DepthRange(300, 700), fakes.make_frame(3)
    thick, thin = (
        draw_overlay(frame, list(make_track(doubtful=doubtful).rows())[3:4], limits, "")
        for doubtful in ((), (3,))
    )
    bare = draw_overlay(frame, [], limits, "")
    changed = [(picture != bare).any(-1).sum() for picture in (thick, thin)]
    assert changed[1] < 0.9 * changed[0]


def test_every_codec_that_is_offered_writes_what_can_be_read(tmp_path):
    assert available_codecs()
    for codec in available_codecs():
        path = tmp_path / f"a{codec.ending}"
        with VideoFile(path, (48, 64), 30.0) as video:
            for _ in range(3):
                video.write(np.full((48, 64, 3), (200, 30, 30), np.uint8))
            video.commit()
        pictures = read_video(path)
        assert len(pictures) == 3
        assert np.abs(pictures[-1].mean((0, 1)) - (200, 30, 30)).max() < 12


def test_an_ending_without_a_codec_names_those_that_are_there(tmp_path):
    assert find_codec(".gif") is None
    with pytest.raises(OutputError, match="there are") as caught:
        VideoFile(tmp_path / "a.gif", (48, 64), 30.0)
    assert all(c.ending in str(caught.value) for c in available_codecs())
    assert set(ENDINGS) == {".mp4", ".avi", ".webm"}


def test_a_folder_that_cannot_be_written_gives_one_line(tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        VideoFile(tmp_path / "none" / "a.avi", (48, 64), 30.0)
