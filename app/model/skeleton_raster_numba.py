"""Spheres swept along lines, drawn with gradients by compiled loops.

Training spends its time on this. `app.model.skeleton_raster` says the same in torch, which is what
is exported; a test holds them together.

Of all solids of a group only one decides a pixel's outline and one its surface, so only these need
gradients: half the time of torch's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.jit import njit

SMALL = 1e-6
STEEP = 8.0  # by how much the surface falls back beside its outline, so that the nearest one counts


class SkeletonRasterKernel(torch.autograd.Function):
    """Inside and depth [B, groups, side^2] as `skeleton_raster` defines them.

    Of a table float32 [B, K, 21] on the processor, the group [K] of each solid, and the side. A row
    is: chord 6, place 3, start 4, along 3 numbers, then curve, slope, za, dz and bulge.
    """

    @staticmethod
    def forward(ctx: Any, table: Tensor, group: np.ndarray, side: int) -> tuple[Tensor, Tensor]:
        shape = len(table), int(group.max()) + 1, side * side
        inside, depth = np.full(shape, -1e9, np.float32), np.full(shape, 1e9, np.float32)
        outer, nearest = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
        values = np.ascontiguousarray(table.detach().numpy())
        draw(values, group, side, inside, depth, outer, nearest)
        ctx.saved = values, side, outer, nearest
        return torch.from_numpy(inside), torch.from_numpy(depth)

    @staticmethod
    def backward(ctx: Any, inside: Tensor, depth: Tensor) -> tuple[Tensor, None, None]:
        values, side, outer, nearest = ctx.saved
        gradient = np.zeros_like(values)
        slopes = (np.ascontiguousarray(g.numpy(), np.float32) for g in (inside, depth))
        trace(values, side, outer, nearest, *slopes, gradient)
        return torch.from_numpy(gradient), None, None


@njit
def draw(table, group, side, inside, depth, outer, nearest):
    """Every pixel's outermost outline and nearest surface in each group, and whose they are."""
    small, steep, one, zero = np.float32(SMALL), np.float32(STEEP), np.float32(1), np.float32(0)
    step = np.float32(2 / side)
    for b in range(table.shape[0]):
        for k in range(table.shape[1]):
            f, g = table[b, k], group[k]
            for row in range(side):
                y = (np.float32(row) + np.float32(0.5)) * step - one
                for column in range(side):
                    x = (np.float32(column) + np.float32(0.5)) * step - one
                    h = f[0] + x * (f[1] + f[3] * x + f[4] * y) + y * (f[2] + f[5] * y)
                    t = f[6] + f[7] * x + f[8] * y - f[17] * np.sqrt(max(h, small))
                    t = min(max(t, zero), one)
                    q = f[9] + f[10] * x + f[11] * y + f[12] * (x * x + y * y)
                    q += t * (f[13] + f[14] * x + f[15] * y + t * f[16])
                    within = max(q, small)
                    z = f[18] + t * f[19] - f[20] * np.sqrt(within) + steep * (within - q)
                    p = row * side + column
                    if q > inside[b, g, p]:
                        inside[b, g, p] = q
                        outer[b, g, p] = k
                    if z < depth[b, g, p]:
                        depth[b, g, p] = z
                        nearest[b, g, p] = k


@njit
def trace(table, side, outer, nearest, of_inside, of_depth, gradient):
    """Adds to `gradient` [B, K, 21] what the maps' gradients come to."""
    for b in range(table.shape[0]):
        for g in range(outer.shape[1]):
            for p in range(side * side):
                if of_inside[b, g, p] != 0:
                    k = outer[b, g, p]
                    trace_pixel(table[b, k], p, side, of_inside[b, g, p], 0.0, gradient[b, k])
                if of_depth[b, g, p] != 0:
                    k = nearest[b, g, p]
                    trace_pixel(table[b, k], p, side, 0.0, of_depth[b, g, p], gradient[b, k])


@njit
def trace_pixel(f, p, side, of_q, of_z, out):
    """The chain rule backwards through one solid at one pixel."""
    y, x = (p // side + 0.5) * (2 / side) - 1, (p % side + 0.5) * (2 / side) - 1
    h = f[0] + x * (f[1] + f[3] * x + f[4] * y) + y * (f[2] + f[5] * y)
    root = np.sqrt(max(h, SMALL))
    free = f[6] + f[7] * x + f[8] * y - f[17] * root
    t = min(max(free, 0.0), 1.0)
    linear = f[13] + f[14] * x + f[15] * y
    q = f[9] + f[10] * x + f[11] * y + f[12] * (x * x + y * y) + t * (linear + t * f[16])
    of_t = 0.0
    if of_z != 0:
        bulge = np.sqrt(max(q, SMALL))
        of_q += of_z * (-0.5 * f[20] / bulge if q > SMALL else -STEEP)
        of_t = of_z * f[19]
        out[18] += of_z
        out[19] += of_z * t
        out[20] -= of_z * bulge
    for base, share in ((9, of_q), (13, of_q * t)):
        out[base] += share
        out[base + 1] += share * x
        out[base + 2] += share * y
    out[12] += of_q * (x * x + y * y)
    out[16] += of_q * t * t
    of_t += of_q * (linear + 2 * t * f[16])
    if 0 < free < 1:
        out[6] += of_t
        out[7] += of_t * x
        out[8] += of_t * y
        out[17] -= of_t * root
        if h > SMALL:
            of_h = -0.5 * of_t * f[17] / root
            out[0] += of_h
            out[1] += of_h * x
            out[2] += of_h * y
            out[3] += of_h * x * x
            out[4] += of_h * x * y
            out[5] += of_h * y * y
