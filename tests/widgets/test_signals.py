"""Ctrl-C and a polite kill close the window as its own button does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.repository.tree import ROOT


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_within_a_paint_closes_the_window_after_it(number, tmp_path):
    """Under Wayland a window that closes within its own paint takes the process down."""
    settings = tmp_path / "window.ini"
    done = subprocess.run(
        [sys.executable, "-m", "tests.widgets.end_while_painting", str(int(number))],
        cwd=ROOT, env=os.environ | {"CROSSING_NETS_SETTINGS": str(settings)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "closed by the event loop\n"), done.stderr
    assert settings.exists()  # closed as a whole: what it remembers was written
    assert (tmp_path / "reports" / "fault.log").read_text() == ""
