"""The rooms of the program, and which room imports which, read from the sources themselves."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache

from tests.repository.structure import arrows
from tests.repository.tree import ROOT

BASIS = "app"  # the modules straight in app/ that need no room
HUB, WINDOW = "widgets/hub", "widgets/main_window"  # those straight in widgets/, below and above


@dataclass
class Room:
    """A folder of the program, or a module of its own right straight in app/ or at the top."""

    name: str  # app/hand, widgets/views, main
    about: str  # the first line of its docstring
    modules: set[str] = field(default_factory=set)
    below: set[str] = field(default_factory=set)  # rooms that it imports


def find_rooms() -> dict[str, Room]:
    """Every room by name, with the rooms that it imports."""
    met = arrows()
    basis = _basis(met)
    rooms: dict[str, Room] = {}
    room_of = {module: _room_of(module, met, basis) for module in met}
    for module, name in room_of.items():
        if name:
            rooms.setdefault(name, Room(name, _about(name))).modules.add(module)
            rooms[name].below |= {room_of[n] for n in met[module]} - {name, ""}
    return rooms


def needed_arrows(rooms: dict[str, Room]) -> set[tuple[str, str]]:
    """Who imports whom, without what follows from the other arrows."""

    @cache
    def reached(name: str) -> frozenset[str]:
        return frozenset().union(*(reached(n) | {n} for n in rooms[name].below))

    return {
        (room.name, lower)
        for room in rooms.values()
        for lower in room.below
        if not any(lower in reached(other) for other in room.below)
    }


def floor_of(rooms: dict[str, Room]) -> dict[str, int]:
    """How many rooms lie below each, one on the other; the window stands above all of app."""
    floors: dict[str, int] = {}

    def climb(name: str, ground: int) -> int:
        if name not in floors:
            below = [climb(n, ground) for n in rooms[name].below if n.startswith(_house(name))]
            floors[name] = max(below, default=ground - 1) + 1
        return floors[name]

    for house in ("app", "widgets"):
        ground = max(floors.values(), default=-1) + 1
        for name in sorted(rooms):
            if name.startswith(house):
                climb(name, ground)
    floors["main"] = max(floors.values()) + 1
    return floors


def _house(name: str) -> str:
    return name.partition("/")[0]


def _basis(met: dict[str, set[str]]) -> set[str]:
    """The modules straight in app/ that import nothing of app but each other."""
    straight = {m for m in met if m.startswith("app.") and _is_straight(m)}
    while True:
        others = {m for m in straight if {n for n in met[m] if n.startswith("app.")} - straight}
        if not others:
            return straight
        straight -= others


def _is_straight(module: str) -> bool:
    """app.cv, and not app.hand, a folder."""
    return module.count(".") == 1 and not (ROOT / module.replace(".", "/")).is_dir()


def _room_of(module: str, met: dict[str, set[str]], basis: set[str]) -> str:
    house, _, rest = module.partition(".")
    if not rest:
        return "" if house in ("app", "widgets") else house
    if module in basis:
        return BASIS
    if house == "app" or not _is_straight(module):
        return f"{house}/{rest.partition('.')[0]}"
    users = {m for m, names in met.items() if module in names and m.count(".") == 2}
    return HUB if any(not m.startswith("widgets.tools") for m in users) else WINDOW


def _about(name: str) -> str:
    """The first line of the docstring of a folder or a module."""
    place = ROOT / name
    path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ").rstrip(".")
