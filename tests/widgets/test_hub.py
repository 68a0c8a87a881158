"""The hub alone, no thread started: which news reaches the views, and what an order ends."""

from __future__ import annotations

import pytest

from app.config import Options
from app.inference.estimator import EstimatorState
from app.session import News, Session
from tests.widgets import fakes
from widgets.hub import Hub


class Seen:
    """A hub, and the frame indices and words that it has sent."""

    def __init__(self) -> None:
        self.hub = Hub(Options(), self._make)
        self.shown, self.estimated, self.previewed, self.modes = [], [], [], []
        self.hub.shown.connect(lambda e: self.shown.append(e.frame.index))
        self.hub.estimated.connect(lambda e: self.estimated.append(e.frame.index))
        self.hub.previewed.connect(lambda f: self.previewed.append(f.index))
        self.hub.mode_wanted.connect(self.modes.append)

    def _make(self, options: Options, news: News) -> Session:
        self.news = news
        return Session(options, news, find=fakes.find_fake, build=fakes.FakePipeline)

    def live(self, index: int) -> None:
        """The estimator has finished this frame."""
        self.news.results.put(fakes.make_result(fakes.make_frame(index)))

    def imagined(self, index: int) -> None:
        """The explorer has made this hand."""
        self.news.imagined.put(fakes.make_result(fakes.make_frame(index)))


@pytest.fixture
def seen(application):
    seen = Seen()
    yield seen
    seen.hub.close()


def test_a_live_hand_is_shown(seen, qtbot):
    seen.live(3)
    qtbot.waitUntil(lambda: seen.estimated == [3])
    assert seen.shown == [3]
    assert seen.hub.last.frame.index == 3


def test_while_exploring_the_hand_of_the_sliders_alone_is_shown(seen, qtbot):
    seen.hub.set_exploring(True)
    seen.live(4)
    qtbot.waitUntil(lambda: seen.estimated == [4])  # the figures and the map go on
    assert seen.shown == []
    seen.imagined(70)
    qtbot.waitUntil(lambda: seen.shown == [70])
    seen.hub.set_exploring(False)
    assert seen.shown == [70, 4]  # the newest live hand, at once


def test_a_late_hand_of_the_sliders_is_not_shown_over_the_live_one(seen, qtbot):
    seen.imagined(70)
    seen.live(5)
    qtbot.waitUntil(lambda: seen.estimated == [5])
    qtbot.waitUntil(lambda: len(seen.news.imagined) == 0)
    assert seen.shown == [5]


def test_a_score_is_told(seen, qtbot):
    with qtbot.waitSignal(seen.hub.scored) as signal:
        seen.news.scores.put("likely")
    assert signal.args == ["likely"]


@pytest.mark.parametrize("exploring", [True, False])
def test_frames_without_a_network_are_previewed_unless_one_explores(seen, qtbot, exploring):
    seen.hub.session.estimator.state = EstimatorState.FAULTED
    seen.hub.set_exploring(exploring)
    seen.hub.session.frames.put(fakes.make_frame(6))
    seen.hub._show_preview()
    assert seen.previewed == ([] if exploring else [6])


class FakePlayer:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple] = []

    def __getattr__(self, name: str):
        return lambda *values: self.told.append((name, *values))


ORDERS = [
    ("play",), ("pause",), ("step", -3), ("seek_frame", 17), ("seek_time", 2.5),
    ("set_range", 4, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values"), [(name, values) for name, *values in ORDERS])
def test_an_order_reaches_the_player_and_ends_exploring(seen, monkeypatch, name, values):
    order = getattr(seen.hub, name)
    order(*values)  # nothing is open: nobody is told, and exploring goes on
    assert seen.modes == []
    player = FakePlayer()
    monkeypatch.setattr(Session, "player", player)
    order(*values)
    assert player.told == [(name, *values)]
    assert seen.modes == [False]
