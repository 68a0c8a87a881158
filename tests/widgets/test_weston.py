"""The window on a Wayland desktop: what is shown is what was painted, and it ends when told to."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from tests.repository.tree import ROOT
from tests.widgets.pixels import to_array
from tests.widgets.weston import RENDERERS, SIZE, weston

pytestmark = pytest.mark.full
VIEWS = ("depth_view", "skeleton", "synthesis")


def start(session: dict[str, str], folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """This Python in the session, with settings of its own in `folder`."""
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT,
        env=session | {"CROSSING_NETS_SETTINGS": str(folder / "window.ini")},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("renderer", RENDERERS)
def test_the_desktop_shows_what_the_window_paints(renderer, tmp_path):
    """Where a picture were not opaque, the compositor would let what lies behind shine through."""
    with weston(renderer) as session:
        script = "tests.widgets.show_on_wayland"
        done = start(session, tmp_path, "-m", script, str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    told = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert told["platform"] == ["wayland"]
    (shot,) = tmp_path.glob("wayland-screenshot*.png")
    desktop, window = (to_array(QImage(str(path))) for path in (shot, tmp_path / "window.png"))
    assert desktop.shape == window.shape == (SIZE[1], SIZE[0], 3)
    for name in VIEWS:
        left, top, width, height = map(int, told[name])
        part = np.s_[top : top + height, left : left + width]
        assert np.ptp(window[part]) > 100, f"{name} is empty"
        other = np.abs(desktop[part].astype(int) - window[part]).max(-1) > 8
        assert other.mean() < 0.002, f"{name}: {other.mean():.1%} of its pixels are not its own"


@pytest.mark.parametrize("renderer", RENDERERS)
def test_the_program_runs_and_ends(renderer, tmp_path):
    """Beside a DISPLAY of a session that has ended."""
    with weston(renderer) as session:
        done = start(session | {"DISPLAY": ":7654"}, tmp_path, "main.py", "demo", "--frames", "10")
    assert done.returncode == 0, done.stderr
    assert "does not" not in done.stderr + done.stdout
    assert (tmp_path / "window.ini").exists()
    assert (tmp_path / "reports" / "fault.log").read_text() == ""


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_within_a_paint_does_not_take_it_down(renderer, number, tmp_path):
    with weston(renderer) as session:
        forced = session | {"QT_QPA_PLATFORM": "wayland"}
        script = "tests.widgets.end_while_painting"
        done = start(forced, tmp_path, "-m", script, str(int(number)))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "closed by the event loop\n"
    assert (tmp_path / "reports" / "fault.log").read_text() == ""
