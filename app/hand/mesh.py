"""Triangle meshes: what no single part of the hand owns."""

from __future__ import annotations

import numpy as np


def boundary_loop(triangles: np.ndarray) -> list[int]:
    """The open rim (at the elbow) as an ordered vertex loop."""
    edges = {(int(t[k]), int(t[(k + 1) % 3])) for t in triangles for k in range(3)}
    follow = dict(sorted((a, b) for a, b in edges if (b, a) not in edges))
    loop = [min(follow)]
    while follow[loop[-1]] != loop[0]:
        loop.append(follow[loop[-1]])
    if len(loop) != len(follow):
        raise ValueError(f"the cut has {len(follow)} rim edges, but one loop holds {len(loop)}")
    return loop
