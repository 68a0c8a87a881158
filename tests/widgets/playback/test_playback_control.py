"""The player through the window: where it starts, what it plays, where the user sends it."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import Qt

from app.capture.player_state import PlayerState
from app.config import Options, PlaybackConfig
from app.session import Session
from tests.widgets import fakes
from widgets.main_window import MainWindow

PATIENCE_MS = 60_000


@pytest.fixture
def make_playing(application, store):
    """make_playing(playback) -> a window that opens a recording of 40 frames so."""
    windows = []

    def make(**playback) -> MainWindow:
        session = partial(
            Session, find=fakes.find_fake, build=fakes.FakePipeline,
            read_space=lambda _: fakes.make_space(),
        )  # fmt: skip
        options = Options(source="hand.npz", playback=PlaybackConfig(**playback))
        windows.append(MainWindow(options, store, session))
        windows[-1].show()
        windows[-1].start()
        return windows[-1]

    yield make
    for window in windows:
        window.close()


def shown(window) -> int:
    return window.depth_view.frame.index


def test_the_command_line_says_where_and_how_it_plays(make_playing, qtbot):
    window = make_playing(start_at_s=1.0, speed=0.1)
    seen = []
    window.hub.estimated.connect(lambda estimate: seen.append(estimate.frame.index))
    window.hub.previewed.connect(lambda frame: seen.append(frame.index))
    qtbot.waitUntil(lambda: len(seen) > 2, timeout=PATIENCE_MS)
    assert set(seen) <= set(range(30, 40))
    assert window.transport.speed.currentText() == "0.1×"


def test_a_start_beyond_the_end_shows_the_last_frame_and_says_so(make_playing, qtbot):
    window = make_playing(start_at_s=50.0)
    qtbot.waitUntil(lambda: window.painted > 0 and shown(window) == 39, timeout=PATIENCE_MS)
    assert "lies beyond the end" in window.toasts.history[0].title


def test_a_range_by_keys_a_typed_time_and_a_loop(make_playing, qtbot):
    window = make_playing(loop=True)
    player, bar = window.session, window.transport
    qtbot.waitUntil(lambda: window.painted > 0, timeout=PATIENCE_MS)
    assert bar.loop.isChecked()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: player.player.state is PlayerState.PAUSED, timeout=PATIENCE_MS)
    qtbot.keyClick(window, Qt.Key.Key_G)
    qtbot.waitUntil(bar.frame_box.hasFocus)
    qtbot.keyClicks(bar.frame_box, "10")
    qtbot.keyClick(bar.frame_box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(window) == 10 == bar.slider.value(), timeout=PATIENCE_MS)
    qtbot.keyClick(window, Qt.Key.Key_I)
    bar.time_box.setFocus()
    bar.time_box.selectAll()
    qtbot.keyClicks(bar.time_box, "0.45")  # the first frame at or after 0.45 s
    qtbot.keyClick(bar.time_box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(window) == 14 == bar.slider.value(), timeout=PATIENCE_MS)
    qtbot.keyClick(window, Qt.Key.Key_O)
    seen = []
    window.hub.estimated.connect(lambda estimate: seen.append(estimate.frame.index))
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(seen) > 12, timeout=PATIENCE_MS)
    assert set(seen) <= set(range(10, 15))
    qtbot.keyClick(window, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: max(seen) > 20, timeout=PATIENCE_MS)


def test_speed_and_loop_end_with_what_they_were_chosen_for(make_playing, qtbot):
    window = make_playing(speed=0.5, loop=True)
    bar, session = window.transport, window.session
    qtbot.waitUntil(lambda: window.painted > 0)
    assert (bar.speed.currentText(), bar.loop.isChecked()) == ("0.5×", True)
    before = session.player
    window.open("other.npz")
    qtbot.waitUntil(lambda: session.player not in (before, None))
    assert (bar.speed.currentText(), bar.loop.isChecked()) == ("1×", False)
    bar.set_speed(2.0)
    bar.loop.click()
    before = session.player
    window.open("other.npz")  # the same again
    qtbot.waitUntil(lambda: session.player is not before)
    assert (bar.speed.currentText(), bar.loop.isChecked()) == ("2×", True)


def test_messages_of_a_source_end_with_it(make_playing, qtbot):
    window = make_playing()
    qtbot.waitUntil(lambda: window.painted > 0)
    window.hub.say("warning", "Trouble with this recording")
    before = window.session.player
    window.open("other.npz")
    assert window.toasts.cards  # it is still the one that is shown
    qtbot.waitUntil(lambda: window.session.player is not before)
    assert [card.message.title for card in window.toasts.cards] == []
    assert window.toasts.history[-1].title == "Trouble with this recording"
