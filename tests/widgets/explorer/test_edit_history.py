"""Undo and redo over everything that the explorer can change, by real widgets and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.explore.directions import principal
from app.explore.score import Anatomy, LatentScore
from app.latent.file import write_latents
from tests.widgets import fakes
from widgets.explorer.latent_panel import LatentPanel
from widgets.explorer.walk_page import LINE, WALK
from widgets.parts import file_dialogs

SPACE = fakes.make_space()
DIRECTIONS = tuple(principal(SPACE, k, f"Direction {k}") for k in range(fakes.N_CODE))
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(application, qtbot):
    panel = LatentPanel()
    qtbot.addWidget(panel)
    panel.resize(340, 900)
    panel.set_space(fakes.make_ready(DIRECTIONS))
    panel.show()
    yield panel
    panel.stop()
    panel.history.close()


@pytest.fixture
def active(make_window, qtbot):
    """A window without a source, its network loaded, with the keys."""
    window = make_window("bad")
    qtbot.waitUntil(lambda: window.latents.z is not None)

    def ready() -> bool:
        window.activateWindow()
        return window.isActiveWindow()

    qtbot.waitUntil(ready)
    return window


def drag(qtbot, widget, *places: QPoint) -> None:
    qtbot.mousePress(widget, LEFT, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(widget, place)
    qtbot.mouseRelease(widget, LEFT, pos=places[-1])


def names(panel) -> list[str]:
    stack = panel.history.stack
    return [stack.text(k) for k in range(stack.count())]


def test_one_drag_of_a_slider_is_one_step_and_two_are_two(panel, qtbot):
    slider = panel.rows.directions[0].slider
    middle = QPoint(slider.width() // 2, slider.height() // 2)
    neutral = panel.z.copy()
    drag(qtbot, slider, middle, *(middle + QPoint(k, 0) for k in (6, 14, 22)))
    first = panel.z.copy()
    drag(qtbot, slider, middle + QPoint(22, 0), *(middle + QPoint(k, 0) for k in (30, 40)))
    assert names(panel) == ["Direction 0"] * 2
    panel.history.undo()
    np.testing.assert_array_equal(panel.z, first)
    panel.history.undo()
    np.testing.assert_array_equal(panel.z, neutral)
    assert panel.rows.directions[0].value == 0
    panel.history.redo()
    np.testing.assert_array_equal(panel.z, first)
    assert panel.rows.directions[0].value == pytest.approx(SPACE.coordinates(first)[0], abs=1e-5)


def test_keys_on_a_slider_are_one_step_until_another_is_moved(panel, qtbot):
    for row, times in ((0, 4), (1, 3), (0, 2)):
        for _ in range(times):
            qtbot.keyClick(panel.rows.directions[row].slider, Qt.Key.Key_Right)
    assert names(panel) == ["Direction 0", "Direction 1", "Direction 0"]


def test_every_way_to_change_the_hand_can_be_undone(panel, qtbot):
    rows, plane, walks = panel.rows, panel.plane, panel.walks
    panel.follow(fakes.make_hand(fakes.make_frame(11)))
    score = LatentScore(0.8, 0.5, ((2, 4.0), (0, 7.0), (5, 12.0)), Anatomy(0.0, 0.0))
    centre = rows.ball.ball().center().toPoint()
    ways = {
        "Direction 2": lambda: rows.directions[2].box.setValue(1.2),
        "Direction 3": lambda: rows.directions[3].slider.setValue(80),
        "Turn": lambda: drag(qtbot, rows.ball, centre, centre + QPoint(12, 5)),
        "Yaw": lambda: rows.angles[0].slider.setValue(20),
        "Position X": lambda: rows.origin[0].slider.setValue(20),
        "Map": lambda: plane.map.moved.emit(1.0, -1.0),
        "Pose: Fist": lambda: (panel.show_score(score), plane.cards[0].click()),
        "Draw, seed 1": lambda: (panel.header.seed_box.setValue(1), panel.draw()),
        "Reset": panel.reset_all,
        "Freeze": panel.freeze,
        "Set A": lambda: walks.mark_buttons["A"].click(),
        "Set B": lambda: walks.mark_buttons["B"].click(),
        "Show A": lambda: walks.cards["A"].click(),
        "Along the path": lambda: walks.scrubber.setValue(300),
    }
    seen = []
    for text, act in ways.items():
        seen.append((text, panel.z.copy(), dict(walks.keyframes)))
        act()
        panel.history.close_step()
        assert panel.history.stack.undoText() == text
    for text, z, keyframes in reversed(seen):
        assert panel.history.stack.undoText() == text
        panel.history.undo()
        np.testing.assert_array_equal(panel.z, z)
        assert walks.keyframes.keys() == keyframes.keys()
        assert {name for name, card in walks.cards.items() if card.isEnabled()} == set(keyframes)
    assert not panel.history.stack.canUndo()
    assert panel.exploring


def test_a_random_walk_is_one_step_which_comes_to_an_end_first(panel, qtbot):
    panel.rows.directions[1].slider.setValue(400)
    before, moved = panel.z.copy(), []
    panel.changed.connect(lambda: moved.append(1))
    panel.walk_button.click()
    qtbot.waitUntil(lambda: len(moved) > 30)
    panel.history.undo()
    assert not panel.walking
    np.testing.assert_array_equal(panel.z, before)
    assert panel.walks.walked is None
    panel.history.redo()
    assert panel.walks.walked is not None
    assert panel.walks.way.currentIndex() == WALK
    assert not np.array_equal(panel.z, before)


def test_a_slider_that_ends_a_walk_is_a_step_of_its_own(panel, qtbot):
    moved = []
    panel.changed.connect(lambda: moved.append(1))
    panel.walk_button.click()
    qtbot.waitUntil(lambda: len(moved) > 30)
    qtbot.keyClick(panel.rows.directions[0].slider, Qt.Key.Key_Right)
    assert names(panel) == ["Random walk", "Direction 0"]
    panel.history.undo()
    np.testing.assert_array_equal(panel.z, panel.walker.z)


def test_the_rows_show_where_a_walk_has_ended(panel, qtbot):
    moved = []
    panel.changed.connect(lambda: moved.append(1))
    panel.walk_button.click()
    qtbot.waitUntil(lambda: len(moved) > 30)
    panel.walk_button.click()
    shown = [row.value for row in panel.rows.directions]
    assert shown == pytest.approx(list(SPACE.coordinates(panel.z)), abs=1e-5)


def test_a_click_in_the_list_goes_back_to_that_step(panel, qtbot):
    reached = [panel.z.copy()]
    for k in range(4):
        panel.rows.directions[k].box.setValue(1.0)
        reached.append(panel.z.copy())
    panel.pages.setCurrentWidget(panel.steps)
    listed = panel.steps.list
    assert listed.model().rowCount() == 5
    assert listed.model().index(0, 0).data() == "Start"
    for row in (2, 0, 4):
        qtbot.mouseClick(listed.viewport(), LEFT, pos=listed.visualRect(
            listed.model().index(row, 0)).center())  # fmt: skip
        np.testing.assert_array_equal(panel.z, reached[row])
    assert not panel.steps.redo_button.isEnabled()
    qtbot.mouseClick(panel.steps.undo_button, LEFT)
    np.testing.assert_array_equal(panel.z, reached[3])


def test_what_follows_an_undo_takes_the_place_of_what_was_undone(panel):
    for k in range(3):
        panel.rows.directions[k].box.setValue(1.0)
    panel.history.undo()
    panel.reset_all()
    assert names(panel) == ["Direction 0", "Direction 1", "Reset"]
    assert not panel.history.stack.canRedo()


def test_the_live_hand_is_no_step_but_leaving_a_pose_for_it_is_one(panel, qtbot):
    live = fakes.make_hand(fakes.make_frame(8))
    panel.follow(live)
    assert names(panel) == []
    panel.rows.directions[1].box.setValue(2.0)
    made = panel.z.copy()
    panel.header.live_button.click()
    np.testing.assert_array_equal(panel.z, live.z)
    panel.history.undo()
    np.testing.assert_array_equal(panel.z, made)
    assert panel.exploring
    panel.history.undo()
    np.testing.assert_array_equal(panel.z, live.z)


def test_another_network_has_another_history(panel):
    panel.reset_all()
    panel.set_space(fakes.make_ready(DIRECTIONS))
    assert not panel.history.stack.canUndo()


def test_keys_undo_what_a_key_has_destroyed(active, qtbot):
    latents, menu = active.latents, active.actions_by_name
    assert not menu["undo"].isEnabled()
    latents.rows.directions[0].box.setValue(1.5)
    made = latents.z.copy()
    for key in (Qt.Key.Key_0, Qt.Key.Key_D):
        qtbot.keyClick(active, key)
        assert not np.array_equal(latents.z, made)
        qtbot.keyClick(active, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        np.testing.assert_array_equal(latents.z, made)
    assert menu["undo"].text() == "&Undo Curl"
    assert menu["redo"].text() == "&Redo Draw, seed 0"
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(active, Qt.Key.Key_Z, both)
    assert not np.array_equal(latents.z, made)
    assert not menu["redo"].isEnabled()


def test_opening_a_file_is_one_step(active, qtbot, tmp_path):
    latents, walks = active.latents, active.latents.walks
    latents.mark("A")
    latents.rows.directions[0].box.setValue(1.5)
    made, opened = latents.z.copy(), SPACE.along(SPACE.neutral(), 2, 1.0)
    write_latents(tmp_path / "x.json", {"hand": opened, "A": opened, "B": made}, SPACE, "fake")
    active.explore.open_latents(str(tmp_path / "x.json"))
    np.testing.assert_allclose(latents.z, opened)
    assert set(walks.keyframes) == {"A", "B"}
    assert latents.history.stack.undoText() == "Open x.json"
    latents.history.undo()
    np.testing.assert_array_equal(latents.z, made)
    assert set(walks.keyframes) == {"A"}
    np.testing.assert_array_equal(walks.keyframes["A"], SPACE.neutral())


def test_what_was_just_made_is_what_is_exported(active, qtbot, tmp_path, monkeypatch):
    latents, walks = active.latents, active.latents.walks
    assert "No path yet" in walks.which.text()
    active.actions_by_name["export_way"].trigger()
    assert active.toasts.history[-1].title == "There is no path to export"
    for name in "AB":
        latents.draw()
        latents.mark(name)
    assert walks.way.currentIndex() == LINE
    assert walks.which.text() == "Plays and exports the line from A to B."
    moved = []
    latents.changed.connect(lambda: moved.append(1))
    latents.walk_button.click()
    qtbot.waitUntil(lambda: len(moved) > 30)
    latents.walk_button.click()
    assert walks.path is walks.walked
    assert "exports the random walk of" in walks.which.text()
    monkeypatch.setattr(file_dialogs, "ask_save", lambda *_: str(tmp_path / "walk.csv"))
    active.actions_by_name["export_way"].trigger()
    qtbot.waitUntil(lambda: active.toasts.history[-1].title == "Path exported")
    assert active.toasts.history[-1].text.startswith("The random walk of ")
    latents.mark("A")
    assert "the line from A to B" in walks.which.text()


def test_whatever_was_done_leads_back_to_the_start_and_forth_again(panel, qtbot):
    random, walks = np.random.default_rng(4), panel.walks
    panel.follow(fakes.make_hand(fakes.make_frame(5)))
    rows, start = panel.rows.sliders, panel.z.copy()
    acts = (
        lambda: rows[random.integers(len(rows))].slider.setValue(int(random.integers(400))),
        lambda: rows[random.integers(len(rows))].back.click(),
        lambda: panel.plane.map.moved.emit(*random.uniform(-3, 3, 2)),
        panel.draw, panel.freeze, panel.reset_all, panel.history.undo, panel.history.redo,
        lambda: panel.mark("AB"[random.integers(2)]),
        lambda: walks.scrubber.setValue(int(random.integers(1000))),
        lambda: (panel.wander(True), qtbot.wait(40), panel.wander(False)),
        lambda: (panel.play(True), qtbot.wait(20), panel.play(False)),
        lambda: panel.explore(bool(random.integers(2))),
        lambda: panel.history.stack.setIndex(int(random.integers(panel.history.stack.count() + 1))),
    )  # fmt: skip
    for _ in range(150):
        acts[random.integers(len(acts))]()
        shown = panel.history.present
        np.testing.assert_array_equal(panel.z, shown.z)
        assert walks.keyframes.keys() == shown.keyframes.keys()
        assert walks.walked is shown.walked
    stack = panel.history.stack
    stack.setIndex(stack.count())
    end, keyframes = panel.z.copy(), dict(walks.keyframes)
    stack.setIndex(0)
    np.testing.assert_array_equal(panel.z, start)
    assert walks.keyframes == {}
    assert walks.walked is None
    while stack.canRedo():
        panel.history.redo()
    np.testing.assert_array_equal(panel.z, end)
    assert walks.keyframes.keys() == keyframes.keys()
