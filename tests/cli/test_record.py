"""--record and --repair from the command line, on the real program and on a scripted source."""

import csv
import errno
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import main
from app import headless
from app.capture.recorder import bag_output
from app.capture.recordings.rosbag import BagSource
from app.config import ConfigError, EstimatorConfig
from app.errors import EndedEarly
from app.inference.pipeline import FramePipeline
from tests.inference.fakes import FakeEngine, FakeSource, FakeTracker, hand_frame
from tests.inference.test_pipeline import region

ROOT = Path(main.__file__).parent
FRAMES = [hand_frame(i) for i in range(12)]


@pytest.fixture
def record(monkeypatch, tmp_path, capsys):
    """Run `main.py x --headless --record ...` on a fake source: (exit code, file, stderr)."""

    def run(source: FakeSource, *arguments: str, path: Path = tmp_path / "a.bag"):
        def build(config: EstimatorConfig) -> FramePipeline:
            return FramePipeline(FakeEngine(), config, FakeTracker(region()))

        monkeypatch.setattr(headless, "open_source", lambda spec: source)
        monkeypatch.setattr(headless, "make_pipeline", build)
        code = main.main(["x", "--headless", "--record", str(path), *arguments])
        return code, path, capsys.readouterr().err

    return run


def pictures(path: Path) -> list[np.ndarray]:
    with BagSource(path) as source:
        return [frame.depth_raw for frame in source.frames()]


def rows(path: Path) -> list[dict[str, str]]:
    lines = path.read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_every_frame_and_its_joints(record, tmp_path):
    joints = tmp_path / "joints.csv"
    code, path, err = record(FakeSource(FRAMES), "--joints", str(joints))
    assert (code, err) == (0, "")
    assert np.array_equal(pictures(path), [f.depth_raw for f in FRAMES])
    assert rows(path.with_suffix(".joints.csv")) == rows(joints)
    assert "# weights: fake weights" in path.with_suffix(".joints.csv").read_text()


def test_a_camera_is_recorded_too(record):
    code, path, _ = record(FakeSource(FRAMES, kind="camera"))
    assert code == 0
    assert len(pictures(path)) == 12


def test_a_loop_is_one_recording(record):
    code, path, _ = record(FakeSource(FRAMES), "--loop", "--frames", "30")
    assert code == 0
    assert np.array_equal(pictures(path), [FRAMES[i % 12].depth_raw for i in range(30)])
    assert [int(row["index"]) for row in rows(path.with_suffix(".joints.csv"))] == [*range(30)]


def test_a_source_that_ends_early_is_kept(record):
    code, path, err = record(FakeSource(FRAMES, EndedEarly(12, 20, "cut off")))
    assert code == 5
    assert err.count("\n") == 1
    assert len(pictures(path)) == 12


def test_what_cannot_be_written_is_said_in_one_line(record, tmp_path):
    (tmp_path / "here.bag").write_text("mine")
    for path in (tmp_path / "none" / "a.bag", tmp_path / "here.bag"):
        code, _, err = record(FakeSource(FRAMES), path=path)
        assert (code, err.count("\n")) == (6, 1)
    assert (tmp_path / "here.bag").read_text() == "mine"
    with pytest.raises(ConfigError, match="file type"):
        main.parse_options(["--record", "a.npz"])


def test_a_full_disk_ends_the_run_and_keeps_the_rest(record, tmp_path, monkeypatch):
    write, joints = bag_output.write_all, tmp_path / "joints.csv"

    def refuse(file, data):
        if file.tell() > 60_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(file, data)

    monkeypatch.setattr(bag_output, "write_all", refuse)
    monkeypatch.setattr(bag_output, "CHUNK_S", 0.0)
    monkeypatch.setattr(bag_output, "SPARE", 1000)  # of a small disk
    code, path, err = record(
        FakeSource(FRAMES), "--loop", "--frames", "3000", "--joints", str(joints)
    )
    assert (code, err.count("\n")) == (6, 1)
    assert "no space left" in err
    kept = len(pictures(path))
    assert f"{kept} frames are kept" in err
    assert 0 < kept <= len(rows(joints)) < 3000


@pytest.mark.parametrize("polite", [True, pytest.param(False, marks=pytest.mark.full)])
def test_a_polite_kill_of_the_program_finishes_the_file_and_an_impolite_one_is_repaired(
    tmp_path, weights, own_cache, polite
):
    path = tmp_path / "a.bag"
    arguments = ["demo:90", "--headless", "--frames", "100000", "--record", str(path)]
    command = [sys.executable, str(ROOT / "main.py"), *arguments, "--weights", str(weights)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 200  # a busy machine takes its time to start
        while not (path.exists() and path.stat().st_size > 100_000):
            assert time.monotonic() < end
            assert process.poll() is None
            time.sleep(0.05)
        (process.terminate if polite else process.kill)()
        assert process.wait(60) == (130 if polite else -9)
    finally:
        process.kill()
        process.wait()
    repaired = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "--repair", str(path)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert ("is whole" if polite else "repaired") in repaired.stdout
    count = len(pictures(path))
    assert count >= 2
    assert len(rows(path.with_suffix(".joints.csv"))) <= count
