import csv
import json
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle

import main
from app import headless
from app.config import EstimatorConfig
from app.engine.load import load_engine
from app.errors import CaptureError, EndedEarly
from app.inference.pipeline import FramePipeline
from tests.inference.fakes import FakeEngine, FakeSource, FakeTracker, empty_frame, hand_frame
from tests.inference.test_pipeline import region

ROOT = Path(main.__file__).parent
RECORDING = [hand_frame(i) for i in range(10)]


@pytest.fixture
def play(monkeypatch, tmp_path, capsys):
    """Run `main.py x --headless ...` on a fake source: (exit code, rows, stderr)."""

    def play(source: FakeSource, *arguments: str):
        def build(config: EstimatorConfig) -> FramePipeline:
            return FramePipeline(FakeEngine(), config, FakeTracker(region()))

        monkeypatch.setattr(headless, "open_source", lambda spec: source)
        monkeypatch.setattr(headless, "make_pipeline", build)
        joints = tmp_path / "joints.csv"
        code = main.main(["x", "--headless", "--joints", str(joints), *arguments])
        rows = list(csv.DictReader(joints.open())) if joints.exists() else None
        assert source.closed
        return code, rows, capsys.readouterr().err

    return play


def indices(rows) -> list[int]:
    return [int(row["index"]) for row in rows]


def test_every_frame_in_order(play, tmp_path):
    code, rows, err = play(FakeSource(RECORDING), "--stats", str(tmp_path / "s.json"))
    assert (code, err) == (0, "")
    assert indices(rows) == list(range(10))
    stats = json.loads((tmp_path / "s.json").read_text())
    assert (stats["frames_in"], stats["frames_estimated"], stats["frames_dropped"]) == (10, 10, 0)
    assert stats["fps"] > 0
    assert {"segment", "network"} <= set(stats["stage_ms"])
    assert set(stats["latency_ms"]) == {"median", "p95"}


def test_better_numbers_of_the_camera_are_used_and_told(play, tmp_path):
    config, joints = tmp_path / "c.toml", tmp_path / "joints.json"
    config.write_text("[estimator.camera]\nfx = 264\ndepth_unit_mm = 1.02\n")
    given = ["--config", str(config), "--joints", str(joints)]
    assert play(FakeSource(RECORDING), *given)[0] == 0
    told = json.loads(joints.read_text())
    assert (told["intrinsics"]["fx"], told["depth_unit_mm"]) == (264, 1.02)
    assert told["intrinsics"]["fy"] == RECORDING[0].intrinsics.fy
    plain = tmp_path / "plain.json"
    play(FakeSource(RECORDING), "--joints", str(plain))
    first = [json.loads(path.read_text())["rows"][0]["joints_mm"][0] for path in (plain, joints)]
    assert abs(first[0][0] - first[1][0]) > 1


def test_joints_for_numpy_and_for_blender(play, tmp_path):
    frames = [*RECORDING[:3], empty_frame(3)]
    for name in ("joints.npz", "joints.bvh"):
        assert play(FakeSource(frames), "--joints", str(tmp_path / name))[0] == 0
    with np.load(tmp_path / "joints.npz") as saved:
        assert saved["index"].tolist() == [0, 1, 2, 3]
        assert saved["detected"].tolist() == [True, True, True, False]
        assert json.loads(saved["header"].item())["source"] == "fake"
    plain = tmp_path / "plain.json"
    play(FakeSource(frames), "--joints", str(plain))
    rows = json.loads(plain.read_text())["rows"]
    with np.load(tmp_path / "joints.npz") as saved:
        assert np.allclose(saved["joints_mm"][2], rows[2]["joints_mm"], atol=1e-3)
    motion = (tmp_path / "joints.bvh").read_text()
    assert "Frames: 4" in motion
    assert json.loads((tmp_path / "joints.bvh.json").read_text())["held"] == [0, 0, 0, 1]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "joints.bvh", "joints.bvh.json", "joints.npz", "plain.json",
    ]  # fmt: skip


def test_no_hand_is_no_motion(play, tmp_path):
    code, _, err = play(FakeSource([empty_frame(0)]), "--joints", str(tmp_path / "j.bvh"))
    assert code == 6
    assert "no motion to write" in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_frames_and_start(play):
    assert indices(play(FakeSource(RECORDING), "--frames", "3")[1]) == [0, 1, 2]
    assert indices(play(FakeSource(RECORDING), "--start-at", "0.2")[1]) == [6, 7, 8, 9]


def test_a_start_beyond_the_end_is_a_bad_argument(play):
    code, rows, err = play(FakeSource(RECORDING), "--start-at", "50")
    assert (code, rows) == (2, None)
    assert "beyond the end" in err


def test_loop_goes_round_until_frames(play):
    rows = play(FakeSource(RECORDING), "--loop", "--frames", "25")[1]
    assert indices(rows) == [*range(10), *range(10), *range(5)]


