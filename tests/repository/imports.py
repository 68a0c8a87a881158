"""Which modules a source file imports: at its top, inside functions and by importlib."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache


@cache  # several tests ask of the same sources
def imported_modules(
    source: str, module: str, is_package: bool = False, at_once: bool = False
) -> frozenset[str]:
    """Absolute dotted names of everything `module` imports, wherever the import stands.

    `at_once`: only what importing the module itself brings, not what its functions import later.

    `from app import cv` counts as app.cv; so do `from . import cv` in app.frames and
    `importlib.import_module("app.cv")`.
    """
    package = module if is_package else module.rpartition(".")[0]
    tree = ast.parse(source)
    nodes = _outside_functions(tree) if at_once else ast.walk(tree)
    return frozenset(name for node in nodes for name in _names(node, package))


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        if not for_types and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _outside_functions(child)


def _names(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = _absolute(node.module or "", node.level, package)
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and _called(node.func) in ("import_module", "__import__"):
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            level = len(first.value) - len(first.value.lstrip("."))
            yield _absolute(first.value[level:], level, package)


def _absolute(name: str, level: int, package: str) -> str:
    if level == 0:
        return name
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], *([name] if name else [])])


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
