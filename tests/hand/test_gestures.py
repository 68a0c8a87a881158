"""Shapes that people make on purpose."""

from __future__ import annotations

import numpy as np

from app.hand import kinematics as kin
from app.hand.gestures import sample_gestures
from app.hand.shape import mean_shape


def test_gestures_are_those_of_their_patterns(rng):
    """Straight and closed fingers, side by side or spread, and thumbs on either side."""
    theta = np.clip(sample_gestures(rng, 3000), kin.LOWEST, kin.HIGHEST).astype(np.float32)
    joints = kin.pose_joints_batch(theta, mean_shape())
    reach = np.linalg.norm(joints[:, [8, 12, 16, 20]] - joints[:, :1], axis=-1)
    straight = reach > 0.85 * reach.max(0)
    counts = straight.sum(1)
    assert 0.15 < (counts == 4).mean() < 0.45  # an open hand
    assert 0.15 < (counts == 0).mean() < 0.45  # fists, hooks
    pointing = straight[:, 0] & (counts == 1)
    assert 0.05 < pointing.mean() < 0.25
    gaps = np.linalg.norm(joints[:, 6] - joints[:, 10], axis=-1)[counts == 4]
    assert np.percentile(gaps, 5) < 24  # index and middle touch
    assert np.percentile(gaps, 95) > 34  # and are spread
    assert not theta[:, :3].any()  # the wrist is somebody else's
