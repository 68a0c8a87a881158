"""The history of messages: order, repetition, details, bounded, copied."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from widgets.parts.toast import KEPT, Toasts
from widgets.shell.log_view import LogView


@pytest.fixture
def host(application, qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(600, 400)
    host.show()
    return host


@pytest.fixture
def log(host, qtbot):
    view = LogView()
    qtbot.addWidget(view)
    view.toasts = Toasts(host)
    view.toasts.added.connect(view.add)
    view.toasts.counted.connect(view.recount)
    view.resize(500, 300)
    view.show()
    return view


def test_a_dismissed_message_stays_in_the_log(log):
    log.toasts.show("error", "Camera lost", "no answer", "Traceback: far down")
    log.toasts.show("info", "Picture saved", "a.png")
    log.toasts.dismiss_all()
    assert log.toasts.cards == []
    assert "Camera lost" in log.list.item(0).text()
    assert "a.png" in log.list.item(1).text()


def test_a_repetition_counts_up(log):
    for _ in range(4):
        log.toasts.show("warning", "Dropped", "x")
    assert log.list.count() == 1
    assert "×4" in log.list.item(0).text()


def test_details_are_shown_and_copied(log, qtbot):
    log.toasts.show("error", "Camera lost", "no answer", "Traceback: far down")
    assert not log.copy_button.isEnabled()
    log.list.setFocus()
    qtbot.keyClick(log.list, Qt.Key.Key_Down)
    log.list.setCurrentRow(0)
    assert "far down" in log.details.toPlainText()
    qtbot.mouseClick(log.copy_button, Qt.MouseButton.LeftButton)
    assert "Traceback: far down" in QGuiApplication.clipboard().text()


def test_it_is_bounded_and_can_be_cleared(log, qtbot):
    for k in range(KEPT + 30):
        log.toasts.show("info", f"Message {k}")
    assert log.list.count() == KEPT
    assert f"Message {KEPT + 29}" in log.list.item(KEPT - 1).text()
    qtbot.mouseClick(log.clear_button, Qt.MouseButton.LeftButton)
    assert log.list.count() == 0
    assert not log.clear_button.isEnabled()


def test_the_whole_log_as_text(log, qtbot):
    log.toasts.show("info", "One")
    log.toasts.show("error", "Two", "why", "where")
    with qtbot.waitSignal(log.save_wanted) as saved:
        qtbot.mouseClick(log.save_button, Qt.MouseButton.LeftButton)
    text = saved.args[0]
    assert text.index("One") < text.index("Two") < text.index("where")


def test_a_card_copies_its_details_and_waits_while_it_is_read(host, qtbot):
    toasts = Toasts(host)
    toasts.show("error", "Camera lost", "no answer", "Traceback: far down")
    card = toasts.cards[0]
    qtbot.mouseClick(card.copy_button, Qt.MouseButton.LeftButton)
    assert "far down" in QGuiApplication.clipboard().text()
    card.enterEvent(None)
    assert not card.timer.isActive()
    card.leaveEvent(None)
    assert card.timer.isActive()
    toasts.show("info", "Fine")
    assert not toasts.cards[1].copy_button.isVisible()
