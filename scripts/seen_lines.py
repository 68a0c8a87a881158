"""Which test runs which line of a module, and how long each test takes, by coverage.py.

Lines that numba compiled are not seen: there a test counts that runs any line of a module which
imports the compiled one, or of that module itself.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha1
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SeenLines:
    """What one run of some tests has seen; made by `trace`."""

    passed: bool
    took_s: dict[str, float]  # processor time of each test, traced: more than it takes else
    slept_s: dict[str, float]
    tests: dict[str, dict[int, list[str]]]  # of each line, for each file
    digests: dict[str, str]  # of the files as they were

    def is_of(self, root: Path) -> bool:
        """Whether the tests and what they ran are still the same."""
        return all((root / p).exists() and digest(root / p) == d for p, d in self.digests.items())

    def of_line(self, path: str, line: int) -> set[str]:
        """Tests that run this line."""
        return set(self.tests.get(path, {}).get(line, ()))

    def of_file(self, path: str) -> set[str]:
        """Tests that run any line of a function of this file."""
        return {test for tests in self.tests.get(path, {}).values() for test in tests}


def digest(path: Path) -> str:
    """Of a file."""
    return sha1(path.read_bytes()).hexdigest()


class _Tracer:
    """A plugin of pytest: tells coverage which test runs, and measures it."""

    def __init__(self, coverage: Any):
        self.coverage = coverage
        self.took_s: dict[str, float] = {}
        self.slept_s: dict[str, float] = {}

    def pytest_runtest_logstart(self, nodeid: str, location: tuple) -> None:
        """A test begins, its fixtures first."""
        self.coverage.switch_context(nodeid)
        self._began = time.process_time(), time.monotonic()

    def pytest_runtest_logfinish(self, nodeid: str, location: tuple) -> None:
        """It has ended, its fixtures too."""
        busy = time.process_time() - self._began[0]
        self.took_s[nodeid] = busy
        self.slept_s[nodeid] = max(0.0, time.monotonic() - self._began[1] - busy)
        self.coverage.switch_context("")


def trace(root: Path, paths: list[str], tests: str, out: Path) -> int:
    """Run a file of tests under coverage and write what it saw of the files at `paths` to `out`."""
    import coverage
    import pytest

    from scripts.mutant_trial import QUIET

    files = [str(root / path) for path in paths]
    watch = coverage.Coverage(data_file=None, include=files, config_file=False)
    tracer = _Tracer(watch)
    watch.start()
    code = int(pytest.main([*(w for w in QUIET if w != "-x"), tests], plugins=[tracer]))
    watch.stop()
    data = watch.get_data()
    seen = {path: lines for path in paths if (lines := dict(_lines(data, str(root / path))))}
    passed = code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    digests = {path: digest(root / path) for path in [tests, *seen]}
    found = SeenLines(passed, tracer.took_s, tracer.slept_s, seen, digests)
    out.write_text(json.dumps(asdict(found)), "utf-8")
    return code


def _lines(data: Any, path: str) -> Iterator[tuple[int, list[str]]]:
    """(line, its tests) of a file, without what ran while it was imported."""
    for line, contexts in data.contexts_by_lineno(path).items():
        tests = sorted({context for context in contexts if context})
        if tests:
            yield line, tests


def read_seen(path: Path) -> SeenLines:
    """What `trace` wrote."""
    found = json.loads(path.read_text("utf-8"))
    found["tests"] = {
        file: {int(line): tests for line, tests in lines.items()}
        for file, lines in found["tests"].items()
    }
    return SeenLines(**found)


def join_seen(parts: list[SeenLines]) -> SeenLines:
    """What several runs have seen together."""
    whole = SeenLines(all(part.passed for part in parts), {}, {}, {}, {})
    for part in parts:
        whole.took_s.update(part.took_s)
        whole.slept_s.update(part.slept_s)
        for path, lines in part.tests.items():
            known = whole.tests.setdefault(path, {})
            for line, tests in lines.items():
                known[line] = [*known.get(line, []), *tests]
    return whole
