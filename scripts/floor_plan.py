"""Where rooms stand on their floors, so that arrows cross little and are short (Sugiyama 1981).

An arrow that passes floors has a narrow place on each, a `gap`. Rooms and gaps of a floor are put
into the order of the middles of what they are joined to, floor by floor, up and down; then each is
moved as near to that middle as its neighbours let it. The same rooms give the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 40
INWARDS = 0.2  # of its distance from the middle that a room wants to keep
Arrow = tuple[str, str]


@dataclass
class Plan:
    """Floors from the lowest up, each from left to right; `x` is the middle of a room or a gap."""

    floors: list[list[str]]
    x: dict[str, float]
    ways: dict[Arrow, list[str]]  # of each arrow: the room it leaves, gaps, the room it comes to


def plan_floors(
    floor_of: dict[str, int], arrows: Iterable[Arrow], widths: dict[str, float], gap: float
) -> Plan:
    """Place rooms of these widths; gaps get `gap`."""
    floors: list[list[str]] = [[] for _ in range(max(floor_of.values()) + 1)]
    for name in sorted(floor_of):
        floors[floor_of[name]].append(name)
    ways = {}
    for upper, lower in sorted(arrows):
        between = range(floor_of[upper] - 1, floor_of[lower], -1)
        ways[upper, lower] = [upper, *(f"{upper}>{lower}@{k}" for k in between), lower]
        for k, name in zip(between, ways[upper, lower][1:-1], strict=True):
            floors[k].append(name)
    joined = [pair for way in ways.values() for pair in pairwise(way)]
    floors = _best_order(floors, joined)
    x = _place(floors, ways, widths, gap)
    return Plan(floors, x, ways)


def _neighbours(joined: list[Arrow]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Of every name: those above it, those below it."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for upper, lower in joined:
        below.setdefault(upper, []).append(lower)
        above.setdefault(lower, []).append(upper)
    return above, below


def _best_order(floors: list[list[str]], joined: list[Arrow]) -> list[list[str]]:
    above, below = _neighbours(joined)
    best, fewest = floors, _crossings(floors, joined)
    for sweep in range(SWEEPS):
        floors = [list(floor) for floor in floors]
        rising = sweep % 2 == 0
        for k in range(len(floors)) if rising else reversed(range(len(floors))):
            place = {name: i / len(f) for f in floors for i, name in enumerate(f)}
            beside = below if rising else above
            floors[k].sort(key=lambda name: _middle(name, beside, place))
        crossings = _crossings(floors, joined)
        if crossings < fewest:
            best, fewest = floors, crossings
    return best


def _middle(name: str, beside: dict[str, list[str]], place: dict[str, float]) -> float:
    """The mean place of what a name is joined to, its own where that is nothing."""
    others = [place[n] for n in beside.get(name, ())] or [place[name]]
    return sum(others) / len(others)


def _crossings(floors: list[list[str]], joined: list[Arrow]) -> int:
    rank = {name: (k, i) for k, floor in enumerate(floors) for i, name in enumerate(floor)}
    ends = sorted((rank[lower], rank[upper]) for upper, lower in joined)
    return sum(
        a[0] == b[0] and a[1] < b[1] and c[1] > d[1]
        for n, (a, c) in enumerate(ends)
        for b, d in ends[n + 1 :]
    )


def _place(
    floors: list[list[str]], ways: dict[Arrow, list[str]], widths: dict[str, float], gap: float
) -> dict[str, float]:
    above, below = _neighbours([pair for way in ways.values() for pair in pairwise(way)])
    way_of = {name: way for way in ways.values() for name in way[1:-1]}  # of gaps
    x = {}
    for floor in floors:
        start = -sum(widths.get(name, gap) for name in floor) / 2
        for name in floor:
            x[name] = start + widths.get(name, gap) / 2
            start += widths.get(name, gap)
    for sweep in range(SWEEPS):
        for floor in floors if sweep % 2 == 0 else reversed(floors):
            wanted = []
            for name in floor:  # the gaps of an arrow want to be in one line
                others = way_of.get(name) or [*above.get(name, ()), *below.get(name, ())]
                pull = 1.0 if name in way_of else INWARDS
                wanted.append(pull * sum(x[n] for n in others) / len(others))
            sizes = [widths.get(name, gap) for name in floor]
            x.update(zip(floor, _apart(wanted, sizes), strict=True))
    return x


def _apart(wanted: list[float], sizes: list[float]) -> list[float]:
    """Places nearest to the wanted ones, in their order, that are not on each other.

    Taken relative to where they stand side by side, places must not fall from left to right: least
    squares under that order, by pooling neighbours that violate it (isotonic regression).
    """
    packed = [sum(sizes[:k]) + size / 2 for k, size in enumerate(sizes)]
    pools: list[tuple[float, int]] = []  # sum of the starts that are wanted, how many
    for want, place in zip(wanted, packed, strict=True):
        pool = (want - place, 1)
        while pools and pools[-1][0] / pools[-1][1] > pool[0] / pool[1]:
            last = pools.pop()
            pool = (last[0] + pool[0], last[1] + pool[1])
        pools.append(pool)
    starts = [total / count for total, count in pools for _ in range(count)]
    return [start + place for start, place in zip(starts, packed, strict=True)]
