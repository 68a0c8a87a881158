"""The demo: smooth, repeatable, endless, and its truth lies in its pixels."""

import itertools

import numpy as np
import pytest

from app.capture.demo import SyntheticSource
from app.capture.demo_hand import CAMERA, GESTURES, gesture_at
from app.geometry import project
from app.hand.kinematics import HIGHEST, LOWEST
from app.skeleton import PALM, TIPS


@pytest.fixture
def demo():
    with SyntheticSource(30) as source:
        yield source


def test_it_opens_as_an_endless_seekable_demo(demo):
    info = demo.open()
    assert (info.kind, info.n_frames, info.seekable, info.fps) == ("demo", None, True, 30)
    assert (info.intrinsics.width, info.intrinsics.height) == (640, 480)
    assert not info.live
    demo.seek(10**7)
    assert demo.read().index == 10**7


def test_frames_count_up_with_their_time(demo):
    frames = list(itertools.islice(demo.frames(), 4))
    assert [f.index for f in frames] == [0, 1, 2, 3]
    np.testing.assert_allclose([f.t_s for f in frames], np.arange(4) / 30)
    assert all(f.depth_raw.shape == (480, 640) for f in frames)
    assert not frames[0].depth_raw.flags.writeable


def test_seeking_gives_the_frames_that_playing_gives(demo):
    played = [demo.read() for _ in range(8)]
    for index in (5, 2, 7, 0):
        demo.seek(index)
        assert demo.position == index
        again = demo.read()
        assert again.index == index
        np.testing.assert_array_equal(again.depth_raw, played[index].depth_raw)


def test_seeking_by_time_finds_the_first_frame_from_then_on(demo):
    assert [demo.index_at(t) for t in (0, 0.01, 1 / 30, 2.0)] == [0, 1, 1, 60]


def test_neighbouring_frames_differ_by_noise_too(demo):
    a, b = demo.read().depth_mm, demo.read().depth_mm
    both = (a > 0) & (b > 0)
    assert 0.1 < np.abs(a - b)[both].mean() < 10


def test_the_hand_moves_smoothly_and_stays_in_view(demo):
    joints = np.array([demo.truth(i) for i in range(0, 30 * 60)])
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1) * 30
    assert speed.max() < 500  # mm/s
    acceleration = np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1) * 900
    assert acceleration.max() < 3000  # mm/s^2: no jerk where one gesture follows another
    pixels = project(joints, CAMERA)
    assert pixels.min() > 10
    assert (pixels.max((0, 1)) < [630, 470]).all()
    assert np.ptp(joints[..., 2].mean(1)) > 100
    reach = np.linalg.norm(joints[:, TIPS[1:]] - joints[:, :1], axis=-1).mean(1)
    assert reach.min() < 100 < 160 < reach.max()  # both fist and open hand


def test_the_rate_changes_the_time_step_and_not_the_motion():
    fast = SyntheticSource(60)
    np.testing.assert_array_equal(fast.truth(120), SyntheticSource(30).truth(60))


@pytest.mark.parametrize("index", [0, 200, 777, 1500])
def test_the_truth_lies_just_under_the_rendered_surface(demo, index):
    demo.seek(index)
    depth = demo.read().depth_mm
    joints = demo.truth(index)
    u, v = np.rint(project(joints[PALM], CAMERA)).astype(int).T
    under = joints[PALM, 2] - depth[v, u]
    assert (depth[v, u] > 0).all()
    assert (under > -3).all()
    assert np.median(under) < 45


def test_every_gesture_is_within_the_joints_limits():
    for theta in GESTURES.values():
        assert (theta >= LOWEST).all()
        assert (theta <= HIGHEST).all()
    for t_s in np.arange(0, 60, 0.37):
        assert (gesture_at(t_s) > LOWEST - 0.2).all()
        assert (gesture_at(t_s) < HIGHEST + 0.2).all()


def test_the_thumb_meets_the_index_finger_in_a_pinch(demo):
    from app.hand.shape import mean_shape
    from app.synthetic.scenes.hands import pose_hand

    joints = pose_hand(GESTURES["pinch"], mean_shape()).joints_mm
    assert np.linalg.norm(joints[TIPS[0]] - joints[TIPS[1]]) < 25
