"""Exploring in the whole window: with no source at all, by keys, to and from files."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from app.explore.explorer import Explorer, Request
from app.latent.file import read_latent_file, write_walk
from app.latent.path import Between
from tests.widgets import fakes
from tests.widgets.pixels import grab, near
from widgets.parts import file_dialogs, theme

SPACE = fakes.make_space()


@pytest.fixture
def lonely(make_window, qtbot):
    """No source could be opened; the network is there."""
    window = make_window("bad")
    qtbot.waitUntil(lambda: window.latents.z is not None, timeout=20_000)

    def active() -> bool:  # keys reach the active window alone
        window.activateWindow()
        return window.isActiveWindow()

    qtbot.waitUntil(active, timeout=20_000)
    return window


def texts(window) -> list[str]:
    """Titles of every message so far."""
    return [message.title for message in window.toasts.history]


def curl(value: float) -> np.ndarray:
    return SPACE.along(SPACE.neutral(), 0, value)


def mark_line(window) -> None:
    """A and B: an open hand and a fist."""
    for name, value in (("A", -1.0), ("B", 2.5)):
        window.latents.go_to(curl(value))
        window.latents.mark(name)


def shows(window, z: np.ndarray) -> bool:
    result = window.depth_view.result
    return result is not None and result.detected and np.allclose(result.first.z, z, atol=1e-5)


def test_everything_is_explored_with_no_source_open(lonely, qtbot):
    slider = lonely.latents.rows.directions[0].slider
    for _ in range(30):
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    z = lonely.latents.z
    assert lonely.latents.rows.directions[0].value > 0.3
    qtbot.waitUntil(lambda: shows(lonely, z), timeout=20_000)
    expected = fakes.FakeEngine().decode(z[None])[0]
    shown = lonely.depth_view.result.first.joints_mm
    np.testing.assert_allclose(shown - shown[0], (expected - expected[0]) * 125, atol=0.05)
    assert lonely.skeleton.has_hand
    assert (lonely.synthesis.comparison.synthesised < 0.97).sum() > 500
    panel = lonely.latents.header.score
    qtbot.waitUntil(lambda: panel.score is not None, timeout=20_000)
    realism = fakes.FakeEngine().realism(lonely.depth_view.result.first.synthesised[None])[0]
    qtbot.waitUntil(lambda: panel.score.realism == pytest.approx(float(realism)), timeout=20_000)
    qtbot.waitUntil(lambda: panel.anatomy is not None, timeout=20_000)
    assert lonely.latents.plane.cards[0].isEnabled()


def test_the_live_hand_is_judged_too(window, qtbot):
    panel = window.latents.header.score
    qtbot.waitUntil(lambda: panel.score is not None, timeout=20_000)
    assert not window.latents.exploring
    assert panel.texts()[0] != "Realism –"


def test_keys_mark_play_and_draw(lonely, qtbot):
    latents = lonely.latents
    latents.go_to(curl(-1.0))
    qtbot.keyClick(lonely, Qt.Key.Key_A)
    qtbot.keyClick(lonely, Qt.Key.Key_D)
    drawn = latents.z.copy()
    qtbot.keyClick(lonely, Qt.Key.Key_B)
    np.testing.assert_array_equal(latents.walks.keyframes["B"], drawn)
    qtbot.keyClick(lonely, Qt.Key.Key_P)
    assert latents.walker.doing == "path"
    qtbot.waitUntil(lambda: latents.walks.share > 0.05, timeout=20_000)
    qtbot.keyClick(lonely, Qt.Key.Key_P)
    assert latents.walker.doing == ""
    qtbot.keyClick(lonely, Qt.Key.Key_W)
    assert latents.walking
    qtbot.keyClick(lonely, Qt.Key.Key_0)
    np.testing.assert_allclose(latents.z, SPACE.neutral())


def test_latents_are_saved_and_opened_again(lonely, qtbot, tmp_path, monkeypatch):
    mark_line(lonely)
    lonely.latents.go_to(curl(0.7))
    monkeypatch.setattr(file_dialogs, "ask_save", lambda *_: str(tmp_path / "hands.json"))
    qtbot.mouseClick(lonely.latents.walks.save_button, Qt.MouseButton.LeftButton)
    saved = read_latent_file(tmp_path / "hands.json", SPACE)
    assert set(saved.latents) == {"hand", "A", "B"}
    assert saved.weights == "fake"
    assert "Latents saved" in texts(lonely)
    lonely.latents.reset_all()
    lonely.latents.walks.set_keyframe("A", curl(0.1))
    monkeypatch.setattr(file_dialogs, "ask_latents", lambda _: str(tmp_path / "hands.json"))
    qtbot.mouseClick(lonely.latents.walks.open_button, Qt.MouseButton.LeftButton)
    np.testing.assert_allclose(lonely.latents.z, curl(0.7))
    np.testing.assert_allclose(lonely.latents.walks.keyframes["A"], curl(-1.0))
    assert lonely.latents.exploring


def test_a_walk_is_opened_and_played(lonely, qtbot, tmp_path):
    points = np.stack([curl(v) for v in np.linspace(-1, 2, 31)])
    write_walk(tmp_path / "walk.json", points, 30, SPACE, "others sha256:00")
    lonely.explore.open_latents(str(tmp_path / "walk.json"))
    walks = lonely.latents.walks
    assert walks.seconds == pytest.approx(1.0)
    walks.scrubber.setValue(500)
    np.testing.assert_allclose(lonely.latents.z, curl(0.5), atol=1e-4)
    assert "Made with other weights" in texts(lonely)


def test_a_bad_file_is_refused_with_a_reason(lonely, tmp_path):
    (tmp_path / "x.json").write_text('{"kind": "recipe"}')
    before = lonely.latents.z.copy()
    lonely.explore.open_latents(str(tmp_path / "x.json"))
    assert lonely.toasts.history[-1].kind == "error"
    assert "holds no latents" in lonely.toasts.history[-1].text
    np.testing.assert_array_equal(lonely.latents.z, before)


def test_the_way_is_exported_in_the_background(lonely, qtbot, tmp_path, monkeypatch):
    mark_line(lonely)
    walks = lonely.latents.walks
    walks.seconds_box.setValue(0.5)
    monkeypatch.setattr(file_dialogs, "ask_save", lambda *_: str(tmp_path / "way.gif"))
    qtbot.mouseClick(walks.export_button, Qt.MouseButton.LeftButton)
    assert not walks.export_button.isVisibleTo(walks)
    assert walks.cancel_button.isVisibleTo(walks)
    qtbot.waitUntil(lambda: "Path exported" in texts(lonely), timeout=30_000)
    assert walks.export_button.isVisibleTo(walks)
    with Image.open(tmp_path / "way.gif") as film:
        assert film.n_frames == 13


def test_an_export_can_be_cancelled_and_a_failed_one_says_why(lonely, qtbot, tmp_path, monkeypatch):
    mark_line(lonely)
    walks = lonely.latents.walks
    walks.seconds_box.setValue(120.0)
    monkeypatch.setattr(file_dialogs, "ask_save", lambda *_: str(tmp_path / "long.gif"))
    walks.export_button.click()
    qtbot.waitUntil(lambda: walks.progress.value() >= 0, timeout=20_000)
    qtbot.mouseClick(walks.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: walks.export_button.isVisibleTo(walks), timeout=20_000)
    assert not list(tmp_path.glob("*long*"))
    monkeypatch.setattr(file_dialogs, "ask_save", lambda *_: str(tmp_path / "no" / "x.mp4"))
    walks.seconds_box.setValue(0.5)
    walks.export_button.click()
    qtbot.waitUntil(lambda: "Path not exported" in texts(lonely), timeout=30_000)
    assert walks.export_button.isVisibleTo(walks)


def test_closing_during_an_export_ends_it(lonely, qtbot, tmp_path):
    mark_line(lonely)
    lonely.latents.walks.seconds_box.setValue(120.0)
    lonely.explore._files.export(tmp_path / "long.gif")
    begun = time.monotonic()
    lonely.close()
    assert time.monotonic() - begun < 10
    assert not lonely.explore._files.job.running
    assert not list(tmp_path.glob("*long*"))


def test_the_map_follows_the_live_hand(window, qtbot):
    window.latents.pages.setCurrentWidget(window.latents.plane)
    chart = window.latents.plane.map
    qtbot.waitUntil(lambda: chart.marks.live is not None, timeout=20_000)
    window.latents.freeze()
    assert near(grab(chart), theme.GOOD, 60).sum() > 10


def test_the_picture_comes_before_the_judgement_and_the_newest_hand_is_judged(qtbot):
    """The thread alone, its engine counted.

    Many requests at once give one picture, then a score, and anatomy in the end.
    """
    from app.threads.mailbox import Mailbox

    engine, told = fakes.FakeEngine(), []
    results, scores = Mailbox(), Mailbox(capacity=16)
    explorer = Explorer(lambda: engine, results, scores, told.append, lambda _: SPACE)
    explorer.start()
    try:
        qtbot.waitUntil(lambda: bool(told), timeout=20_000)
        for value in np.linspace(-1, 1, 50):
            explorer.ask(Request(curl(float(value))))
        qtbot.waitUntil(lambda: len(engine.asked) > 0 and bool(len(scores)), timeout=20_000)
        assert len(engine.asked) < 50
        np.testing.assert_allclose(engine.asked[-1], curl(1.0), atol=1e-6)
        found = []

        def judged() -> bool:
            found.extend(filter(None, [scores.get(0.0)]))
            return bool(found) and found[-1].anatomy is not None

        qtbot.waitUntil(judged, timeout=20_000)
        expected = engine.realism(engine.synthesise(curl(1.0)[None]))[0]
        assert found[-1].realism == pytest.approx(float(expected))
    finally:
        assert explorer.stop()


def test_the_line_is_the_one_of_the_model(lonely):
    mark_line(lonely)
    path = lonely.latents.walks.path
    assert isinstance(path, Between)
    np.testing.assert_allclose(path.at(0.5)[0], 0.75, atol=1e-6)


def test_a_network_is_known_only_once_its_latent_space_is_told(qtbot):
    """One whose space cannot be described is said once, and none of its hands are shown."""
    from app.frames import Failure
    from app.threads.mailbox import Mailbox

    class Broken(fakes.FakeEngine):
        def encode(self, joints_norm):
            raise RuntimeError("no encoder")

    engine, told = Broken(), []
    results: Mailbox = Mailbox()
    explorer = Explorer(lambda: engine, results, Mailbox(), told.append, lambda _: SPACE)
    explorer.start()
    try:
        qtbot.waitUntil(lambda: bool(told), timeout=20_000)
        assert isinstance(told[0], Failure)
        assert explorer.engine is None
        explorer.ask(Request(curl(1.0)))
        qtbot.wait(300)
        assert (len(told), len(results), len(engine.asked)) == (1, 0, 0)
        engine = fakes.FakeEngine()
        qtbot.waitUntil(lambda: len(told) == 2, timeout=20_000)
        qtbot.waitUntil(lambda: explorer.engine is engine, timeout=20_000)
    finally:
        assert explorer.stop()
