"""What the sources say of themselves: functions, imports, silenced checks, cited pages."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from io import StringIO

from tests.repository.imports import imported_modules
from tests.repository.tree import module_name, python_files

PAGE = re.compile(r"[\w./-]*\w\.md\b")
SILENCED = re.compile(r"# *(type: *ignore|noqa)\b(.*)")
EXPLAINED = re.compile(r"(?:\[[\w, -]+\]|: *[A-Z]+\d+(?:, *[A-Z]+\d+)*)\W+\w+\W+\w+")


@dataclass(frozen=True)
class Function:
    """A function: lines with its decorators, parameters without self, reasons it gives."""

    name: str
    lines: int
    parameters: int
    reasons: frozenset[str]


def functions(source: str) -> list[Function]:
    """Every function of a source, methods and functions inside functions among them."""
    lines = source.splitlines()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [_described(n, lines) for n in ast.walk(ast.parse(source)) if isinstance(n, kinds)]


def _described(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> Function:
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    given = node.args
    names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    count = len(names) + bool(given.vararg) + bool(given.kwarg) - (names[:1] in (["self"], ["cls"]))
    head = " ".join(lines[node.lineno - 1 : node.body[0].lineno])
    reasons = frozenset(re.findall(r"# *(?:\w+: .*)?\b(long|many): *\w+ +\w+", head))
    return Function(node.name, node.end_lineno - first + 1, count, reasons)


def arrows() -> dict[str, set[str]]:
    """For each of our modules those that it imports, wherever the import stands."""
    paths = {module_name(path): path for path in python_files("app", "widgets", "")}
    found = {}
    for name, path in paths.items():
        named = imported_modules(path.read_text("utf-8"), name, path.name == "__init__.py")
        met = {n if n in paths else n.rpartition(".")[0] for n in named}
        found[name] = (met & paths.keys()) - {name}
    return found


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """A way along the arrows that comes back to where it began, or nothing."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return error.args[1][::-1]
    return []


def comments(source: str) -> Iterator[str]:
    """Every comment of a source."""
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def unexplained(source: str) -> list[str]:
    """The comments that silence a checker without its code or without a reason."""
    matched = ((SILENCED.search(c), c) for c in comments(source))
    return [c for found, c in matched if found and not EXPLAINED.match(found[2])]


def cited_pages(source: str) -> set[str]:
    """The pages that a source's docstrings and comments cite."""
    nodes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    words = list(comments(source))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, nodes):
            words.append(ast.get_docstring(node) or "")
    return {page for text in words for page in PAGE.findall(text)}
