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


def low_pass(cutoff_hz: float, dt: float) -> float:
    """Weight of the new value, eq. 5 and 6: tau = 1 / (2 pi f), alpha = 1 / (1 + tau / dt)."""
    tau = 1 / (2 * np.pi * cutoff_hz)
    return dt / (dt + tau)


def test_every_step_is_that_of_the_paper():
    one, rest_hz, beta, speed_hz = OneEuro(1.2, 0.05, 4.0), 1.2, 0.05, 4.0
    value, velocity = one(HAND, 1.0).astype(float), np.zeros_like(HAND)
    t_s = 1.0
    for dt in (0.02, 0.05, 0.03):
        t_s += dt
        seen = HAND + RNG.normal(0, 20, HAND.shape)
        velocity = velocity + low_pass(speed_hz, dt) * ((seen - value) / dt - velocity)
        speed = np.linalg.norm(velocity, axis=1)[:, None]
        value = value + low_pass(rest_hz + beta * speed, dt) * (seen - value)
        np.testing.assert_allclose(one(seen, t_s), value, rtol=1e-6)


def test_what_is_not_set_is_as_documented():
    plain, said = OneEuro(), OneEuro(1.5, 0.03, 3.0)
    for i in range(5):
        moved = HAND + RNG.normal(0, 20, HAND.shape)
        assert np.array_equal(plain(moved, i / 30), said(moved, i / 30))


def test_other_settings_hold_from_the_next_value_on():
    one, other = OneEuro(1.0, 0.02), OneEuro(1.0, 0.02)
    for filter_ in (one, other):
        filter_(HAND, 0.0)
    other.configure(1e6, 0.0)
    assert np.allclose(other(HAND + 9, 0.03), HAND + 9, atol=0.01)  # nothing is held back
    assert not np.allclose(one(HAND + 9, 0.03), HAND + 9, atol=0.01)
    one.configure(1e-6, 0.0)
    calm = one(HAND + 50, 0.06)
    one.configure(1e-6, 1.0)  # a moving point is not held back
    assert np.abs(one(HAND + 90, 0.09) - calm).min() > 10


def test_a_gap_is_longer_than_the_longest_and_the_past_is_gone_with_it():
    one, fresh = OneEuro(), OneEuro()
    for t_s in (0.0, 0.03):
        one(HAND + 900 * np.float32(t_s), t_s)
    kept = one(HAND + 100, 0.03 + LONGEST_GAP_S)
    assert not np.array_equal(kept, HAND + 100)
    later_s = 0.04 + 2 * LONGEST_GAP_S
    one(HAND, later_s)
    fresh(HAND, later_s)
    assert np.array_equal(one(HAND + 5, later_s + 0.03), fresh(HAND + 5, later_s + 0.03))


def test_turning_the_camera_turns_the_result():
    turn = rotation_about(np.array([0.6, 0.0, 0.8]), 1.1).astype(np.float32)
    plain, turned = OneEuro(), OneEuro()
    for i in range(10):
        moving = HAND + np.float32(i * i) + RNG.normal(0, 2, HAND.shape).astype(np.float32)
        a, b = plain(moving, i / 30), turned(moving @ turn.T, i / 30)
    assert np.allclose(a @ turn.T, b, atol=1e-3)
