"""Seeded random use of the whole window: nothing breaks, nothing grows, every thread ends."""

from __future__ import annotations

import gc
import threading

import pytest

from app.memory import memory_mb, trim_memory
from widgets.tools.random_user import RandomUser
from widgets.tools.soak import MOST_GROWTH_MB, write_nonsense

SPECS = ["demo", "camera", "bad", "hand.npz"]
LONG = 1000  # half of them: libraries and buffers still come for the first time
WORKERS = ("capture", "estimator", "explorer", "sensors")


def held_mb() -> float:
    """Without what is free already: the tests before this one have left holes of every size."""
    gc.collect()
    trim_memory()
    return memory_mb()


@pytest.mark.parametrize(
    ("seed", "actions"),
    [(1, 50), pytest.param(2, 1500, marks=pytest.mark.full)],
)
def test_random_use(window, qtbot, tmp_path, seed, actions):
    scratch = tmp_path / "scratch"
    write_nonsense(scratch)
    user = RandomUser(window, seed, SPECS, scratch)
    user.begin()
    settled = held_mb()
    for count in range(actions):
        user.act()
        qtbot.wait(5)
        if count == actions // 2:
            settled = held_mb()
    user.end()
    if actions > LONG:
        # what is at work at this moment, an export for instance, may hold more for a while
        qtbot.waitUntil(lambda: held_mb() - settled < MOST_GROWTH_MB)
    assert sum(user.counts.values()) == actions
    window.close()
    assert [t.name for t in threading.enumerate() if t.name in WORKERS] == []


def test_the_same_seed_does_the_same(window, qtbot, tmp_path):
    first, second = (RandomUser(window, 7, SPECS, tmp_path) for _ in range(2))
    picks = [[user.random.random() for _ in range(5)] for user in (first, second)]
    assert picks[0] == picks[1]


def test_questions_are_given_back(window, tmp_path):
    from widgets.parts import file_dialogs

    before = file_dialogs.ask_recording
    user = RandomUser(window, 1, SPECS, tmp_path)
    user.begin()
    assert file_dialogs.ask_recording is not before
    assert file_dialogs.ask_recording(window) == ""
    user.end()
    assert file_dialogs.ask_recording is before
