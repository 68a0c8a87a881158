"""Draws docs/architecture.svg, the picture of the README, from the imports of the code.

    python -m scripts.draw_architecture

A room stands above every room that it imports; an arrow leads from a room to one that it imports,
left out where other arrows say it already. The words are those of the rooms' own docstrings.
"""

from __future__ import annotations

import textwrap
from itertools import pairwise
from xml.sax.saxutils import escape

from scripts.floor_plan import Plan, plan_floors
from scripts.rooms import BASIS, Room, find_rooms, floor_of, needed_arrows
from tests.repository.tree import ROOT

PICTURE = ROOT / "docs" / "architecture.svg"
WIDTH, HEIGHT, BASIS_WIDTH = 124, 90, 680  # of a room, px
SIDE, GAP, FLOOR, MARGIN = 10, 11, 122, 22  # beside a room; for a passing arrow; of a floor; around
FONT = "Helvetica, Arial, sans-serif"
INK, QUIET, LINE, PAPER = "#1f2a37", "#566271", "#8594a6", "#fbfcfe"
HOUSES = {  # ground of the house, ground of its rooms, edge of its rooms
    "app": ("#eef4fb", "#ffffff", "#5b8fc7"),
    "widgets": ("#fdf3ea", "#ffffff", "#d98a3d"),
    "main": (PAPER, INK, INK),
}


def draw() -> str:
    """The picture as SVG."""
    rooms = find_rooms()
    floors = floor_of(rooms)
    widths = {name: (BASIS_WIDTH if name == BASIS else WIDTH) + SIDE for name in rooms}
    plan = plan_floors(floors, needed_arrows(rooms), widths, GAP)
    left = min(plan.x[n] - widths.get(n, GAP) / 2 for floor in plan.floors for n in floor)
    right = max(plan.x[n] + widths.get(n, GAP) / 2 for floor in plan.floors for n in floor)
    plan.x = {name: x - left + MARGIN for name, x in plan.x.items()}
    width, height = right - left + 2 * MARGIN, len(plan.floors) * FLOOR + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" font-family="{FONT}">',
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="14" fill="{PAPER}"/>',
        *_houses(plan, width),
        *(_arrow(way, plan) for way in plan.ways.values()),
        *(_room(room, plan) for _, room in sorted(rooms.items())),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _house(name: str) -> str:
    """Of a room; a gap has none."""
    return "" if ">" in name else name.partition("/")[0]


def _top(floor: int, plan: Plan) -> float:
    """The upper edge of the rooms on a floor, px from the top of the picture."""
    return MARGIN + (len(plan.floors) - 1 - floor) * FLOOR + (FLOOR - HEIGHT) / 2


def _floor(name: str, plan: Plan) -> int:
    return next(k for k, floor in enumerate(plan.floors) if name in floor)


def _houses(plan: Plan, width: float) -> list[str]:
    parts = []
    for house in ("app", "widgets"):
        here = [k for k, f in enumerate(plan.floors) for n in f if _house(n) == house]
        top = _top(max(here), plan) - (FLOOR - HEIGHT) / 2 + 5
        bottom = _top(min(here), plan) + (FLOOR + HEIGHT) / 2 - 5
        parts += [
            f'<rect x="10" y="{top:.0f}" width="{width - 20:.0f}" height="{bottom - top:.0f}" '
            f'rx="12" fill="{HOUSES[house][0]}"/>',
            f'<text x="26" y="{bottom - 14:.0f}" font-size="17" font-weight="bold" '
            f'fill="{HOUSES[house][2]}">{house}</text>',
        ]
    return parts


def _arrow(way: list[str], plan: Plan) -> str:
    """One path through the gaps, from the lower edge of a room to the upper edge of another."""
    points = []
    for name in way:
        top, x = _top(_floor(name, plan), plan), plan.x[name]
        if name == way[0]:
            points.append((_port(name, way, 0, plan), top + HEIGHT))
        elif name == way[-1]:
            points.append((_port(name, way, -1, plan), top - 7))
        else:
            points += [(x, top), (x, top + HEIGHT)]
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (y0 + y1) / 2
        path += f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}"
    x, y = points[-1]
    head = f"M{x - 4:.1f} {y:.1f}h8l-4 7z"
    return (
        f'<g id="{way[0]} to {way[-1]}"><path d="{path}" fill="none" stroke="{LINE}" '
        f'stroke-width="1.4"/><path d="{head}" fill="{LINE}"/></g>'
    )


def _port(name: str, way: list[str], end: int, plan: Plan) -> float:
    """Where an arrow meets a room: its arrows side by side, in the order of where they lead."""
    step = 1 if end == 0 else -2
    beside = sorted(
        (plan.x[other[step]], other[-1 - end]) for other in plan.ways.values() if other[end] == name
    )
    rank = beside.index((plan.x[way[step]], way[-1 - end]))
    if name == BASIS:
        return plan.x[way[step]]
    return plan.x[name] + (rank - (len(beside) - 1) / 2) * min(22, (WIDTH - 30) / len(beside))


def _room(room: Room, plan: Plan) -> str:
    house = _house(room.name)
    _, ground, edge = HOUSES[house]
    x, top = plan.x[room.name], _top(_floor(room.name, plan), plan)
    width = BASIS_WIDTH if room.name == BASIS else WIDTH
    name, about = room.name.split("/")[-1], room.about
    if room.name == BASIS:
        name = "straight in app: values and small services that everything shares"
        about = ", ".join(sorted(module.split(".")[1] for module in room.modules))
    ink, quiet = (PAPER, "#c9d3df") if house == "main" else (INK, QUIET)
    first = top + (26 if room.name == BASIS else 18)
    lines = textwrap.wrap(about, 125 if room.name == BASIS else 21, max_lines=5, placeholder=" ...")
    words = [
        f'<text x="{x:.1f}" y="{first + 15 + 12.5 * k:.1f}" font-size="10.5" text-anchor="middle" '
        f'fill="{quiet}">{escape(line)}</text>'
        for k, line in enumerate(lines)
    ]
    return "".join(
        [
            f'<g id="{room.name}"><rect x="{x - width / 2:.1f}" y="{top:.1f}" width="{width}" '
            f'height="{HEIGHT}" rx="8" fill="{ground}" stroke="{edge}" stroke-width="1.4"/>',
            f'<text x="{x:.1f}" y="{first:.1f}" font-size="13.5" font-weight="bold" '
            f'text-anchor="middle" fill="{ink}">{escape(name)}</text>',
            *words,
            "</g>",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
