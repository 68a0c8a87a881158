"""The program's threads with faults of every kind: twenty seconds here, two minutes in full."""

import json
import subprocess
import sys

import pytest

from app.soak.faults import KINDS


def soak(*arguments: str, limit_s: float) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "app.soak", "--json", "--no-timing", *arguments],
        capture_output=True, text=True, timeout=limit_s, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    wrong = [check for check in found["checks"] if check["passed"] is False]
    assert not wrong, f"{wrong}\n{found['told']}"
    assert done.returncode == 0
    return found


def test_twenty_seconds_with_faults_lose_no_frame_and_leave_nothing_behind():
    found = soak("--minutes", "0.33", "--every", "1.5", limit_s=120)
    assert sum(row["faults"] for row in found["faults"].values()) >= 9
    assert found["frames"]["with_a_hand"] > 0  # how many, the machine's speed decides
    assert found["recordings"]["written"] > 0
    assert found["recordings"]["files"] > 0


@pytest.mark.full
def test_two_minutes_with_every_fault():
    found = soak("--minutes", "2", "--every", "4", "--seed", "2", limit_s=280)
    assert set(found["faults"]) == set(KINDS)
    assert found["frame_faults"]["camera_changed"] > 0
    assert found["recordings"]["failed"] > 0  # the disk was full, the folder had gone
    memory = found["memory_mb"]  # two minutes are mostly warm-up; a leak of frames shows
    assert memory["after"] - memory["before"] < 60


def test_nonsense_is_one_line(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"no weights")
    for code, *arguments in (
        (2, "--minutes", "0"),
        (2, "--every", "x"),
        (2, "--faults", "flood"),
        (3, "--source", str(tmp_path / "absent.bag")),
        (4, "--weights", str(tmp_path / "a.safetensors")),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "app.soak", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
        )  # fmt: skip
        assert done.returncode == code
        assert done.stderr.startswith("python -m app.soak: ")
        assert done.stderr.count("\n") == 1
