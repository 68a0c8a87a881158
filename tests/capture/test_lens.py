"""Every lens model becomes the one the program uses, to a tenth of a pixel."""

import numpy as np
import pytest

from app.capture.lens import forward_distortion
from app.frames import Intrinsics
from app.geometry import distort, undistort

K = Intrinsics(640, 480, 475.0, 475.0, 315.0, 243.0)
SR305_LIKE = (0.12, 0.05, 0.003, 0.002, 0.04)  # as strong as lenses of depth cameras come
u, v = np.meshgrid(np.arange(0, 640, 40.0), np.arange(0, 480, 40.0))
X, Y = (u - K.cx) / K.fx, (v - K.cy) / K.fy


def with_lens(coefficients):
    return Intrinsics(640, 480, 475.0, 475.0, 315.0, 243.0, coefficients)


@pytest.mark.parametrize("name", ["Brown Conrady", "brown_conrady", "plumb_bob"])
def test_the_model_itself_passes_through(name):
    k, note = forward_distortion(K, name, SR305_LIKE)
    assert (k.distortion, note) == (SR305_LIKE, "")


@pytest.mark.parametrize("name", ["Inverse Brown Conrady", "inverse_brown_conrady"])
def test_the_inverse_model_undistorts_as_librealsense_does(name):
    k, note = forward_distortion(K, name, SR305_LIKE)
    straight = distort(X, Y, with_lens(SR305_LIKE))  # librealsense applies it to the pixel
    ours = undistort(X, Y, k)
    assert note == ""
    error_px = np.abs(np.subtract(ours, straight)) * K.fx
    assert error_px.mean() < 0.1
    assert error_px.max() < 1.0  # in the farthest corner


def test_the_modified_model_is_close():
    k, note = forward_distortion(K, "Modified Brown Conrady", (0.1, -0.2, 0.001, 0.0005, 0.05))
    x, y = undistort(X, Y, k)
    r2 = x * x + y * y
    radial = 1 + 0.1 * r2 - 0.2 * r2**2 + 0.05 * r2**3
    p, q = x * radial, y * radial
    again = (
        p + 2 * 0.001 * p * q + 0.0005 * (r2 + 2 * p * p),
        q + 2 * 0.0005 * p * q + 0.001 * (r2 + 2 * q * q),
    )
    assert note == ""
    assert np.abs(np.subtract(again, (X, Y))).max() * K.fx < 0.05


def test_an_unknown_model_is_left_out_and_said():
    k, note = forward_distortion(K, "Kannala Brandt4", (0.1, 0, 0, 0))
    assert not k.distorted
    assert "Kannala" in note


@pytest.mark.parametrize("name", ["Brown Conrady", "Inverse Brown Conrady", "Ftheta", ""])
def test_zeros_are_no_lens_whatever_the_model(name):
    assert forward_distortion(K, name, (0.0,) * 5) == (K, "")