def test_a_recording_that_ends_early_keeps_what_was_read(play):
    code, rows, err = play(FakeSource(RECORDING, EndedEarly(10, 20, "cut off")))
    assert code == 5
    assert len(rows) == 10
    assert err == "main.py: stops after frame 10 of 20; the rest is damaged: cut off\n"


def test_a_camera_that_goes_away_keeps_what_was_read(play):
    code, rows, _ = play(FakeSource(RECORDING, CaptureError("unplugged")))
    assert (code, len(rows)) == (5, 10)


@pytest.mark.parametrize("error", [EndedEarly(0, 20), None])
def test_a_recording_without_a_readable_frame_cannot_be_read(play, error, tmp_path):
    code, _, err = play(FakeSource([], error))
    assert code == 3
    assert err.count("\n") == 1


def test_no_hand_leaves_blanks(play, monkeypatch):
    monkeypatch.setattr(FakeTracker, "update", lambda self, frame: None)
    _, rows, _ = play(FakeSource([empty_frame()]))
    assert (rows[0]["detected"], rows[0]["wrist_x_mm"]) == ("0", "")


def test_the_demo_ends_by_itself_and_says_so(play, monkeypatch):
    monkeypatch.setattr(headless, "DEMO_FRAMES", 4)
    code, rows, err = play(FakeSource(RECORDING, kind="demo"))
    assert (code, len(rows)) == (0, 4)
    assert "4 frames" in err


def test_an_output_that_cannot_be_written_is_said_before_the_source_is_opened(tmp_path, capsys):
    joints = str(tmp_path / "none" / "j.csv")
    assert main.main(["no-such.bag", "--headless", "--joints", joints]) == 6
    assert capsys.readouterr().err.count("\n") == 1


def test_a_missing_source_and_bad_weights(tmp_path, capsys):
    (tmp_path / "w.safetensors").write_text("no weights")
    assert main.main([str(tmp_path / "no.bag"), "--headless"]) == 3
    bad = ["demo", "--headless", "--frames", "1", "--weights", str(tmp_path / "w.safetensors")]
    assert main.main(bad) == 4
    assert capsys.readouterr().err.count("\n") == 2


def test_an_unfinished_run_leaves_no_file(tmp_path):
    weights = tmp_path / "w.safetensors"
    weights.write_text("no weights")
    joints = tmp_path / "j.csv"
    main.main(["demo", "--headless", "--weights", str(weights), "--joints", str(joints)])
    assert sorted(tmp_path.iterdir()) == [weights]


def test_the_outlet_sends_every_frame(play):
    with socket.socket(type=socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(10)
        code, rows, _ = play(FakeSource(RECORDING), "--osc", str(ear.getsockname()[1]))
        heard = [next(iter(OscBundle(ear.recv(4096)))).params[0] for _ in RECORDING]
    assert (code, heard) == (0, indices(rows))


def test_an_outlet_that_cannot_be_had_is_said_before_the_source_is_opened(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main.main(["no-such.bag", "--headless", "--websocket", port]) == 6
    assert main.main(["demo", "--headless", "--osc", "nowhere"]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_sensors_are_listed(capsys, monkeypatch):
    monkeypatch.setattr(headless, "list_sensors", lambda: [])
    assert main.main(["--list-sensors"]) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_whole_rows(tmp_path, weights, number):
    load_engine(weights)  # builds the graphs, if nobody has yet
    joints = tmp_path / "j.csv"
    arguments = ["demo", "--headless", "--frames", "1000000", "--weights", str(weights)]
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *arguments, "--joints", str(joints)],
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 60
    while time.monotonic() < end and not any(
        p.stat().st_size > 8192 for p in tmp_path.glob(".j.csv*")
    ):
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "kept" in err
    assert "Traceback" not in err
    lines = joints.read_text().splitlines()
    assert len(lines) > 10
    assert {line.count(",") for line in lines} == {68}


def test_what_the_window_would_show_is_said_on_stderr_and_in_stats(play, tmp_path, monkeypatch):
    source = FakeSource([empty_frame(i) for i in range(4)])
    info = source.open()
    monkeypatch.setattr(source, "open", lambda: replace(info, note="focal length assumed: 240 px"))
    code, _, err = play(source, "--stats", str(tmp_path / "s.json"))
    assert code == 0
    told = json.loads((tmp_path / "s.json").read_text())["warnings"]
    said = [f"main.py: warning: {warning['message']}" for warning in told]
    assert err.splitlines()[: len(said)] == said
    assert [warning["kind"] for warning in told] == ["note", "camera", "no_hand"]
    assert told[0]["message"] == "focal length assumed: 240 px"


def test_the_other_hand_is_named_as_such(play, tmp_path):
    stats = tmp_path / "s.json"
    code, rows, err = play(FakeSource(RECORDING), "--hand", "left", "--stats", str(stats))
    assert code == 0
    assert {row["detected"] for row in rows} == {"0"}
    assert "No left hand" in err
    assert "other_hand" in [w["kind"] for w in json.loads(stats.read_text())["warnings"]]
