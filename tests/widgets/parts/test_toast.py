"""Messages in the corner: rate-limited, bounded, inside, with a history."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from widgets.parts import toast
from widgets.parts.attempt import Attempt
from widgets.parts.toast import Toasts


@pytest.fixture
def host(application, qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(500, 400)
    host.show()
    return host


def test_a_storm_of_one_message_is_one_card_that_counts(host):
    toasts = Toasts(host)
    for _ in range(1000):
        toasts.show("error", "Camera lost", "no answer")
    assert len(toasts.cards) == 1
    assert "×1000" in toasts.cards[0].title.text()
    assert len(toasts.history) == 1


def test_a_message_leaves_the_keys_where_they_were(host, qtbot):
    field = QLineEdit(host)
    field.show()
    host.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    Toasts(host).show("info", "Written", "a file", "and details")
    qtbot.wait(30)
    assert field.hasFocus()


def test_a_storm_of_different_messages_shows_the_newest_few(host):
    toasts = Toasts(host)
    for k in range(300):
        toasts.show("warning", f"Message {k}")
    assert len(toasts.cards) == toast.SHOWN
    assert toasts.cards[-1].title.text() == "Message 299"
    assert len(toasts.history) == toasts.history.maxlen


def test_after_the_quiet_time_the_message_shows_again(host, monkeypatch):
    toasts = Toasts(host)
    toasts.show("info", "Saved")
    toasts.dismiss(toasts.cards[0])
    toasts.show("info", "Saved")
    assert toasts.cards == []
    monkeypatch.setattr(toast, "QUIET_S", 0.0)
    toasts.show("info", "Saved")
    assert len(toasts.cards) == 1


def test_cards_lie_inside_the_host_one_above_the_other(host):
    toasts = Toasts(host)
    for k in range(3):
        toasts.show("info", f"Message {k}", "some words of explanation " * (k + 1))
    for size in ((500, 400), (300, 380)):
        host.resize(*size)
        boxes = [card.geometry() for card in toasts.cards]
        assert all(host.rect().contains(box) for box in boxes)
        assert all(a.bottom() < b.top() for a, b in itertools.pairwise(boxes))


def test_dismissed_by_its_button_or_by_time(host, qtbot):
    toasts = Toasts(host)
    toasts.show("info", "One")
    toasts.show("info", "Two")
    toasts.cards[0].dismiss_button.click()
    assert [c.message.title for c in toasts.cards] == ["Two"]
    toasts.cards[0].timer.start(10)
    qtbot.waitUntil(lambda: not toasts.cards, timeout=20_000)


@pytest.mark.parametrize("width", [320, 500])
def test_a_long_message_is_read_whole(host, application, width):
    host.resize(width, 400)
    toasts = Toasts(host)
    toasts.show("warning", "A title that is longer than one line of a card", "word " * 25)
    application.processEvents()
    card = toasts.cards[0]
    for label in (card.title, card.text):
        assert label.height() >= label.heightForWidth(label.width())


# --- trying again ---------------------------------------------------------------------------------


def test_what_can_be_tried_again_stays_and_is_tried_once_a_press(host, qtbot):
    toasts, tried = Toasts(host), []
    toasts.show("error", "Busy", "by another", "", Attempt("source", lambda: tried.append(1)))
    (card,) = toasts.cards
    card.leaveEvent(None)
    assert not card.timer.isActive()
    qtbot.mouseClick(card.retry_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(card.retry_button, Qt.MouseButton.LeftButton)
    assert tried == [1]
    toasts.show("error", "Busy", "by another", "", Attempt("source", lambda: None))
    assert toasts.cards == [card]
    assert "×2" in card.title.text()
    assert card.retry_button.isEnabled()
    toasts.settle("network")
    assert toasts.cards == [card]
    toasts.settle("source")
    assert toasts.cards == []


def test_only_the_newest_of_what_can_be_tried_again_waits(host):
    toasts = Toasts(host)
    for text in ("first", "second"):
        toasts.show("error", "Not opened", text, "", Attempt("source", lambda: None))
    assert [card.message.text for card in toasts.cards] == ["second"]
    toasts.dismiss_all()
    toasts.show("error", "Not opened", "second", "", Attempt("source", lambda: None))
    assert len(toasts.cards) == 1  # soon after, but somebody waits for an answer


def test_other_messages_offer_no_retry(host):
    toasts = Toasts(host)
    toasts.show("error", "Not written", "disk full")
    assert toasts.cards[0].retry_button.isHidden()
    toasts.cards[0].leaveEvent(None)  # wherever the test before has left the pointer
    assert toasts.cards[0].timer.isActive()
