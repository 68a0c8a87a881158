"""The wheel, installed into an empty environment elsewhere, starts: frames, window, messages.

Of the packages that this Python has, only what the wheel asks for can be imported there, and
neither torch nor onnx, matplotlib and scipy, even where something else brings them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest

from app.extras import EXTRA_OF
from tests.package.blocking import block
from tests.repository.test_dependencies import declared, normal

pytestmark = pytest.mark.full
WINDOW = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import main
application = QApplication(sys.argv[:1])
timer = QTimer(interval=50)
def look():
    for window in application.topLevelWidgets():
        if getattr(window, "hub", None) is not None and window.hub.last is not None:
            timer.stop()
            QTimer.singleShot(500, window, lambda: leave(window))
            return
def leave(window):
    window.grab().save(sys.argv[1])
    window.close()
timer.timeout.connect(look)
timer.start()
sys.exit(main.main(["demo"]))
"""


def closure(names: set[str]) -> set[str]:
    """These distributions and all they need, of those that are installed here."""
    found, ahead = set(), set(names)
    while ahead:
        found |= ahead
        ahead = {n for name in ahead for n in needed_by(name)} - found
    return found


def needed_by(name: str) -> set[str]:
    try:
        lines = requires(name) or []
    except PackageNotFoundError:  # of another system or Python
        return set()
    return {normal(line) for line in lines if "extra ==" not in line}


def foreign() -> set[str]:
    """Top-level modules of this Python's packages that the installed program may not import."""
    allowed = closure(declared())
    owners = packages_distributions()
    others = {n for n, dists in owners.items() if not allowed & {normal(d) for d in dists}}
    return others | set(EXTRA_OF)


class Installation:
    """A virtual environment with the wheel, and an empty folder to start it in."""

    def __init__(self, root: Path, wheel: Path):
        self.venv, self.empty, self.home = root / "venv", root / "empty", root / "home"
        self.empty.mkdir()
        self.home.mkdir()
        make = [sys.executable, "-m", "venv", "--without-pip", str(self.venv)]
        subprocess.run(make, check=True, timeout=300)
        self.python = self.venv / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install"]
        offline = ["--no-deps", "--no-index", "--disable-pip-version-check", "-q", str(wheel)]
        subprocess.run([*pip, *offline], check=True, timeout=300)
        ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
        self.site = Path(self.run(self.python, "-c", ask).stdout.strip())
        lent = [sysconfig.get_path("purelib"), str(block(root / "hidden", foreign()))]
        # A .pth begins a line with import; the interpreter may have a sitecustomize of its own.
        (self.site / "lent.pth").write_text("\n".join([*lent, "import blocked"]) + "\n", "utf-8")

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "QT_QPA_PLATFORM": "offscreen",
        }
        return subprocess.run(
            [str(word) for word in command],
            cwd=self.empty,
            env=environment | {k: v for k, v in os.environ.items() if k.startswith("OPENBLAS")},
            capture_output=True,
            text=True,
            timeout=600,
        )

    def program(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.venv / "bin" / "crossing-nets-live", *arguments)

    def files(self) -> set[Path]:
        return {path for path in self.site.rglob("*") if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def installed(tmp_path_factory, wheel):
    return Installation(tmp_path_factory.mktemp("installed"), wheel)


def test_it_is_the_installed_program_that_runs(installed):
    done = installed.run(installed.python, "-c", "import app; print(app.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(installed.site)
    for hidden in ("torch", "onnx", "matplotlib", "scipy", "pytest", "rosbags"):
        assert installed.run(installed.python, "-c", f"import {hidden}").returncode == 1


def test_thirty_frames_show_thirty_hands(installed):
    before = installed.files()
    done = installed.program("demo", "--headless", "--frames", "30")
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.startswith("30 frames, 30 with a hand")
    assert installed.files() == before, "the program writes into its own folder"
    assert list(installed.empty.iterdir()) == []
    (compiled,) = (installed.home / ".cache" / "crossing-nets").glob("compiled-*")
    assert list(compiled.rglob("*.nbc"))


def test_the_sample_is_inside(installed):
    sample = installed.site / "app" / "samples" / "sr305_hand.bag"
    done = installed.program(str(sample), "--headless", "--frames", "5")
    assert done.stdout.startswith("5 frames, 5 with a hand")


def test_the_window_paints_a_hand(installed, tmp_path):
    picture = tmp_path / "window.png"
    done = installed.run(installed.python, "-c", WINDOW, picture)
    assert done.returncode == 0, done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 50_000  # a window full of things, not a plain one


def test_the_licence_is_found(installed):
    code = "from widgets.shell.about import read_notice; print(read_notice('LICENSE'))"
    assert "Apache License" in installed.run(installed.python, "-c", code).stdout


def test_training_says_what_it_needs(installed):
    done = installed.run(installed.python, "-m", "app.training", "--out", "run")
    assert done.returncode == 2
    assert 'torch, which is not installed (pip install "crossing-nets-live[training]")' in (
        done.stderr
    )


def test_a_missing_localiser_is_said(installed, tmp_path):
    localiser = installed.site / "app" / "weights" / "localiser.onnx"
    away = localiser.rename(tmp_path / "localiser.onnx")
    try:
        done = installed.program("demo", "--headless", "--frames", "2")
    finally:
        away.rename(localiser)
    assert done.returncode == 0
    assert "localiser.onnx is missing" in done.stderr
    assert done.stderr.count("\n") == 1
