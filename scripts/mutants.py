"""Small faults for a module, made by the operators of cosmic-ray and one of our own.

Left out by rule, because no behaviour depends on it:
type annotations and what only a type checker reads; what is said in errors and logs; decorators
that only make a function faster, and the settings of a dataclass; whether a file is run by itself;
the numbers of a fitted table, which are data.
A number is moved by a whole unit where that is a tenth of it or more: nobody can tell a hand that
is lost after 2500 mm/s from one lost after 2501. A place gets one fault of a kind, so that none
counts twelve times.
"""

from __future__ import annotations

import ast
import difflib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Position = tuple[int, int]  # line from 1, column from 0

_OPERATIONS = (
    "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Mul Mod_Add Pow_Mul BitAnd_BitOr BitOr_BitAnd"
)
_COMPARISONS = "Lt_LtE LtE_Lt Gt_GtE GtE_Gt Lt_Gt LtE_GtE Gt_Lt GtE_LtE Eq_NotEq NotEq_Eq Is_IsNot"
OPERATORS = {  # family -> operators of cosmic-ray, of which a place gets one
    "operation": [f"ReplaceBinaryOperator_{pair}" for pair in _OPERATIONS.split()],
    "comparison": [f"ReplaceComparisonOperator_{p}" for p in [*_COMPARISONS.split(), "IsNot_Is"]],
    "sign": ["ReplaceUnaryOperator_USub_UAdd", "ReplaceUnaryOperator_Invert_UAdd"],
    "condition": ["AddNot"],
    "choice": ["ReplaceAndWithOr", "ReplaceOrWithAnd"],
    "truth": ["ReplaceTrueWithFalse", "ReplaceFalseWithTrue"],
    "jump": ["ReplaceBreakWithContinue", "ReplaceContinueWithBreak"],
    "loop": ["ZeroIterationForLoop"],
    "exception": ["ExceptionReplacer"],
    "decorator": ["RemoveDecorator"],
    "number": ["NumberReplacer"],
}
TABLE = 8  # fractions in a row: what a fit gave, as in a file of weights
SILENT = {"log", "logger", "warnings", "print"}  # calls of these say something, and that is all
FASTER = {"njit", "cache", "lru_cache", "cached_property", "override", "overload"}


@dataclass(frozen=True)
class Mutant:
    """A module with one fault."""

    path: str  # of the module, from the root of the repository
    line: int  # where the fault is, from 1
    family: str
    source: str  # of the whole module

    def diff(self, original: str) -> str:
        """The fault as the lines of a diff, without its head."""
        lines = difflib.unified_diff(original.splitlines(), self.source.splitlines(), n=0)
        body = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
        return "\n".join([f"{self.path}:{self.line}", *body])


@dataclass(frozen=True)
class Place:
    """Where a module can get a fault of one family, and the ways to make it."""

    path: str
    family: str
    start: Position
    end: Position
    ways: tuple[tuple[str, int], ...]  # operators of cosmic-ray, and which of its places this is


def find_places(path: str, source: str) -> list[Place]:
    """Every place of a module that can get a fault, in the order of the lines."""
    quiet = quiet_spans(ast.parse(source))
    ways: dict[tuple[Position, Position, str], list[tuple[str, int]]] = {}
    for family, start, end, way in [*_by_operators(source), *_statements(source)]:
        if not any(start < last and first < end for first, last in quiet):
            ways.setdefault((start, end, family), []).append(way)
    spans = sorted(ways)
    return [Place(path, span[2], span[0], span[1], tuple(ways[span])) for span in spans]


def make_mutant(place: Place, source: str, chance: random.Random) -> Mutant | None:
    """The module with a fault at this place; None: what was made is no Python, or no change."""
    name, occurrence = chance.choice(place.ways)
    if place.family == "statement":
        mutated = _without(source, place.start, place.end)
    else:
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        mutated = mutate_code(source, get_operator(f"core/{name}")(), occurrence)
    try:
        changed = ast.dump(ast.parse(mutated)) != ast.dump(ast.parse(source))
    except SyntaxError:
        return None
    return Mutant(place.path, place.start[0], place.family, mutated) if changed else None


