"""Asks of the tests whether they can fail: small faults are made, and each should be met.

    python -m scripts.mutate [AREA or FILE ...] [--sample N] [--seed S] [--fresh]

needs `pip install -e ".[mutation]"` and Linux. For each area `--sample` faults are drawn by the
seed (`scripts/mutants.py` has what counts as one) and shown to the tests that run their line, the
quickest first, until one fails (`scripts/mutant_trial.py`). mutmut cannot follow functions that
numba compiles, and cosmic-ray by itself starts Python and torch anew for every fault.
What was learnt is kept in `runs/mutation`: a fault that was met once is not tried again unless its
module changes, or with `--fresh`. The exit code is 1 where an area scores less than 85 %.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import sha1

from scripts import mutant_trial as trial
from scripts.mutants import Mutant, sample_mutants
from scripts.seen_lines import SeenLines, join_seen, read_seen, trace
from tests.repository.structure import arrows
from tests.repository.tree import ROOT, module_name

RUNS = ROOT / "runs" / "mutation"
LEAST = 0.85
BUDGET_S = 60.0  # processor time of the tests that one fault is shown to, traced
TRACE = trial.Limits(busy_s=900.0, asleep_s=300.0)
AREAS = {  # code -> the files and folders of its tests
    "app/segmentation": "tests/segmentation tests/inference/test_pipeline.py",
    "app/model": "tests/model tests/engine tests/latent/test_space.py tests/training/stages "
    "tests/training/test_training.py",
    "app/inference": "tests/inference tests/api tests/cli/test_headless.py",
    "app/capture/player.py app/capture/player_state.py app/capture/source_thread.py "
    "app/capture/pace.py": "tests/capture/test_player.py tests/capture/test_player_range.py "
    "tests/capture/test_player_faults.py "
    "tests/capture/test_pace.py tests/capture/test_reconnect.py",
    "app/training/losses.py": "tests/training/test_losses.py tests/training/stages "
    "tests/training/test_training.py",
    "app/training/loop.py app/training/average.py": "tests/training/test_loop.py "
    "tests/training/test_clock.py "
    "tests/training/stages tests/training/test_training.py tests/training/test_unlabelled.py",
}


@dataclass(frozen=True)
class Result:
    """A fault, and what became of it."""

    mutant: Mutant
    word: str  # as trial.Verdict has it; unseen: no test runs its line


def python_files(places: str, pattern: str = "*.py") -> list[str]:
    """The modules at some places, from the root of the repository."""
    found = []
    for place in places.split():
        path = ROOT / place
        files = [path] if path.suffix == ".py" else sorted(path.rglob(pattern))
        found += [file.relative_to(ROOT).as_posix() for file in files]
    return found


def see(tests: list[str]) -> SeenLines:
    """Which tests see which lines; traced again where a file of tests or what it saw changed."""
    paths = [path for places in AREAS for path in python_files(places)]
    parts = []
    for file in tests:
        kept = RUNS / f"seen-{file.replace('/', '-')}.json"
        part = read_seen(kept) if kept.exists() else None
        if part is None or not part.is_of(ROOT):
            print(f"  tracing {file}", file=sys.stderr, flush=True)
            trial.run_forked(partial(trace, ROOT, paths, file, kept), TRACE, RUNS / "trace.log")
            part = read_seen(kept)
        if not part.passed:
            kept.unlink()
            raise SystemExit(f"{file} fails as the code is, see {RUNS / 'trace.log'}")
        parts.append(part)
    return join_seen(parts)


@cache
def _imports() -> dict[str, set[str]]:
    return arrows()


def compiled_with(path: str, line: int) -> set[str]:
    """Modules whose compiled code holds this line; none where Python runs it."""
    source = (ROOT / path).read_text("utf-8")
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    around = [f for f in functions if f.lineno <= line <= (f.end_lineno or line)]
    plain = bool(around) and "njit" not in {
        ast.unparse(d) for f in around for d in f.decorator_list
    }
    if plain or "@njit" not in source:
        return set()
    met, name = _imports(), module_name(ROOT / path)
    found, fresh = {name}, {name}
    while fresh:
        fresh = {module for module, seen in met.items() if seen & fresh} - found
        found |= fresh
    return found


def lines_with(tree: ast.Module, line: int) -> range:
    """The lines of a statement in a function, or of a function whose head this is; else none."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    around = [f for f in functions if f.lineno <= line <= (f.end_lineno or line)]
    if not around:
        return range(0)
    function = around[-1]
    statements = [n for part in function.body for n in ast.walk(part) if isinstance(n, ast.stmt)]
    on_line = [n for n in statements if n.lineno <= line <= (n.end_lineno or line)]
    if not on_line:
        return range(function.body[0].lineno, (function.end_lineno or line) + 1)
    last = on_line[-1]  # the innermost, of which a block is its head alone
    body = getattr(last, "body", None)
    end = body[0].lineno if body else (last.end_lineno or line) + 1
    return range(last.lineno, max(end, line + 1))


