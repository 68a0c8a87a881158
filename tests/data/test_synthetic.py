"""Synthetic crops and poses: by number, normalised, without torch."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from app.data.synthetic import CropSource, sample_poses
from app.skeleton import bone_lengths


@pytest.fixture(scope="module")
def batches() -> list[dict[str, np.ndarray]]:
    """The first four batches of 6, made in this process."""
    source = CropSource(5)
    return [source.arrays(6 * k, 6) for k in range(4)]


def test_data_needs_no_torch():
    program = "import sys, app.data.synthetic; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_sample_depends_on_seed_and_number_alone(batches):
    alone = CropSource(5).arrays(13, 1)
    for name, values in alone.items():
        np.testing.assert_array_equal(values[0], batches[2][name][1])
    other = CropSource(6).arrays(13, 1)
    assert not np.array_equal(other["images"], alone["images"])


def test_joints_are_normalised_by_half_the_cube():
    source = CropSource(5)
    batch = source.batch(0, 12)
    made = source.generator().batch(0, 12)
    np.testing.assert_allclose(batch.joints_mm(), made.joints, atol=1e-3)
    assert len(batch) == 12
    assert np.abs(batch.joints[batch.present]).max() < 2.5


def test_a_source_travels_without_its_generator():
    source = CropSource(5)
    source.generator()
    assert len(pickle.dumps(source)) < 2000


def test_poses_repeat_and_hands_differ_in_size():
    a, b = sample_poses(3, 64, shapes=8), sample_poses(3, 64, shapes=8)
    np.testing.assert_array_equal(a, b)
    assert a.shape == (64, 21, 3)
    lengths = bone_lengths(a).reshape(8, 8, 20)
    palm = lengths[..., [4, 8, 12, 16]].mean(-1)  # wrist to the four knuckles
    assert palm.mean(1).std() > 1.0  # between hands, mm
    assert palm.std(1).max() < palm.mean(1).std()  # within one hand only cupping
