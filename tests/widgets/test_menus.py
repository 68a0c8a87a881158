"""The menu bar: what its table says is there, and somebody answers to each entry."""

from __future__ import annotations

from widgets.menus import TABLE


def test_every_entry_of_the_menus_has_exactly_one_owner(make_window):
    window = make_window(start=False)
    owned = [name for controller in window.controllers for name in controller.commands()]
    owned += ["quit", "full_screen", "reset_layout", "synthesis_large"]
    elsewhere = ("", "docks", "recent")
    assert sorted(owned) == sorted(e.name for e in TABLE if e.name not in elsewhere)


def test_the_menus_hold_the_table_and_the_docks_switches(make_window):
    window = make_window(start=False)
    view = next(a for a in window.menuBar().actions() if a.text() == "&View").menu()
    assert {dock.toggleViewAction() for dock in window.docks} <= set(view.actions())
    bars = [a.menu() for a in window.menuBar().actions()]
    inside = {a for menu in bars for a in menu.actions()}
    inside |= {a for action in list(inside) if action.menu() for a in action.menu().actions()}
    assert set(window.actions_by_name.values()) <= inside
    for group in {entry.group for entry in TABLE if entry.group}:
        members = [window.actions_by_name[e.name] for e in TABLE if e.group == group]
        members[0].trigger()
        assert [a.isChecked() for a in members].count(True) <= 1
