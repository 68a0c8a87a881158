"""What three runs in a fresh home open and whom they speak to, witnessed by strace."""

from __future__ import annotations

import ipaddress
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import QUIET
from tests.repository.tree import ROOT

pytestmark = pytest.mark.full
RUNS = {
    "headless": "{root}/main.py demo --headless --frames 5 --joints {out}/a.csv",
    "window": "{root}/main.py --frames 5",  # looks for a camera first
    "training": "-m app.training --out {out}/run --stages vae,regress --steps 1 --batch 4"
    " --pool 2000",
}
CALLS = "connect,sendto,sendmsg,sendmmsg,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2"
SYSTEM = ("/dev", "/proc", "/sys")
WRITES = re.compile(r"creat\(|mkdir|rename|O_WRONLY|O_RDWR|O_CREAT")
ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')


class Trace:
    """The calls of a program and of all that it started, in an empty folder and a fresh home."""

    def __init__(self, folder: Path, command: str):
        assert shutil.which("strace"), "these tests need strace: ./test --yes installs it"
        self.home, self.out, self.cwd, calls = (
            folder / name for name in ("home", "out", "cwd", "calls")
        )
        for made in (self.home, self.out, self.cwd, calls):
            made.mkdir()
        own = {k: v for k, v in os.environ.items() if not k.startswith("XDG_") and k not in QUIET}
        own |= {"HOME": str(self.home), "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
        strace = ["strace", "-ff", "--seccomp-bpf", "-s", "400", "-e", f"trace={CALLS}"]
        words = [word.format(root=ROOT, out=self.out) for word in command.split()]
        self.done = subprocess.run(
            [*strace, "-o", str(calls / "of"), sys.executable, *words],
            cwd=self.cwd, env=own, capture_output=True, text=True, timeout=1200, check=False,
        )  # fmt: skip
        self.lines = [
            line
            for path in calls.iterdir()
            for line in path.read_text(errors="replace").splitlines()
            if " = -1 " not in line
        ]

    def addresses(self) -> set[str]:
        """Every internet address that was spoken to."""
        return {first or second for line in self.lines for first, second in ADDRESS.findall(line)}

    def written(self) -> Iterator[Path]:
        """Files and folders that were made, or opened to be written."""
        for line in self.lines:
            names = re.findall(r'"([^"]*)"', line) if WRITES.search(line) else []
            yield from (self.cwd / name for name in names if not line.startswith(("conn", "send")))


def listed_places(home: Path) -> list[Path]:
    """What the README says is written below the home; some libraries ask the system for that."""
    section = (ROOT / "README.md").read_text("utf-8").split("\n## Privacy\n")[1].split("\n## ")[0]
    homes = (home, Path(pwd.getpwuid(os.getuid()).pw_dir))
    return [root / name for root in homes for name in re.findall(r"`~/([^`]+)`", section)]


def is_expected(path: Path, trace: Trace) -> bool:
    """Is it listed, named by the command, temporary, compiled code, or the system's?"""
    listed = listed_places(trace.home)
    if any(path.is_relative_to(place) or place.is_relative_to(path) for place in listed):
        return True
    if path.is_relative_to(trace.home):  # itself below the temporary folder, most likely
        return False
    free = (trace.out, tempfile.gettempdir(), *SYSTEM)
    return "__pycache__" in path.parts or any(path.is_relative_to(place) for place in free)


@pytest.mark.parametrize("run", RUNS)
def test_a_run_speaks_to_nobody_and_writes_only_where_the_readme_says(run, tmp_path):
    trace = Trace(tmp_path, RUNS[run])
    assert trace.done.returncode == 0, trace.done.stderr
    assert [a for a in trace.addresses() if not ipaddress.ip_address(a).is_loopback] == []
    assert {path for path in trace.written() if not is_expected(path, trace)} == set()
    assert list(trace.cwd.iterdir()) == []
