"""A Wayland desktop without a screen: weston, whose pictures are those a user would see."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = (1280, 800)
RENDERERS = ("gl", "pixman")
NAME = "wayland-7"
PATIENCE_S = 60.0


@contextmanager
def weston(renderer: str) -> Iterator[dict[str, str]]:
    """Runs one; gives the environment of its session."""
    folder = Path(tempfile.mkdtemp(prefix="weston-"))  # a socket's path may not be long
    folder.chmod(0o700)
    session = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")}
    session |= {"XDG_RUNTIME_DIR": str(folder), "WAYLAND_DISPLAY": NAME}
    log = folder / "log"
    with log.open("w") as written:
        running = subprocess.Popen(_command(renderer), env=session, stdout=written, stderr=written)
    try:
        until = time.monotonic() + PATIENCE_S
        while not (folder / NAME).exists():
            assert running.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        yield session
        assert running.poll() is None, log.read_text()
    finally:
        running.terminate()
        running.wait(PATIENCE_S)
        shutil.rmtree(folder)


def _command(renderer: str) -> list[str]:
    assert shutil.which("weston"), "these tests need weston: ./test --yes installs it"
    told = subprocess.run(["weston", "--version"], capture_output=True, text=True, check=True)
    version = int(re.findall(r"\d+", told.stdout)[0])
    chosen = f"--use-{renderer}" if version < 12 else f"--renderer={renderer}"
    width, height = SIZE
    return [
        "weston", "--backend=headless-backend.so", chosen, "--shell=desktop-shell.so",
        f"--width={width}", f"--height={height}", f"--socket={NAME}", "--idle-time=0",
        "--no-config", "--debug",
    ]  # fmt: skip
