"""The command that makes small faults: where it makes them, how it runs tests, what it counts."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import mutants
from scripts.mutants import Mutant, find_places, make_mutant, quiet_spans
from scripts.mutate import Result, choose_tests, compiled_with, lines_with, report
from scripts.seen_lines import SeenLines
from tests.repository.tree import ROOT

SOURCE = """
@dataclass(frozen=True)
class Box:
    width: int | None = 3


@njit
def grow(box: Box, by: float = 2.0) -> Box | None:
    if by < 0:
        raise ValueError(f"{by + 1} is less", by - 1)
    log.info("grown", by * 2)
    box.grown(
        by,
    )
    box.width += by
    box.seen[0] = by
    return box
"""
TRIAL = """
import sys, time
from pathlib import Path
from scripts.mutant_trial import Limits, MutantFinder, run_forked

def mutated():
    sys.path.insert(0, sys.argv[1])
    path = Path(sys.argv[1]) / "some_module.py"
    sys.meta_path.insert(0, MutantFinder("some_module", path, "A = 2"))
    import some_module
    return int(some_module.A == 2)

def loop():
    while True:
        pass

works = {"good": lambda: 0, "bad": lambda: 1 / 0, "loop": loop, "sleep": lambda: time.sleep(60)}
for work in [mutated, *works.values()]:
    limits = Limits(busy_s=0.3 if work is loop else 30, asleep_s=0.5)
    print(run_forked(work, limits, Path(sys.argv[1]) / "log").word)
"""


def covered(source: str) -> set[str]:
    """The parts of a source that are left out, as they stand there."""
    lines = source.splitlines()
    spans = quiet_spans(ast.parse(source))
    return {lines[start[0] - 1][start[1] : end[1]] for start, end in spans if start[0] == end[0]}


def test_what_has_no_behaviour_gets_no_fault():
    left_out = covered(SOURCE)
    assert {"int | None", "Box | None", "float", "by - 1", 'log.info("grown", by * 2)'} <= left_out
    assert {"dataclass(frozen=True)", "njit"} <= left_out
    assert not any("by < 0" in text or "width +=" in text for text in left_out)


def test_a_fitted_table_is_data_and_a_short_one_is_not():
    table = "(0.5, -1.5, 2.5, 0.1, 0.2, 0.3, 0.4, 0.5)"
    assert covered(f"A = {table}") == {table}
    assert covered("A = (0.5, -1.5)") == covered("A = (1, 2, 3, 4, 5, 6, 7, 8, 9)") == set()


def test_statements_that_do_something_are_dropped_and_nothing_moves(monkeypatch):
    monkeypatch.setattr(mutants, "_by_operators", lambda source: [])
    places = find_places("box.py", SOURCE)
    assert [place.start[0] for place in places] == [12, 15, 16]  # not what is only said
    for place in places:
        mutant = make_mutant(place, SOURCE, random.Random(0))
        assert len(mutant.source.splitlines()) == len(SOURCE.splitlines())
        assert mutant.source.splitlines()[-1] == "    return box"
        assert "+    pass" in mutant.diff(SOURCE)


def test_a_run_is_judged_by_what_it_gives_and_by_what_it_takes(tmp_path):
    (tmp_path / "some_module.py").write_text("A = 1")
    command = [sys.executable, "-c", TRIAL, tmp_path]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    words = ["killed", "survived", "killed", "loops", "hangs"]
    assert out.stdout.split() == words, out.stderr
    assert (tmp_path / "some_module.py").read_text() == "A = 1"
    assert not (tmp_path / "__pycache__").exists()


def seen_of(path: str, *lines: int) -> SeenLines:
    took_s = {"slow": 9.0, "quick": 1.0, "elsewhere": 0.1, "endless": 1e3}
    tests = {path: {line: ["slow", "endless", "quick"] for line in lines}}
    return SeenLines(True, took_s, dict.fromkeys(took_s, 0.0), tests, {})


@pytest.mark.parametrize("compiled", [False, True])
def test_a_fault_is_shown_to_the_tests_that_run_its_line_the_quick_ones_first(compiled):
    path = "app/segmentation/locate.py"
    source = (ROOT / path).read_text("utf-8").splitlines()
    inside = next(k for k, line in enumerate(source, 1) if line.startswith("    return"))
    mutant = Mutant(path, inside, "number", "")
    modules = {"app.segmentation.locate"} if compiled else set()
    assert choose_tests(mutant, seen_of(path, inside), modules) == ["quick", "slow"]
    other = choose_tests(mutant, seen_of(path, inside + 1), modules)
    assert other == (["quick", "slow"] if compiled else [])


@pytest.mark.parametrize(
    ("line", "lines"),
    [(3, []), (8, range(9, 18)), (9, [9]), (10, [10]), (13, [12, 13, 14]), (16, [16])],
)
def test_a_line_is_run_by_what_runs_its_statement_a_head_by_what_runs_the_body(line, lines):
    assert list(lines_with(ast.parse(SOURCE), line)) == list(lines)


def test_a_fault_in_compiled_code_reaches_all_that_calls_it():
    path = "app/segmentation/optics.py"
    source = (ROOT / path).read_text("utf-8").splitlines()
    line = next(k for k, line in enumerate(source, 1) if "radial" in line)
    assert {"app.segmentation.optics", "app.segmentation.blob"} <= compiled_with(path, line)
    assert compiled_with("app/segmentation/tracker.py", 100) == set()


def test_the_score_is_of_faults_that_some_test_met():
    path = "app/segmentation/tracker.py"
    source = (ROOT / path).read_text("utf-8")
    words = ["killed", "killed", "loops", "hangs", "survived", "unseen"]
    results = [Result(Mutant(path, 1, "number", "#" + source), word) for word in words]
    said: list[str] = []
    assert report("app/segmentation", results, said.append) == pytest.approx(4 / 6)
    assert sum(line.startswith(("survived", "unseen")) for line in said) == 2
    assert Path(path).name in said[1]
