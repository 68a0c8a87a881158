"""Runs tests in a fork of this process, with a mutant in place of its module; no file is changed.

The fork inherits the libraries that are slow to import. The mutant comes by an import hook; what
numba compiled of it and of its callers is compiled anew and not kept. A run ends when it takes
several times the processor time of the unmutated one, or sleeps for long without wanting the
processor, so that a busy machine ends none.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

POLL_S = 0.1
AWAKE = 0.02  # share of a poll that a process must want the processor, so as not to be asleep
TICKS = os.sysconf("SC_CLK_TCK")
QUIET = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:pytest-qt", "-p", "no:randomly")
SLOW = ("numpy", "app.cv", "torch", "numba", "onnxruntime", "pytest", "safetensors.numpy", "lz4")


@dataclass(frozen=True)
class Limits:
    """What a run may take."""

    busy_s: float  # processor time
    asleep_s: float  # in which it does not want the processor


@dataclass(frozen=True)
class Verdict:
    """How a run ended."""

    word: str  # survived, killed, loops (busy_s is used up) or hangs (asleep_s is)
    busy_s: float
    log: str  # the end of what it said


class _Loader(SourceFileLoader):
    """Gives a source in place of the file's, and leaves no trace of it."""

    def __init__(self, name: str, path: str, source: str):
        super().__init__(name, path)
        self.source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.source, self.path, "exec", dont_inherit=True)


class MutantFinder(MetaPathFinder):
    """Finds one module, and gives it another source."""

    def __init__(self, name: str, path: Path, source: str):
        self.name, self.path, self.source = name, str(path), source

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of that module alone."""
        if name != self.name:
            return None
        return spec_from_file_location(
            name, self.path, loader=_Loader(name, self.path, self.source)
        )


def import_slow_libraries() -> None:
    """Those that every fork would import for itself, and none of ours but what loads them."""
    for name in SLOW:
        importlib.import_module(name)


def compile_anew(modules: set[str]) -> None:
    """Have numba compile what these modules define, and keep nothing of it."""
    from app import jit

    cached = jit.njit

    def njit(function: Callable) -> Callable:
        if function.__module__ not in modules:
            return cached(function)
        import numba

        return numba.njit(nogil=True, error_model="numpy")(function)

    jit.njit = njit


def run_forked(work: Callable[[], int], limits: Limits, log: Path) -> Verdict:
    """`work` in a fork, its output in `log`: it survives where it gives 0."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _work_and_exit(work, log)
    word, busy = _watch(child, limits)
    tail = log.read_text("utf-8", errors="replace")[-3000:]
    return Verdict(word, busy, tail)


def _work_and_exit(work: Callable[[], int], log: Path) -> None:
    """In the fork: never returns."""
    code = 70
    try:
        os.setsid()  # with its children it can be ended as one
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        code = work()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _watch(child: int, limits: Limits) -> tuple[str, float]:
    """Wait for the fork to end, or end it: the word of the verdict, processor time."""
    busy = asleep = 0.0
    wanted, seen_s = 0.0, time.monotonic()
    word = ""
    while not word:
        time.sleep(POLL_S)
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            word = "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
            break
        busy, before = _busy_s(child), wanted
        wanted = busy + _waiting_s(child)
        now_s = time.monotonic()
        passed_s, seen_s = now_s - seen_s, now_s
        if wanted - before < AWAKE * passed_s:
            asleep += passed_s
        if busy > limits.busy_s:
            word = "loops"
        elif asleep > limits.asleep_s:
            word = "hangs"
    _end_group(child)
    return word, busy


def _end_group(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except (ProcessLookupError, ChildProcessError):
        pass  # it has ended, and was waited for


def _busy_s(process: int) -> float:
    """Processor time of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11:15]) / TICKS


def _waiting_s(process: int) -> float:
    """How long its threads have been ready to run while others ran."""
    total = 0.0
    for path in Path(f"/proc/{process}/task").glob("*/schedstat"):
        try:
            total += int(path.read_text().split()[1]) / 1e9
        except (OSError, IndexError):
            continue  # a thread that has just ended
    return total
