"""What a process holds, and that pictures which came and went are not held any longer."""

import subprocess
import sys
import threading

from app.memory import count_threads, memory_mb, open_files
from app.threads.ending import has_ended, own_threads

CHURN = """
import sys
import numpy as np
from app.memory import give_memory_back, memory_mb
if sys.argv[1] == "tamed":
    assert give_memory_back()
np.ones(30 << 20, np.uint8)  # a film, a set of weights
before = memory_mb()
kept = []
for k in range(60):  # pictures, and a small thing after each that stays
    kept.append((np.ones(3 << 20, np.uint8), b"x" * 5000))
kept = [small for _, small in kept]
print(memory_mb() - before)
"""


def held_after_pictures(how: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", CHURN, how], capture_output=True, text=True, timeout=60, check=True
    )
    return float(done.stdout)


def test_freed_pictures_go_back_to_the_system():
    assert held_after_pictures("tamed") < 20
    assert held_after_pictures("wild") > 60  # what it is good for


def test_memory_threads_and_files_are_told(tmp_path):
    before = open_files()
    with open(tmp_path / "one", "w"), open(tmp_path / "two", "w"):
        assert open_files() == before + 2
    assert memory_mb() > 20
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait, name="waiting here", daemon=True)
    thread.start()
    assert "waiting here" in own_threads()
    assert count_threads() >= 2
    assert not has_ended(thread, 0.01)
    assert not has_ended(threading.current_thread(), 60.0)
    assert has_ended(None, 60.0)
    gate.set()
    assert has_ended(thread, 60.0)
    assert "waiting here" not in own_threads()
