"""The picture of the README shows the rooms and the imports that the code has."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

from scripts.draw_architecture import PICTURE
from scripts.floor_plan import plan_floors
from scripts.rooms import Room, find_rooms, floor_of, needed_arrows


def drawn() -> set[str]:
    """The names of everything that the committed picture shows."""
    groups = ElementTree.parse(PICTURE).iter("{http://www.w3.org/2000/svg}g")
    return {group.get("id") for group in groups}


def test_the_picture_is_that_of_the_code():
    rooms = find_rooms()
    arrows = {f"{upper} to {lower}" for upper, lower in needed_arrows(rooms)}
    assert drawn() == rooms.keys() | arrows, "python -m scripts.draw_architecture"


def test_every_folder_of_code_has_its_room():
    rooms = find_rooms()
    assert {"app", "app/hand", "app/session", "widgets/views", "main"} <= rooms.keys()
    assert "app/frames" not in rooms
    assert "app.frames" in rooms["app"].modules
    assert "app/inference" in rooms["app/evaluation"].below


def test_a_room_stands_above_all_that_it_imports():
    rooms = find_rooms()
    floors = floor_of(rooms)
    assert all(floors[room.name] > floors[lower] for room in rooms.values() for lower in room.below)


def test_arrows_that_follow_from_others_are_left_out():
    names = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    rooms = {name: Room(name, "", below=below) for name, below in names.items()}
    assert needed_arrows(rooms) == {("a", "b"), ("b", "c")}


def test_rooms_of_a_floor_stand_beside_each_other():
    floors = {"a": 2, "b": 1, "c": 1, "d": 0, "e": 0}
    arrows = [("a", "e"), ("a", "b"), ("b", "d"), ("c", "d")]
    widths = dict.fromkeys(floors, 10.0)
    plan = plan_floors(floors, arrows, widths, 2.0)
    assert plan.ways["a", "e"] == ["a", "a>e@1", "e"]
    for floor in plan.floors:
        edges = [
            (plan.x[n] - w / 2, plan.x[n] + w / 2) for n in floor for w in [widths.get(n, 2.0)]
        ]
        assert all(right <= left + 1e-9 for (_, right), (left, _) in pairwise(edges))
