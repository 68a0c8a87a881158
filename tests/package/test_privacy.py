"""No package that the program uses leaves an id or a queue of events in the user's home."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app import QUIET
from tests.repository.imports import imported_modules
from tests.repository.tree import ROOT, module_name, python_files

STARTS = {
    "engine": "from app.engine.load import load_engine; load_engine()",
    "command": "import main, onnxruntime",
    "window": "import widgets.main_window, onnxruntime",
    "worker": """
import multiprocessing, app
pool = multiprocessing.get_context("spawn").Pool(1)
pool.apply(exec, ["import onnxruntime"])
""",
}


@pytest.mark.parametrize(("start", "wish"), [*((start, None) for start in STARTS), ("engine", "0")])
def test_a_fresh_home_stays_empty(start, wish, tmp_path):
    """Also where somebody's surroundings switch telemetry on."""
    loud = dict.fromkeys(QUIET, wish) if wish is not None else {}
    own = {k: v for k, v in os.environ.items() if not k.startswith("XDG_") and k not in QUIET}
    surroundings = own | loud | {"HOME": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-c", STARTS[start]], cwd=ROOT, env=surroundings, check=True, timeout=300
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_only_what_comes_after_the_switch_imports_onnx_runtime():
    """`app` sets it before anything below it is imported; the tests do so first of all."""
    users = {
        module_name(path)
        for path in python_files("app", "widgets", "scripts", "docs", "")
        if any(
            name.partition(".")[0] == "onnxruntime"
            for name in imported_modules(path.read_text("utf-8"), module_name(path))
        )
    }
    assert users
    assert {user.partition(".")[0] for user in users} == {"app"}
    assert QUIET.items() <= os.environ.items()


def test_librealsense_has_no_leave_to_upload():
    """Not even where these surroundings give it; before version 2.59 it knew no upload."""
    ask = "import app, pyrealsense2 as rs; print(hasattr(rs, 'rum') and rs.rum.is_cloud_enabled())"
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, env=os.environ | dict.fromkeys(QUIET, "1"),
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert done.stdout == "False\n"
