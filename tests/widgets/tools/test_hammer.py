"""Seeded random use of the whole window: nothing breaks, nothing grows, every thread ends."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.soak.holdings import Growth
from widgets.parts import file_dialogs
from widgets.tools.random_user import RandomUser
from widgets.tools.soak import MOST_GROWTH_MB, Outcome, tell, write_nonsense

ROOT = Path(__file__).resolve().parents[3]
SPECS = ("demo", "camera", "bad", "hand.npz")
WORKERS = ("capture", "estimator", "explorer", "sensors")
LIMIT_S = 1500  # a process that hangs is ended; a busy machine is only slow


@pytest.mark.full
def test_long_random_use():
    """In a process of its own: what it holds is what the window holds."""
    command = [sys.executable, "-m", "tests.widgets.tools.use_at_random", "2", "1500"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout)
    assert sum(told["actions"].values()) == 1500
    assert told["memory_mb"]["most"] > 0


def test_random_use(window, qtbot, tmp_path):
    scratch = tmp_path / "scratch"
    write_nonsense(scratch)
    user = RandomUser(window, 1, SPECS, scratch)
    user.begin()
    for _ in range(50):
        user.act()
        qtbot.wait(5)
    user.end()
    assert sum(user.counts.values()) == 50
    window.close()
    assert [t.name for t in threading.enumerate() if t.name in WORKERS] == []


FINE = Outcome(60.0, {"click": 9000}, 500, 3, [], Growth(400.0, 420.0, 460.0), [], 0.2, [])


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"raised": ["click Draw: KeyError"]}, "KeyError"),
        ({"threads_left": ["explorer"]}, "explorer"),
        ({"memory_mb": Growth(400.0, 401.0 + MOST_GROWTH_MB, 500.0)}, "memory grew by 51 MB"),
    ],
)
def test_what_is_wrong_is_one_line_and_the_exit_code(capsys, changes, word):
    assert tell(FINE) == 0
    assert capsys.readouterr().err == ""
    assert tell(replace(FINE, **changes)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert word in line


def test_the_same_seed_does_the_same(window, qtbot, tmp_path):
    first, second = (RandomUser(window, 7, SPECS, tmp_path) for _ in range(2))
    picks = [[user.random.random() for _ in range(5)] for user in (first, second)]
    assert picks[0] == picks[1]


def test_questions_are_given_back(window, tmp_path):
    before = file_dialogs.ask_recording
    user = RandomUser(window, 1, SPECS, tmp_path)
    user.begin()
    assert file_dialogs.ask_recording is not before
    assert file_dialogs.ask_recording(window) == ""
    user.end()
    assert file_dialogs.ask_recording is before
