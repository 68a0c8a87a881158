"""What the code imports is what pyproject.toml asks for."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.repository.imports import imported_modules
from tests.repository.tree import ROOT, module_name, python_files

OWN = {"app", "main", "tests", "widgets"}
ELSEWHERE = {"pyk4a": ["pyk4a-bundle"]}  # an extra that lives in an environment of its own


def normal(name: str) -> str:
    """The distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


def declared(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = [project["dependencies"], *(project["optional-dependencies"][e] for e in extras)]
    return {normal(line) for group in groups for line in group}


def imported(*folders: str) -> set[str]:
    """Top-level names of everything that is neither ours nor Python's own."""
    names = set()
    for path in python_files(*folders):
        names |= imported_modules(path.read_text("utf-8"), module_name(path))
    return {name.partition(".")[0] for name in names} - OWN - set(sys.stdlib_module_names)


def undeclared(names: set[str], allowed: set[str]) -> set[str]:
    owners = packages_distributions() | ELSEWHERE
    return {n for n in names if not allowed.intersection(map(normal, owners.get(n, [n])))}


def test_the_program_imports_only_what_it_depends_on():
    assert undeclared(imported("app", "widgets", ""), declared("training", "azure")) == set()


def test_only_training_imports_what_is_an_extra_of_training():
    others = [p for p in python_files("app", "widgets", "") if p.parent.name != "training"]
    names = set()
    for path in others:
        names |= imported_modules(path.read_text("utf-8"), module_name(path))
    assert "tensorboardX" not in {name.partition(".")[0] for name in names}


def test_the_tests_import_only_what_they_depend_on():
    assert undeclared(imported("tests"), declared("dev", "azure")) == set()


def test_every_dependency_is_used():
    owners = packages_distributions()
    used = {normal(o) for n in imported("app", "widgets", "", "tests") for o in owners.get(n, [n])}
    tools = {"pytest-qt", "ruff"}
    assert declared("dev") - used - tools == set()


def test_an_undeclared_import_is_seen():
    assert undeclared({"PySide6", "cv2", "sparkles"}, declared()) == {"sparkles"}