def sample_mutants(root: Path, paths: list[str], count: int, seed: int) -> list[Mutant]:
    """`count` mutants of these modules, drawn by the seed (0: all), in the order of the modules."""
    sources = {path: (root / path).read_text("utf-8") for path in paths}
    places = [place for path, source in sources.items() for place in find_places(path, source)]
    chance = random.Random(seed)
    order = list(range(len(places)))
    chance.shuffle(order)
    found: dict[int, Mutant] = {}
    for k in order:
        mutant = make_mutant(places[k], sources[places[k].path], chance)
        if mutant is not None:
            found[k] = mutant
        if len(found) == count:
            break
    return [found[k] for k in sorted(found)]


def _by_operators(source: str) -> Iterator[tuple[str, Position, Position, tuple[str, int]]]:
    """(family, start, end, way) of every place where an operator of cosmic-ray applies."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator

    nodes = list(ast_nodes(get_ast(source)))
    for family, names in OPERATORS.items():
        for name in names:
            operator = get_operator(f"core/{name}")()
            spans = [span for node in nodes for span in _spans(operator, node)]
            for occurrence, (start, end) in enumerate(spans):
                if family != "number" or _is_moved(source, start, end):
                    yield family, start, end, (name, occurrence)


def _spans(operator: Any, node: Any) -> Iterator[tuple[Position, Position]]:
    """Where the operator changes this node."""
    for start, end, *_ in operator.mutation_positions(node):
        yield start, end


def _is_moved(source: str, start: Position, end: Position) -> bool:
    """Whether one unit more or less is a tenth of this number or more."""
    text = source.splitlines()[start[0] - 1][start[1] : end[1]]
    return abs(ast.literal_eval(text)) <= 10


def _statements(source: str) -> Iterator[tuple[str, Position, Position, tuple[str, int]]]:
    """The places of our own operator: statements that do something and give nothing."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and _does_something(node):
            yield "statement", *_span(node), ("", 0)


def _without(source: str, start: Position, end: Position) -> str:
    """The source without the statement there; what follows keeps its lines."""
    lines = source.splitlines(keepends=True)
    head, tail = lines[start[0] - 1][: start[1]], lines[end[0] - 1][end[1] :]
    gone = "pass" + "\n" * (end[0] - start[0])
    return "".join([*lines[: start[0] - 1], head + gone + tail, *lines[end[0] :]])


def _does_something(node: ast.stmt) -> bool:
    """A call, an assignment to a part of something, or one that adds to what is there."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if isinstance(node, ast.Assign):
        return all(isinstance(t, ast.Attribute | ast.Subscript) for t in node.targets)
    return isinstance(node, ast.AugAssign)


def quiet_spans(tree: ast.Module) -> list[tuple[Position, Position]]:
    """(start, end) of what is left out by the rules above."""
    spans: list[tuple[Position, Position]] = []
    for node in ast.walk(tree):
        spans += [_span(part) for part in _quiet_parts(node)]
    return spans


def _quiet_parts(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node without behaviour."""
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
        yield node.annotation
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield from (d for d in node.decorator_list if _name(d) in FASTER | {"dataclass"})
    if isinstance(node, ast.FunctionDef) and node.returns:
        yield node.returns
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from [*node.exc.args, *(word.value for word in node.exc.keywords)]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield from [node] if _name(node.value) in SILENT else []
    if isinstance(node, ast.JoinedStr) or _is_fitted_table(node):
        yield node
    if isinstance(node, ast.If) and _name(node.test) in {"TYPE_CHECKING", "__name__"}:
        yield node


def _is_fitted_table(node: ast.AST) -> bool:
    """Whether these are many bare numbers in a row."""
    if not isinstance(node, ast.Tuple | ast.List) or len(node.elts) < TABLE:
        return False
    bare = (e.operand if isinstance(e, ast.UnaryOp) else e for e in node.elts)
    return all(isinstance(e, ast.Constant) and isinstance(e.value, float) for e in bare)


def _name(node: ast.AST) -> str:
    """The name at the bottom of `a`, `a.b`, `a(...)`, `a == b`."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Compare):
            node = node.left
        else:
            return ""
    return node.id


def _span(node: Any) -> tuple[Position, Position]:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
