"""Rooms that one finds, and short things in them: folders, circles of imports, sizes, reasons."""

from __future__ import annotations

from collections import Counter

from tests.repository.structure import arrows, circle, cited_pages, functions, unexplained
from tests.repository.tree import CODE, ROOT, python_files

FILES_IN_FOLDER = 22
FUNCTION_LINES = 45
PARAMETERS = 8
SOURCES = python_files(*CODE, "", "scripts", "tests")


def relative(path) -> str:
    return path.relative_to(ROOT).as_posix()


def home_of_tests(folder: str) -> str:
    """Where the tests of a folder of code lie: app/hand -> tests/hand, widgets -> tests/widgets."""
    return {"app": "tests/cli"}.get(folder, "tests/" + folder.removeprefix("app/"))


def test_no_folder_is_crowded():
    counts = Counter(relative(path.parent) for path in SOURCES)
    assert {folder for folder, n in counts.items() if n > FILES_IN_FOLDER} == set()


def test_no_imports_run_in_a_circle():
    assert circle(arrows()) == []


def test_a_circle_is_seen():
    lines = {"a": {"b"}, "b": {"c", "d"}, "c": {"b"}, "d": set()}
    assert sorted(set(circle(lines))) == ["b", "c"]
    assert circle(lines | {"c": {"d"}}) == []


def test_the_arrows_are_those_of_the_sources():
    found = arrows()
    assert "app.frames" in found["app.segmentation.locate"]
    assert "app.headless" in found["main"]
    assert "numpy" not in found["app.frames"]


def test_functions_are_short_or_say_why_not():
    found = [(relative(p), f) for p in SOURCES for f in functions(p.read_text("utf-8"))]
    long = {(p, f.name) for p, f in found if f.lines > FUNCTION_LINES and "long" not in f.reasons}
    many = {(p, f.name) for p, f in found if f.parameters > PARAMETERS and "many" not in f.reasons}
    assert long == set()
    assert many == set()


def test_a_function_that_is_too_much_is_seen():
    body = "    pass\n" * FUNCTION_LINES
    names = ", ".join(f"a{i}" for i in range(PARAMETERS + 1))
    [one, two] = functions(
        f"@cached\ndef f(self, {names}):\n{body}def g(): # long: a table of x\n{body}"
    )
    assert (one.lines, one.parameters, one.reasons) == (FUNCTION_LINES + 2, PARAMETERS + 1, set())
    assert (two.lines, two.parameters, two.reasons) == (FUNCTION_LINES + 1, 0, {"long"})


def test_what_silences_a_checker_gives_its_reason():
    found = {relative(path): unexplained(path.read_text("utf-8")) for path in SOURCES}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_silence_without_a_reason_is_seen():
    sign, other = "# type" + ": ignore", "# no" + "qa"
    good = [
        f"x = 1  {sign}[arg-type]  # vtk has no stubs",
        f"x = 1  {other}: E501, F401 - a table of x",
    ]
    bad = [f"x = 1  {sign}", f"x = 1  {sign}[misc]", f"x = 1  {other}", f"x = 1  {other}: E501"]
    assert [len(unexplained(line)) for line in good + bad] == [0, 0, 1, 1, 1, 1]


def test_pages_that_are_cited_exist():
    gone = {
        (relative(path), page)
        for path in python_files(*CODE, "", "scripts")
        for page in cited_pages(path.read_text("utf-8"))
        if not (ROOT / page).is_file() and not (path.parent / page).is_file()
    }
    assert gone == set(), "a page is cited by its path from the top of the repository"


def test_citations_are_seen():
    source = '"""One (docs/study.md, section 2)."""\nx = "no.md"  # see METHOD.md 2.1.\n'
    assert cited_pages(source) == {"docs/study.md", "METHOD.md"}


def test_every_folder_of_code_has_its_tests():
    folders = {relative(path.parent) for path in python_files(*CODE)}
    lacking = {f for f in folders if not list((ROOT / home_of_tests(f)).glob("test_*.py"))}
    assert lacking == set(), "tests mirror the folders of app and widgets"


def test_every_folder_of_tests_mirrors_code():
    code = {home_of_tests(relative(path.parent)) for path in python_files(*CODE)}
    own = {
        "tests",
        "tests/repository",
        "tests/package",
    }  # of the whole, of the sources, of the wheel
    held = {
        relative(path.parent) for path in python_files("tests") if path.name.startswith("test_")
    }
    assert held - code - own == set()
