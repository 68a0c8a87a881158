"""How hands are turned towards the camera."""

from __future__ import annotations

import numpy as np

from app.hand.rotations import sample_rotations
from app.hand.shape import palm_axes


def test_rotations_keep_the_forearm_out_of_the_lens(rng):
    turns = sample_rotations(rng, 500)
    np.testing.assert_allclose(
        turns @ turns.transpose(0, 2, 1), np.tile(np.eye(3), (500, 1, 1)), atol=1e-5
    )
    np.testing.assert_allclose(np.linalg.det(turns), 1, atol=1e-5)
    assert (turns @ palm_axes()[:, 1])[:, 2].max() < 0.75
    assert (turns @ palm_axes()[:, 1])[:, 2].min() < -0.9  # but fingers may point at the camera
