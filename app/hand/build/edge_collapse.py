"""A triangle mesh with fewer triangles, the same on every processor.

Half-edge collapses under the quadric error (Garland and Heckbert 1997): a vertex of the result is a
vertex of the given mesh, so that what belongs to vertices (shape targets, skin weights) carries
over unchanged; simplifiers that place new vertices cannot do that. Costs are sums of products in a
fixed order over Python's floats. A matrix product would be quicker to write, but its order of
summation is chosen by the processor, and meshes are full of costs that differ in the last bit.
"""

from __future__ import annotations

import heapq
import math

import numpy as np

Vector = tuple[float, float, float]
Triangle = tuple[int, int, int]
Quadric = tuple[float, ...]  # upper triangle of a symmetric 4 x 4 matrix, row by row: 10 numbers
LENGTH_SHARE = 1e-3  # of the squared edge in its cost: short edges go first where all is flat
TURNED = 0.3  # cosine of the angle by which a collapse may turn a triangle


def simplify(
    vertices: np.ndarray, triangles: np.ndarray, importance: np.ndarray, n_triangles: int
) -> np.ndarray:
    """int64 [T', 3]: the triangles left, at most `n_triangles`; they index the given vertices.

    vertices: [V, 3]; triangles: [T, 3]; importance: [V], a factor on the error of giving up that
    vertex. More triangles stay where every further collapse would fold the surface.
    """
    mesh = _Collapser(vertices, triangles, importance)
    while len(mesh.triangles) > n_triangles and mesh.heap:
        mesh.step()
    return np.array([mesh.triangles[k] for k in sorted(mesh.triangles)])


class _Collapser:
    def __init__(self, vertices: np.ndarray, triangles: np.ndarray, importance: np.ndarray):
        self.vertices: list[Vector] = [(x, y, z) for x, y, z in vertices.tolist()]
        self.importance: list[float] = importance.tolist()
        self.triangles: dict[int, Triangle] = {
            k: (a, b, c) for k, (a, b, c) in enumerate(triangles.tolist())
        }
        self.of_vertex: list[set[int]] = [set() for _ in self.vertices]
        self.quadrics: list[Quadric] = [(0.0,) * 10 for _ in self.vertices]
        for k, triangle in self.triangles.items():
            quadric = _plane_quadric(*(self.vertices[i] for i in triangle))
            for i in triangle:
                self.of_vertex[i].add(k)
                self.quadrics[i] = _sum(self.quadrics[i], quadric)
        self.version = [0] * len(self.vertices)
        # cost, given up, kept, the versions of both: equal costs go by the number of the vertex
        self.heap: list[tuple[float, int, int, int, int]] = []
        for i in range(len(self.vertices)):
            self._push(i)

    def _neighbours(self, i: int) -> list[int]:
        return sorted({j for k in self.of_vertex[i] for j in self.triangles[k]} - {i})

    def _push(self, i: int) -> None:
        for j in self._neighbours(i):
            edge = _difference(self.vertices[i], self.vertices[j])
            cost = _error(_sum(self.quadrics[i], self.quadrics[j]), self.vertices[j])
            cost = (cost + LENGTH_SHARE * _dot(edge, edge)) * self.importance[i]
            heapq.heappush(self.heap, (cost, i, j, self.version[i], self.version[j]))

    def step(self) -> None:
        """Take the cheapest collapse, and do it if it still stands and is allowed."""
        _, i, j, version_i, version_j = heapq.heappop(self.heap)
        if version_i != self.version[i] or version_j != self.version[j] or not self._allowed(i, j):
            return
        for k in list(self.of_vertex[i]):
            triangle = self.triangles.pop(k)
            for v in triangle:
                self.of_vertex[v].discard(k)
            if j not in triangle:
                a, b, c = (j if v == i else v for v in triangle)
                self.triangles[k] = (a, b, c)
                for v in (a, b, c):
                    self.of_vertex[v].add(k)
        self.quadrics[j] = _sum(self.quadrics[j], self.quadrics[i])
        self.version[i] = -1
        near = [j, *self._neighbours(j)]
        for v in near:
            self.version[v] += 1
        for v in near:
            self._push(v)

    def _allowed(self, i: int, j: int) -> bool:
        """The surface stays one (link condition), no triangle turns over, no rim edge goes."""
        shared = set(self._neighbours(i)) & set(self._neighbours(j))
        common = self.of_vertex[i] & self.of_vertex[j]
        if len(shared) != 2 or len(common) != 2:
            return False
        for k in self.of_vertex[i] - common:
            before = _normal(*(self.vertices[v] for v in self.triangles[k]))
            after = _normal(*(self.vertices[j if v == i else v] for v in self.triangles[k]))
            lengths = math.sqrt(_dot(before, before)) * math.sqrt(_dot(after, after))
            if _dot(before, after) < TURNED * lengths:
                return False
        return True


def _plane_quadric(a: Vector, b: Vector, c: Vector) -> Quadric:
    """Squared distance from the triangle's plane, times twice its area."""
    normal = _normal(a, b, c)
    area = math.sqrt(_dot(normal, normal))
    plane = (*normal, -_dot(normal, a))
    share = area / max(area, 1e-9) ** 2
    return tuple(share * plane[r] * plane[s] for r in range(4) for s in range(r, 4))


def _error(q: Quadric, point: Vector) -> float:
    x, y, z = point
    return (
        x * (q[0] * x + 2 * (q[1] * y + q[2] * z + q[3]))
        + y * (q[4] * y + 2 * (q[5] * z + q[6]))
        + z * (q[7] * z + 2 * q[8])
        + q[9]
    )


def _sum(first: Quadric, second: Quadric) -> Quadric:
    return tuple(a + b for a, b in zip(first, second, strict=True))


def _difference(a: Vector, b: Vector) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _normal(a: Vector, b: Vector, c: Vector) -> Vector:
    """Of a triangle, as long as twice its area."""
    p, q = _difference(b, a), _difference(c, a)
    return p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]
