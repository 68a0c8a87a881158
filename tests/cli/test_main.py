import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import main
from app.config import EstimatorConfig, Options, PlaybackConfig
from app.version import VERSION

ROOT = Path(main.__file__).parent


def run(*arguments: str, environment: dict | None = None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )


def test_parsing_imports_nothing_heavy():
    code = (
        "import sys, main; main.parse_options(['demo', '--headless']);"
        "heavy = {'numpy', 'cv2', 'torch', 'onnxruntime', 'PySide6', 'numba'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_help_names_every_argument_of_the_contract():
    text = run("--help").stdout
    for name in (
        *("--headless", "--frames", "--start-at", "--speed", "--loop", "--hand", "--weights"),
        *("--threads", "--refine", "--joints", "--stats", "--list-sensors"),
        *("realsense[:SERIAL]", "demo[:FPS]"),
    ):
        assert name in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["--frames", "many"],
        ["--frames", "0"],
        ["--frames", "-5"],
        ["--hand", "both"],
        ["--speed", "nan"],
        ["--start-at", "-1"],
        ["--threads", "0"],
        ["--refine", "-1"],
        ["--headless", "--joints", "a.txt"],
        ["--headless", "--stats", "a.csv"],
        ["--joints", "a.csv"],
        ["--no-such-option"],
        ["one", "two"],
        ["--config", "no-such-file.toml"],
    ],
)
def test_bad_arguments_are_one_line_and_exit_code_2(arguments, capsys):
    try:
        code = main.main(arguments)
    except SystemExit as leaving:
        code = leaving.code
    assert code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "surroundings",
    [
        {},
        {"WAYLAND_DISPLAY": "wayland-9"},  # of tmux, ssh or sudo
        {"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": "/nowhere"},
        {"DISPLAY": ":7654"},
        {"QT_QPA_PLATFORM": "xcb"},
        {"QT_QPA_PLATFORM": "wayland;xcb", "DISPLAY": ":7654"},
        {"QT_QPA_PLATFORM": "bogus"},
    ],
    ids=str,
)
def test_without_a_display_the_way_out_is_named(surroundings):
    result = run(environment={"PATH": "/usr/bin", "HOME": "/tmp", **surroundings})
    assert result.returncode == 2, result.stderr
    assert result.stderr.startswith("main.py: no display: ")
    assert "--headless" in result.stderr
    assert result.stderr.count("\n") == 1


def test_options_of_the_command_line_win_over_the_file(tmp_path):
    (tmp_path / "c.toml").write_text("[estimator]\nthreads = 3\nhand = 'left'\n")
    options = main.parse_options(["--config", str(tmp_path / "c.toml"), "--hand", "right"])
    assert options.estimator.hand == "right"
    assert options.estimator.threads == 3


def test_every_argument_arrives():
    given = (
        "x.bag --headless --frames 5 --start-at 1.5 --speed 2 --loop --hand left --weights w "
        "--threads 2 --refine 3 --joints a.csv --stats b.json"
    )
    options = main.parse_options(given.split())
    assert options == Options(
        source="x.bag",
        headless=True,
        frames=5,
        joints=Path("a.csv"),
        stats=Path("b.json"),
        estimator=EstimatorConfig(hand="left", weights="w", threads=2, refine=3),
        playback=PlaybackConfig(start_at_s=1.5, speed=2.0, loop=True),
    )


def test_the_version_is_the_packages():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
