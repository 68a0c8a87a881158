"""Fewer triangles: the surface stays whole, and no processor makes another one of it."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import trimesh

from app.hand.build.edge_collapse import simplify
from tests.hand.build.surfaces import surface_distances
from tests.repository.tree import ROOT

# Instructions by which sums of products come out otherwise, switched off library by library
OLD_PROCESSOR = {
    "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 X86_V3 X86_V4 AVX512F AVX512_SKX AVX512_ICL AVX512_SPR",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F",
}
AGAIN = """
import sys, warnings
import numpy as np
from app.hand.build.edge_collapse import simplify
vertices, triangles = np.load(sys.argv[1]).values()
np.save(sys.argv[2], simplify(vertices, triangles, np.ones(len(vertices)), 400))
"""


@pytest.fixture(scope="module")
def sphere() -> tuple[np.ndarray, np.ndarray]:
    """Full of symmetries, so that many collapses cost the same but for the last bit."""
    mesh = trimesh.creation.icosphere(subdivisions=3, radius=100)
    return np.array(mesh.vertices), np.array(mesh.faces)


@pytest.fixture(scope="module")
def coarse(sphere) -> np.ndarray:
    return simplify(*sphere, np.ones(len(sphere[0])), 400)


def test_a_sphere_stays_closed_and_round(sphere, coarse):
    assert 380 <= len(coarse) <= 400
    mesh = trimesh.Trimesh(sphere[0], coarse)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume == pytest.approx(trimesh.Trimesh(*sphere).volume, rel=0.06)
    assert surface_distances(sphere, (sphere[0], coarse)).max() < 6


def test_what_is_important_keeps_its_vertices(sphere):
    top = sphere[0][:, 2] > 50
    kept = np.unique(simplify(*sphere, 1 + 9.0 * top, 400))
    assert top[kept].mean() > 1.6 * top.mean()


def test_what_is_flat_goes_first():
    """A box of many triangles is left with few and is the same box."""
    box = trimesh.creation.box((100, 60, 30)).subdivide().subdivide().subdivide().subdivide()
    vertices, triangles = np.array(box.vertices), np.array(box.faces)
    kept = simplify(vertices, triangles, np.ones(len(vertices)), 60)
    assert len(kept) <= 60 < len(triangles) / 40
    assert surface_distances((vertices, triangles), (vertices, kept)).max() < 1e-9


def test_another_processor_makes_the_same_of_it(sphere, coarse, tmp_path):
    np.savez(tmp_path / "mesh.npz", vertices=sphere[0], triangles=sphere[1])
    command = [sys.executable, "-W", "ignore", "-c", AGAIN]
    subprocess.run(
        [*command, str(tmp_path / "mesh.npz"), str(tmp_path / "again.npy")],
        check=True,
        cwd=ROOT,
        env=os.environ | OLD_PROCESSOR,
        timeout=120,
    )
    np.testing.assert_array_equal(np.load(tmp_path / "again.npy"), coarse)
