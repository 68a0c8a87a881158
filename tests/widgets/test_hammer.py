"""Seeded random use of the whole window: nothing breaks, nothing grows, every thread ends."""

from __future__ import annotations

import random
import threading

import pytest

from widgets.memory import memory_mb
from widgets.menus import TABLE
from widgets.transport import SPEEDS

LEFT_ALONE = ("quit", "recent", "docks", "open_camera", "full_screen", "about")
SPECS = ("demo", "camera", "bad", "hand.npz")


def act(window, rng):
    """One thing that somebody might do."""
    choice = rng.random()
    if choice < 0.5:
        names = [e.name for e in TABLE if e.name and e.name not in LEFT_ALONE]
        window.actions_by_name[rng.choice(names)].trigger()
    elif choice < 0.75 and window.latents.rows.sliders:
        slider = rng.choice(window.latents.rows.sliders).slider
        slider.setValue(rng.randint(slider.minimum(), slider.maximum()))
    elif choice < 0.8:
        window.open(rng.choice(SPECS))
    elif choice < 0.85:
        window.resize(rng.randint(880, 1500), rng.randint(600, 950))
    elif choice < 0.9:
        window.depth_bar.map_box.setCurrentIndex(rng.randrange(window.depth_bar.map_box.count()))
    elif choice < 0.95:
        window.transport.speed.setCurrentIndex(rng.randrange(len(SPEEDS)))
    else:
        rng.choice(window.docks).toggleViewAction().trigger()


@pytest.mark.parametrize(
    ("seed", "actions"),
    [(1, 60), pytest.param(2, 1500, marks=pytest.mark.full)],
)
def test_random_use(window, qtbot, monkeypatch, seed, actions):
    for name in ("ask_recording", "ask_folder", "ask_weights", "ask_latents", "ask_save"):
        monkeypatch.setattr(f"widgets.file_dialogs.{name}", lambda *_: "")
    rng = random.Random(seed)
    settled = None
    for count in range(actions):
        act(window, rng)
        qtbot.wait(10)
        if count == actions // 4:
            settled = memory_mb()
    assert memory_mb() - settled < 50
    window.close()
    left = [t.name for t in threading.enumerate() if t.name in ("capture", "estimator", "explorer")]
    assert left == []
