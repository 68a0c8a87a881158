"""The mailbox: newest wins, every drop is counted; or wait, and nothing is lost."""

import threading

import pytest

from app.threads.mailbox import Mailbox


def test_newest_wins_and_drops_are_counted():
    box = Mailbox()
    for value in range(5):
        box.put(value)
    assert box.get(0) == 4
    assert box.dropped == 4
    assert box.get(0) is None


def test_put_wait_drops_nothing_and_keeps_the_order():
    box, taken = Mailbox(capacity=4), []

    def fill():
        for value in range(500):
            while not box.put_wait(value):
                pass
        box.close()

    thread = threading.Thread(target=fill)
    thread.start()
    while not (box.closed and len(box) == 0):
        if (value := box.get(0.1)) is not None:
            taken.append(value)
    thread.join(2)
    assert taken == list(range(500))
    assert box.dropped == 0


def test_a_full_mailbox_refuses_after_the_timeout():
    box = Mailbox()
    assert box.put_wait("first", 0.01)
    assert not box.put_wait("second", 0.01)
    assert box.get(0) == "first"


def test_closing_wakes_a_waiting_thread_and_leaves_what_was_there():
    box, seen = Mailbox(), []
    thread = threading.Thread(target=lambda: seen.append(box.get(30)))
    thread.start()
    box.close()
    thread.join(20)
    assert not thread.is_alive()
    assert seen == [None]
    box.put("late")
    assert box.get(0) is None

    box = Mailbox()
    box.put("kept")
    box.close()
    assert box.get(0) == "kept"


def test_notify_comes_once_a_filling_not_once_a_value():
    calls = []
    box = Mailbox(notify=lambda: calls.append(1))
    for value in range(10):
        box.put(value)
    assert len(calls) == 1
    box.get(0)
    box.put("again")
    assert len(calls) == 2
    box.close()
    assert len(calls) == 3


def test_a_mailbox_without_room_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        Mailbox(capacity=0)
