"""The examples of docs/api.md run as they stand, and say what the program says."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np

from app.api import HandTracker
from app.resources import SAMPLE
from tests.repository.tree import ROOT

EXAMPLES = ROOT / "docs" / "examples"


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_the_page_is_true():
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    assert len(code.strip().splitlines()) <= 10
    lines = run("-c", code.replace('.bag")', '.bag", frames=2)')).splitlines()
    assert [line.split()[0] for line in lines] == ["0", "1"]


def test_joints_of_a_source():
    lines = run(str(EXAMPLES / "joints.py"), str(SAMPLE), "2").splitlines()
    assert len(lines) == 2
    assert all(re.fullmatch(r"frame \d: \w+ index tip -?\d+ -?\d+ \d+ mm", line) for line in lines)


def test_hands_of_ones_own_images(tmp_path):
    (seen,) = HandTracker().watch(SAMPLE, frames=1)
    camera = seen.frame.intrinsics
    own = tmp_path / "own.npz"
    numbers = [camera.fx, camera.fy, camera.cx, camera.cy]
    np.savez(own, depth_mm=seen.frame.depth_mm[None], intrinsics=numbers)
    side, confidence, _ = run(str(EXAMPLES / "own_images.py"), str(own)).split(maxsplit=2)
    assert side == seen.hands[0].side
    assert 0.5 < float(confidence) <= 1
