"""Pictures in which readings stand apart, as registration to a larger picture leaves them.

Depth that is moved point by point into a picture of twice or three times the size covers one pixel
of four or nine, in a regular grid; other drivers give every other row, or lose readings at random.
A search that samples such a picture meets holes. Here readings are gathered in blocks of the size
of the gaps, blocks that stay empty take the middle one of their neighbours, and the picture gets
its own size back: each pixel has the reading nearest to it. A picture whose readings stand side by
side is left as it is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.frames import DepthFrame, read_only
from app.jit import njit

ROW_STEP = 11  # every so many rows are looked at: no divisor of a usual spacing
FEW = 12  # readings in them, below which nothing is done
DENSE = 0.7  # share of readings with a neighbour, along rows and columns: a usual picture
GAPS = 0.15  # share of pixels between two readings that have none: no usual picture has so many
TILE = 12  # pixels; spacings of 2, 3, 4 and 6 divide it
FULL_PERCENTILE = 75.0  # of the tiles with readings: those without a silhouette in them
SLACK = 0.25  # of a spacing that is taken for the next larger whole one
LARGEST_BLOCK = 6
# Neighbours with readings, of eight, from which a block is filled, one pass after the other: no
# straight edge grows, and what is open between fingers stays open.
NEEDED = (4, 5, 5)
NEEDED_FINE = (4, 4, 5, 5)  # of single pixels: gaps between fingers are wider there


def fill_sparse(frame: DepthFrame) -> DepthFrame:
    """The same picture with its gaps closed; the frame itself where readings stand side by side."""
    raw = frame.depth_raw
    if not is_sparse(raw):
        return frame
    block = block_size(raw)
    blocks, offset = _gather(raw, block)
    for needed in NEEDED_FINE if block == (1, 1) else NEEDED:
        blocks = _fill(blocks, needed)
    shift = [round(o - (b - 1) / 2) for o, b in zip(offset, block, strict=True)]
    rows, columns = (
        np.clip((np.arange(n) - s) // b, 0, m - 1)
        for n, s, b, m in zip(raw.shape, shift, block, blocks.shape, strict=True)
    )
    return replace(frame, depth_raw=read_only(blocks[rows[:, None], columns]))


def is_sparse(raw: np.ndarray) -> bool:
    """Do readings of a picture, uint16 [H, W], lack neighbours, or are there gaps between them?"""
    count, beside, under, between, gaps = _count_neighbours(raw)
    return count >= FEW and (min(beside, under) < DENSE * count or gaps > GAPS * between)


def block_size(raw: np.ndarray) -> tuple[int, int]:
    """(rows, columns) of the blocks in which about one reading falls.

    A regular grid leaves whole rows and columns empty: their spacings are told one by one. What is
    missing beyond is missing at random, and makes both larger.
    """
    height, width = (n // TILE * TILE for n in raw.shape)
    if height == 0 or width == 0:
        return 1, 1
    cut = (raw[:height, :width] > 0).reshape(height // TILE, TILE, width // TILE, TILE)
    tiles = cut.transpose(0, 2, 1, 3).reshape(-1, TILE, TILE)
    counts = tiles.sum((1, 2))
    if not counts.any():
        return 1, 1
    level = np.percentile(counts[counts > 0], FULL_PERCENTILE)
    full = tiles[counts >= level]
    tall, wide = (int(TILE / full.any(axis).sum(1).mean() + SLACK) for axis in (2, 1))
    spread = int(TILE / np.sqrt(level * tall * wide) + SLACK)
    return min(tall * max(spread, 1), LARGEST_BLOCK), min(wide * max(spread, 1), LARGEST_BLOCK)


@njit
def _count_neighbours(raw):
    """(readings, with one beside, with one below; pixels between two, without a reading)."""
    rows, columns = raw.shape
    count, beside, under, between, gaps = 0, 0, 0, 0, 0
    for i in range(1, rows - 1, ROW_STEP):
        left, here = raw[i, 0] > 0, raw[i, 1] > 0
        for j in range(1, columns - 1):
            right, below = raw[i, j + 1] > 0, raw[i + 1, j] > 0
            if here:
                count += 1
                beside += right
                under += below
            if (left and right) or (below and raw[i - 1, j] > 0):
                between += 1
                gaps += not here
            left, here = here, right
    return count, beside, under, between, gaps


@njit
def _lower_median(values, n):
    """Of the first n values, which are sorted in place."""
    for k in range(1, n):
        value, m = values[k], k
        while m > 0 and values[m - 1] > value:
            values[m] = values[m - 1]
            m -= 1
        values[m] = value
    return values[(n - 1) // 2]


@njit
def _gather(raw, block):
    """Lower median of the readings of each block, 0 where it has none; their mean (row, column)."""
    tall, wide = block
    rows, columns = raw.shape
    out = np.zeros(((rows + tall - 1) // tall, (columns + wide - 1) // wide), raw.dtype)
    found = np.empty(tall * wide, raw.dtype)
    total, down, right = 0, 0, 0
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            n = 0
            for a in range(min(tall, rows - i * tall)):
                for b in range(min(wide, columns - j * wide)):
                    value = raw[i * tall + a, j * wide + b]
                    if value > 0:
                        found[n] = value
                        n += 1
                        down += a
                        right += b
            if n > 0:
                total += n
                out[i, j] = _lower_median(found, n)
    total = max(total, 1)
    return out, (down / total, right / total)


@njit
def _fill(blocks, needed):
    """Each empty block with enough neighbours takes the lower median of their readings."""
    rows, columns = blocks.shape
    out = blocks.copy()
    found = np.empty(8, blocks.dtype)
    for i in range(rows):
        for j in range(columns):
            if blocks[i, j] > 0:
                continue
            n = 0
            for m in range(max(i - 1, 0), min(i + 2, rows)):
                for k in range(max(j - 1, 0), min(j + 2, columns)):
                    if blocks[m, k] > 0:
                        found[n] = blocks[m, k]
                        n += 1
            if n >= needed:
                out[i, j] = _lower_median(found, n)
    return out
