"""RVL, the fast packing of depth that `compressed_depth_image_transport` offers.

A. D. Wilson, Fast Lossless Depth Image Compression, ISS 2017: runs of zeros and of readings take
turns; readings are differences, written in groups of three bits with a fourth that says whether
there is more; eight groups to a 32-bit word, the highest first.
"""

from __future__ import annotations

import numpy as np

from app.capture.base import Damaged
from app.jit import njit


def unpack_rvl(data: memoryview, count: int) -> np.ndarray:
    """uint16 [count]; raises Damaged where the data do not give as many pixels, and no more."""
    words = np.frombuffer(data, "<u4", len(data) // 4).astype(np.uint32)
    out = np.zeros(count, np.uint16)
    if _unpack(words, out) != count:
        raise Damaged("a depth image is damaged")
    return out


@njit
def _unpack(words: np.ndarray, out: np.ndarray) -> int:
    """Fill `out`; returns the pixels told, -1 where the data contradict themselves."""
    groups, count = 8 * len(words), len(out)
    at, group, previous, is_gap = 0, 0, 0, True
    left = 0  # readings still to come in this run
    while at < count or left > 0:
        value, shift = 0, 0
        while True:
            if group >= groups or shift > 27:
                return -1
            nibble = (int(words[group >> 3]) >> (28 - 4 * (group & 7))) & 15
            group += 1
            value |= (nibble & 7) << shift
            shift += 3
            if nibble < 8:
                break
        if left > 0:
            previous += (value >> 1) ^ -(value & 1)
            if previous < -32768 or previous > 65535 or at >= count:
                return -1
            out[at] = previous & 65535  # some writers take depth for signed
            at += 1
            left -= 1
        elif is_gap:
            at += value
            is_gap = False
            if at > count:
                return -1
        else:
            left, is_gap = value, True
            if at + left > count:
                return -1
    return at
