import numpy as np
import pytest

from app.geometry import rotation_about
from app.inference.filters import LONGEST_GAP_S, OneEuro

RNG = np.random.default_rng(1)
HAND = RNG.normal(0, 60, (21, 3)).astype(np.float32)


def lag_s(speed_mm_s: float) -> float:
    """How far behind, in seconds, the filter runs on a steady motion after two seconds."""
    one = OneEuro()
    for i in range(61):
        x = np.array([[speed_mm_s * i / 30, 0, 0]])
        y = one(x, i / 30)
    return float((x - y)[0, 0]) / speed_mm_s


def test_constant_in_constant_out():
    one = OneEuro()
    for i in range(20):
        out = one(HAND, i / 30)
    assert np.allclose(out, HAND, atol=1e-4)
    assert out.dtype == HAND.dtype


def test_first_value_passes_through():
    assert np.array_equal(OneEuro()(HAND, 5.0), HAND)


def test_noise_at_rest_is_reduced():
    one = OneEuro()
    noisy = [HAND + RNG.normal(0, 1.5, HAND.shape) for _ in range(200)]
    out = [one(x, i / 30) for i, x in enumerate(noisy)]
    assert np.std(out[50:], axis=0).mean() < 0.6 * np.std(noisy[50:], axis=0).mean()


def test_lag_falls_with_speed():
    lags = [lag_s(v) for v in (20, 200, 1000)]
    assert lags[0] > lags[1] > lags[2] > 0
    assert lags[2] < 0.02


@pytest.mark.parametrize("t_s", [LONGEST_GAP_S + 0.6, 0.0, float("nan")])
def test_a_gap_or_time_running_backwards_resets(t_s):
    one = OneEuro()
    one(HAND, 0.5)
    one(HAND, 0.55)
    assert np.array_equal(one(HAND + 100, t_s), HAND + 100)


def test_reset_forgets():
    one = OneEuro()
    one(HAND, 0.0)
    one.reset()
    assert np.array_equal(one(HAND + 100, 0.033), HAND + 100)


def test_the_same_time_twice_changes_nothing():
    one = OneEuro()
    one(HAND, 0.0)
    before = one(HAND + 1, 0.033)
    assert np.array_equal(one(HAND + 50, 0.033), before)


def test_turning_the_camera_turns_the_result():
    turn = rotation_about(np.array([0.6, 0.0, 0.8]), 1.1).astype(np.float32)
    plain, turned = OneEuro(), OneEuro()
    for i in range(10):
        moving = HAND + np.float32(i * i) + RNG.normal(0, 2, HAND.shape).astype(np.float32)
        a, b = plain(moving, i / 30), turned(moving @ turn.T, i / 30)
    assert np.allclose(a @ turn.T, b, atol=1e-3)
