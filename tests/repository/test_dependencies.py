"""What the code imports is what pyproject.toml asks for."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.repository.imports import imported_modules
from tests.repository.tree import ROOT, module_name, python_files

OWN = {"app", "main", "scripts", "tests", "widgets"}
# What is not installed here: an extra that lives in an environment of its own, and either zstd.
ELSEWHERE = {"pyk4a": ["pyk4a-bundle"], "backports": ["backports.zstd"]}
# compression: from Python 3.14; _typeshed: of types alone, every checker has it
STANDARD = {"compression", "_typeshed", *sys.stdlib_module_names}


def normal(name: str) -> str:
    """The distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


def declared(*extras: str) -> set[str]:
    """Distributions of the live program and of these extras, those within an extra included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = project["optional-dependencies"]
    names, open_lines = set(), [*project["dependencies"]]
    open_lines += [f"{project['name']}[{extra}]" for extra in extras]
    while open_lines:
        line = open_lines.pop()
        own = re.fullmatch(rf"{project['name']}\[([\w,]+)\]", line)
        if own:
            open_lines += [line for extra in own[1].split(",") for line in groups[extra]]
        else:
            names.add(normal(line))
    return names


def imported(*folders: str) -> set[str]:
    """Top-level names of everything that is neither ours nor Python's own."""
    names = set()
    for path in python_files(*folders):
        names |= imported_modules(path.read_text("utf-8"), module_name(path))
    return {name.partition(".")[0] for name in names} - OWN - STANDARD


def undeclared(names: set[str], allowed: set[str]) -> set[str]:
    owners = packages_distributions() | ELSEWHERE
    return {n for n in names if not allowed.intersection(map(normal, owners.get(n, [n])))}


def test_the_program_imports_only_what_it_depends_on():
    assert undeclared(imported("app", "widgets", ""), declared("training", "azure")) == set()


def test_the_tests_import_only_what_they_depend_on():
    assert undeclared(imported("tests"), declared("dev", "azure")) == set()


def test_every_dependency_is_used():
    owners = packages_distributions() | ELSEWHERE
    used = {normal(o) for n in imported("app", "widgets", "", "tests") for o in owners.get(n, [n])}
    tools = {"hatchling", "mypy", "pylint", "pytest-qt", "ruff", "scipy-stubs", "types-psutil"}
    assert declared("dev") - used - tools == set()


def test_an_undeclared_import_is_seen():
    assert undeclared({"PySide6", "cv2", "sparkles"}, declared()) == {"sparkles"}
