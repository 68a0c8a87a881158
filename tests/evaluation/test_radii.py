"""Radii come back from crops whose surface is that of known capsules."""

import numpy as np
import pytest

from app.data.synthetic import CropSource
from app.evaluation import radii


@pytest.fixture(scope="module")
def batch():
    return CropSource(3, "train", {"clutter": False}).batch(0, 24)


def test_the_radii_in_use_are_those_of_the_rendered_hands(batch):
    fit = radii.fit_radii(batch)
    assert fit.median_mm < 2.5
    assert fit.median_mm <= fit.before_median_mm + 0.05
    assert np.abs(np.array(fit.radii_mm) - radii.SURFACE_RADII_MM).mean() < 3.0


def test_wrong_radii_are_put_right(batch, monkeypatch):
    right = radii.fit_radii(batch)
    monkeypatch.setattr(radii, "SURFACE_RADII_MM", radii.SURFACE_RADII_MM * 1.3)
    fit = radii.fit_radii(batch)
    assert fit.before_median_mm > right.before_median_mm + 0.5
    assert fit.median_mm < right.median_mm + 0.2
