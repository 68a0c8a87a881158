"""A window with nothing in it: every dock says what to do, and stops saying so."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from tests.widgets import fakes
from widgets.parts.empty_state import EmptyState
from widgets.views import skeleton_view, synthesis_view

DO = ("Ctrl+", "choose", "Choose", "drop", "Show one", "appears here", "is kept here", "Waiting")


@pytest.fixture
def window(make_window, qtbot):
    window = make_window(start=False)
    for dock in window.docks:
        dock.show()
    qtbot.wait(30)
    return window


@pytest.mark.parametrize(
    "title", ["Latent explorer", "Analysis", "Hand and camera", "Source", "Performance", "Log"]
)
def test_an_empty_dock_says_what_to_do(window, qtbot, title):
    dock = next(dock for dock in window.docks if dock.objectName() == title)
    dock.raise_()
    qtbot.wait(30)
    texts = [label.text() for label in dock.findChildren(QLabel) if label.isVisible()]
    assert any(word in text for text in texts for word in DO), texts


def test_the_views_say_it_where_the_hand_would_be(window, monkeypatch):
    assert any(word in skeleton_view.NO_HAND for word in DO)
    assert any(word in synthesis_view.NO_HAND for word in DO)
    for view, module in (
        (window.skeleton, skeleton_view), (window.synthesis, synthesis_view),
    ):  # fmt: skip
        with_words = view.grab().toImage()
        monkeypatch.setattr(module, "NO_HAND", "")
        assert view.grab().toImage() != with_words


def test_it_is_gone_as_soon_as_there_is_something(window, qtbot):
    log, performance = window.shell.log, window.shell.performance
    assert log.empty.isVisible()
    window.hub.say("info", "Something")
    assert log.empty.isHidden()
    log.clear()
    assert log.empty.isVisible()
    assert performance.empty.isVisible()
    performance.add(fakes.make_result(fakes.make_frame()))
    performance.refresh(window.session.estimator.stats())
    assert performance.empty.isHidden()


def test_the_plot_says_the_next_step(make_window, qtbot, tmp_path):
    plot = make_window(start=False).analysis.panel.plot
    assert "Open a recording" in plot.empty.text()
    path = tmp_path / "hand.npz"
    path.write_bytes(b"x")
    window = make_window(str(path))
    plot = window.analysis.panel.plot
    qtbot.waitUntil(lambda: "Process the recording" in plot.empty.text())
    assert not plot.empty.isHidden()


def test_it_is_as_large_as_what_it_covers(window, qtbot):
    for empty in window.findChildren(EmptyState):
        host = empty.parentWidget()
        host.resize(host.width() + 7, host.height() + 5)
        assert empty.geometry() == host.rect()
