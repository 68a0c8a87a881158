import numpy as np

from app.engine.load import load_engine

RNG = np.random.default_rng(3)
IMAGES = RNG.uniform(-1, 1, (3, 128, 128)).astype(np.float32)


def test_both_back_ends_give_the_same_hand(weights):
    fast, reference = load_engine(weights), load_engine(weights, "torch")
    a, b = fast.estimate(IMAGES), reference.estimate(IMAGES)
    assert a.joints_norm.shape == (3, 21, 3)
    assert np.abs(a.joints_norm - b.joints_norm).max() * 125 < 0.1  # mm in the unit cube
    assert np.allclose(a.sigma_norm, b.sigma_norm, rtol=1e-3)
    assert np.allclose(a.presence, b.presence, atol=1e-4)
    assert np.abs(fast.decode(a.z) - a.joints_norm).max() * 125 < 0.1
    assert np.abs(fast.encode(a.joints_norm) - reference.encode(a.joints_norm)).max() < 1e-3
    assert np.abs(fast.realism(IMAGES) - reference.realism(IMAGES)).max() < 1e-4
    assert np.mean(np.abs(fast.synthesise(a.z) - reference.synthesise(a.z)) > 1e-3) < 1e-3
