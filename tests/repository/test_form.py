"""The shape of the sources: short modules, no skipped tests, no paths or hosts of one machine."""

from __future__ import annotations

import re

import pytest

from tests.repository.tree import CODE, ROOT, python_files, text_files

LINES = 350
LIMITS = {"widgets/main_window.py": 250}  # it wires every widget, and does nothing else
MACHINE = re.compile(
    r"(?<![\w.~])/(?:(?:work|root|opt)/\w|home/\w\w)|[A-Z]:\\\\?Users\\|\.\./shared\b"
)
REGISTRY = re.compile(
    r"\bpypi\.org|pythonhosted\.org|\bnpmjs\.\w+|deb\.debian\.org|conda\.anaconda\.org|"
    r"\b(?:localhost|127\.0\.0\.1):\d+/simple|index-url\s*=|[Aa]rtifactory|\bregistry\.\w+\.\w+/"
)
DODGED = re.compile(r"pytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b")
# A pattern is held against its own source too, so this file is written not to match itself.


def relative(path) -> str:
    return path.relative_to(ROOT).as_posix()


def matches(pattern: re.Pattern[str], paths) -> list[str]:
    """file:line for every match."""
    return [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("path", python_files(*CODE, "", "scripts", "tests"), ids=relative)
def test_a_module_is_short(path):
    count = len(path.read_text("utf-8").splitlines())
    assert count <= LIMITS.get(relative(path), LINES)


def test_no_text_names_a_machine():
    assert matches(MACHINE, text_files()) == []


def test_no_text_names_a_package_registry():
    assert matches(REGISTRY, text_files()) == []


def test_no_test_is_skipped():
    assert matches(DODGED, python_files("tests")) == []


def test_the_patterns_see_what_they_are_for():
    home, host = "/ho" + "me/ada/data", "https://pypi" + ".org/simple"
    assert MACHINE.search(f'open("{home}")')
    assert MACHINE.search("python main.py .." + "/shared/data/x.bag")
    assert not MACHINE.search("docs/home/index.md")
    assert REGISTRY.search(f"pip install -i {host} numpy")
    assert DODGED.search("@pytest.mark." + "skip")
