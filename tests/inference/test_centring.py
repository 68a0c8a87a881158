import numpy as np
import pytest

from app.frames import HandRegion
from app.inference.centring import FARTHEST_MM, LEARN, CropCentre

MIDDLE = np.array([10.0, 20.0, 500.0], np.float32)
FOLLOWED = HandRegion(MIDDLE, 1.0, tracked=True)


def test_a_new_hand_is_cropped_where_it_was_found():
    centre = CropCentre(0.03)
    centre.learn(FOLLOWED, MIDDLE + 10)
    assert np.array_equal(centre.place(HandRegion(MIDDLE, 1.0), 0.0), MIDDLE)


def test_a_followed_hand_is_cropped_where_its_joints_were():
    centre = CropCentre(0.03, smoothing=False)
    joints = MIDDLE + np.array([5, -10, 20], np.float32)
    for _ in range(10):
        centre.learn(FOLLOWED, joints)
    assert np.allclose(centre.place(FOLLOWED, 0.0), joints, atol=1e-3)


def test_one_wild_frame_moves_the_crop_little_and_never_far():
    centre = CropCentre(0.03, smoothing=False)
    centre.learn(FOLLOWED, MIDDLE)
    centre.learn(FOLLOWED, MIDDLE + 1000)
    assert np.linalg.norm(centre.place(FOLLOWED, 0.0) - MIDDLE) < FARTHEST_MM / 2
    for _ in range(50):
        centre.learn(FOLLOWED, MIDDLE + 1000)
    moved = np.linalg.norm(centre.place(FOLLOWED, 0.1) - MIDDLE)
    assert moved == pytest.approx(FARTHEST_MM, rel=0.01)


def test_reset_forgets():
    centre = CropCentre(0.03)
    centre.learn(FOLLOWED, MIDDLE + 20)
    centre.reset()
    assert np.array_equal(centre.place(FOLLOWED, 0.0), MIDDLE)


def test_a_region_that_jitters_is_calmed():
    rng = np.random.default_rng(0)
    centre, placed = CropCentre(0.03), []
    for i in range(100):
        noisy = (MIDDLE + rng.normal(0, 3, 3)).astype(np.float32)
        placed.append(centre.place(HandRegion(noisy, 1.0, tracked=True), i / 30))
    assert np.std(placed[20:], axis=0).max() < 2.4


def test_a_new_offset_counts_for_three_tenths():
    centre, aside = CropCentre(0.03, smoothing=False), np.array([20.0, 0, 0], np.float32)
    centre.learn(FOLLOWED, MIDDLE + aside)
    assert np.allclose(centre.place(FOLLOWED, 0.0), MIDDLE + aside, atol=1e-3)  # the first in full
    centre.learn(FOLLOWED, MIDDLE)
    assert np.allclose(centre.place(FOLLOWED, 0.0), MIDDLE + (1 - LEARN) * aside, atol=1e-3)


def test_smoothing_is_switched_between_two_frames_and_what_was_learnt_stays():
    centre, moved = CropCentre(0.0, smoothing=False), HandRegion(MIDDLE + 40, 1.0, tracked=True)
    centre.learn(FOLLOWED, MIDDLE + 10)
    centre.configure(0.0, True)
    assert np.allclose(centre.place(FOLLOWED, 0.0), MIDDLE + 10, atol=1e-3)
    held = centre.place(moved, 0.03)
    assert np.linalg.norm(held - (MIDDLE + 50)) > 10
    centre.configure(1e3, True)  # quick in motion
    assert np.linalg.norm(centre.place(moved, 0.06) - (MIDDLE + 50)) < 1
    centre.reset()
    assert np.array_equal(centre.place(moved, 0.09), MIDDLE + 40)