def choose_tests(mutant: Mutant, seen: SeenLines, compiled: set[str]) -> list[str]:
    """The tests to show this fault to, the quickest first, as many as BUDGET_S allows."""
    lines = lines_with(ast.parse((ROOT / mutant.path).read_text("utf-8")), mutant.line)
    if compiled:
        names = (p for p in seen.tests if module_name(ROOT / p) in compiled)
        tests = {test for path in names for test in seen.of_file(path)}
    elif lines:
        tests = {test for line in lines for test in seen.of_line(mutant.path, line)}
    else:  # a constant
        tests = seen.of_file(mutant.path) or set(seen.took_s)
    chosen, left_s = [], BUDGET_S
    for test in sorted(tests, key=lambda t: seen.took_s[t] + seen.slept_s[t]):
        left_s -= seen.took_s[test]
        if left_s < 0 and chosen:
            break
        chosen.append(test)
    return chosen


def try_mutant(mutant: Mutant, seen: SeenLines) -> Result:
    """Show the fault to its tests."""
    compiled = compiled_with(mutant.path, mutant.line)
    tests = choose_tests(mutant, seen, compiled)
    if not tests:
        return Result(mutant, "unseen")
    busy_s = 10 + 2 * sum(seen.took_s[t] for t in tests) + (60 if compiled else 0)
    asleep_s = 30 + 3 * sum(seen.slept_s[t] for t in tests)
    work = partial(_run_tests, mutant, tests, compiled)
    verdict = trial.run_forked(work, trial.Limits(busy_s, asleep_s), RUNS / "trial.log")
    return Result(mutant, verdict.word)


def _run_tests(mutant: Mutant, tests: list[str], compiled: set[str]) -> int:
    """In the fork: pytest's exit code with the mutant in place."""
    import pytest

    name = module_name(ROOT / mutant.path)
    sys.meta_path.insert(0, trial.MutantFinder(name, ROOT / mutant.path, mutant.source))
    trial.compile_anew(compiled)
    return int(pytest.main([*trial.QUIET, *tests]))


def hold_unmutated(mutants: list[Mutant], seen: SeenLines) -> None:
    """Leave where the tests fail though nothing was changed: what they would say counts nothing."""
    for mutant in mutants:
        if choose_tests(mutant, seen, compiled_with(mutant.path, mutant.line)):
            source = (ROOT / mutant.path).read_text("utf-8")
            if try_mutant(replace(mutant, source=source), seen).word != "survived":
                raise SystemExit(f"the tests fail as the code is, see {RUNS / 'trial.log'}")
            return


def judge(mutants: list[Mutant], seen: SeenLines, fresh: bool) -> list[Result]:
    """What became of each; those met before are not tried again."""
    kept = RUNS / "met.json"
    met = json.loads(kept.read_text("utf-8")) if kept.exists() and not fresh else {}
    results = []
    for k, mutant in enumerate(mutants):
        key = sha1(f"{mutant.path}\n{mutant.source}".encode()).hexdigest()
        result = Result(mutant, met[key]) if key in met else try_mutant(mutant, seen)
        results.append(result)
        if result.word not in ("survived", "unseen"):
            met[key] = result.word
            kept.write_text(json.dumps(met), "utf-8")
        print(
            f"  {k + 1}/{len(mutants)} {result.word}: {mutant.path}:{mutant.line}", file=sys.stderr
        )
    return results


def report(place: str, results: list[Result], say: Callable[[str], None] = print) -> float:
    """Say a line a module, one for the area and each survivor; the area's score, 0..1."""
    lived = [r for r in results if r.word in ("survived", "unseen")]
    say(f"\n{place}")
    for path in dict.fromkeys(r.mutant.path for r in results):
        count = sum(r.mutant.path == path for r in results)
        left = sum(r.mutant.path == path for r in lived)
        say(f"  {path:44} {count:4} faults {count - left:4} met {left:3} not")
    score = 1 - len(lived) / len(results) if results else 1.0
    say(f"  {len(results)} faults, {len(results) - len(lived)} met: {score:.1%}")
    for result in lived:
        original = (ROOT / result.mutant.path).read_text("utf-8")
        say(f"{result.word} ({result.mutant.family}) {result.mutant.diff(original)}")
    return score


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.mutate", description=__doc__)
    parser.add_argument("areas", nargs="*", metavar="AREA", help="of AREAS, or a file of one")
    parser.add_argument("--sample", type=int, default=60, help="faults an area (60); 0: all")
    parser.add_argument("--seed", type=int, default=0, help="that chooses them (0)")
    parser.add_argument("--fresh", action="store_true", help="try again what was met before")
    options = parser.parse_args(arguments)
    RUNS.mkdir(parents=True, exist_ok=True)
    trial.import_slow_libraries()
    scores = []
    for place, tests in AREAS.items():
        paths = python_files(place)
        wanted = [p for p in paths if p in options.areas]
        if options.areas and not wanted and not set(place.split()) & set(options.areas):
            continue
        seen = see(python_files(tests, "test_*.py"))
        mutants = sample_mutants(ROOT, wanted or paths, options.sample, options.seed)
        hold_unmutated(mutants, seen)
        scores.append(report(place, judge(mutants, seen, options.fresh)))
    return 0 if scores and min(scores) >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
