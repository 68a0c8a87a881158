"""The sensor model removes and disturbs, and invents nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.synthetic.sensor_models import KINDS, SensorModel, sample_sensor
from app.synthetic.sensor_noise import apply_sensor

FAR = 900.0


def scene() -> np.ndarray:
    """A square at 400 mm before one at 500 mm before nothing, float32 [120, 120]."""
    depth = np.full((120, 120), FAR, np.float32)
    depth[15:105, 15:105] = 500
    depth[40:80, 40:80] = 400
    return depth


def seen_by(model: SensorModel, seed: int = 1, depth: np.ndarray | None = None) -> np.ndarray:
    depth = scene() if depth is None else depth
    apply_sensor(depth, FAR, model, 475.0, seed)
    return depth


def test_a_perfect_camera_changes_nothing():
    np.testing.assert_allclose(seen_by(SensorModel()), scene(), atol=1e-3)


def test_noise_has_the_size_it_says():
    for model, sigma in ((SensorModel(axial_mm=2), 2.0), (SensorModel(axial_500_mm=1.5), 1.5)):
        error = (seen_by(model) - scene())[20:100, 20:38]
        assert abs(error.std() / sigma - 1) < 0.1
        assert abs(error.mean()) < 0.2


@pytest.mark.parametrize("kind", KINDS)
def test_readings_are_lost_or_disturbed_but_never_invented(rng, kind):
    for seed in range(25):
        model = sample_sensor(rng, kind)
        before, after = scene(), seen_by(model, seed)
        reach = 2 + model.fatten + int(np.ceil(4 * model.lateral_px))
        solid = before < FAR
        near = solid.copy()
        for _ in range(reach):
            near[1:] |= near[:-1].copy()
            near[:-1] |= near[1:].copy()
            near[:, 1:] |= near[:, :-1].copy()
            near[:, :-1] |= near[:, 1:].copy()
        assert (after[~near] == FAR).all()
        read = (after < FAR) & solid
        assert read.sum() > 0.5 * solid.sum()
        flat = read & (np.abs(np.indices(before.shape) - 60).max(0) < 15)
        assert np.abs(after - before)[flat].max() < 25  # five sigmas of the noisiest
        assert after[read].min() > 370


def test_the_same_seed_gives_the_same_picture_and_another_one_another(rng):
    model = replace(sample_sensor(rng, "mixed"), axial_mm=1.0)
    np.testing.assert_array_equal(seen_by(model, 7), seen_by(model, 7))
    assert (seen_by(model, 7) != seen_by(model, 8)).mean() > 0.2


def test_the_shadow_falls_beside_the_front_square_on_the_projectors_far_side():
    for sign in (1, -1):
        lost = (seen_by(SensorModel(shadow_mm=50.0 * sign)) == FAR) & (scene() < FAR)
        rows, columns = np.nonzero(lost)
        width = 50 * 475 * (1 / 400 - 1 / 500)  # disparity of the step, px
        assert lost.sum() > 0
        assert (rows >= 40).all()
        assert (rows < 80).all()
        middle = (columns < 40) if columns.mean() < 60 else (columns >= 80)
        assert middle.all()
        assert abs(lost[60].sum() - width) <= 2
    assert lost.sum() > 0


def test_drop_outs_and_flying_pixels_stay_at_edges():
    inner = np.zeros((120, 120), bool)
    inner[18:102, 18:102] = True
    inner[37:83, 37:83] = False
    inner[43:77, 43:77] = True
    dropped = seen_by(SensorModel(edge_drop=0.8))
    assert (dropped != scene()).sum() > 100
    np.testing.assert_allclose(dropped[inner], scene()[inner], atol=1e-3)
    flying = seen_by(SensorModel(flying=0.8))
    between = (flying > 405) & (flying < 495)
    assert between.sum() > 20
    assert not (between & inner).any()


def test_disparity_rounds_depth():
    depth = np.linspace(400, 600, 120, dtype=np.float32) * np.ones((120, 1), np.float32)
    seen = seen_by(SensorModel(disparity=2e5), depth=depth.copy())
    steps = 2e5 / seen
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-2)
    assert np.abs(seen - depth).max() < 600**2 / 2e5


def test_fattening_grows_the_front():
    seen = seen_by(SensorModel(fatten=1))
    assert (seen < 450).sum() > (scene() < 450).sum()
    np.testing.assert_allclose(seen[40:80, 40:80], 400, atol=1e-3)
