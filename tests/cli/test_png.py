"""A PNG that is not whole is seen, wherever it was cut or changed.

Pillow's `verify` lets the end pass.
"""

import numpy as np
import pytest

from app.cv import cv2
from app.png import png_flaw, png_shape

WHOLE = cv2.imencode(".png", np.random.default_rng(0).integers(0, 65536, (12, 16), np.uint16))[1]
PNG = WHOLE.tobytes()


def test_a_whole_one_has_no_flaw():
    assert png_flaw(PNG, 16) == ""
    assert png_shape(PNG[:26]) == (16, 12, 16, 0)


def test_every_cut_is_seen():
    assert all(png_flaw(PNG[:size], 16) for size in range(len(PNG)))


def test_every_changed_byte_is_seen():
    changed = (PNG[:k] + bytes([PNG[k] ^ 0x41]) + PNG[k + 1 :] for k in range(len(PNG)))
    assert all(png_flaw(data, 16) for data in changed)


@pytest.mark.parametrize("side", [11, 15])
def test_a_larger_one_than_is_believable_is_refused(side):
    assert "impossible size" in png_flaw(PNG, side)
