"""Takers: every value to each, in order; added, removed and shut while values flow."""

import threading

from app.threads.takers import Takers


def test_every_taker_is_given_every_value_in_order():
    order = []
    takers = Takers(lambda v: order.append(("first", v)))
    takers.add(lambda v: order.append(("second", v)))
    for value in (1, 2):
        takers.give(value)
    assert order == [("first", 1), ("second", 1), ("first", 2), ("second", 2)]
    assert takers.given == 2


def test_one_that_was_removed_is_given_nothing_more():
    first, second = [], []
    takers = Takers(first.append, second.append)
    takers.give(1)
    takers.remove(first.append)
    takers.remove(len)  # was never there
    takers.give(2)
    assert (first, second) == ([1], [1, 2])


def test_while_shut_the_newest_value_is_kept_and_given_once():
    seen = []
    takers = Takers(seen.append)
    takers.set_open(False)
    for value in (1, 2, 3):
        takers.give(value)
    assert (seen, takers.given) == ([], 0)
    takers.set_open(True)
    takers.set_open(True)
    assert (seen, takers.given) == ([3], 1)


def test_what_was_kept_is_forgotten_when_it_is_shut_again():
    seen = []
    takers = Takers(seen.append)
    takers.set_open(False)
    takers.give(1)
    takers.set_open(False)
    takers.set_open(True)
    assert seen == []


def test_a_taker_may_leave_while_it_is_given_a_value():
    seen = []
    takers = Takers()

    def once(value):
        seen.append(value)
        takers.remove(once)

    takers.add(once)
    takers.give(1)
    takers.give(2)
    assert seen == [1]


def test_nothing_is_given_after_remove_has_returned():
    busy, go, seen = threading.Event(), threading.Event(), []

    def slow(value):
        busy.set()
        go.wait(20)
        seen.append(value)

    takers = Takers(slow)
    giving = threading.Thread(target=takers.give, args=(1,))
    giving.start()
    assert busy.wait(20)
    removing = threading.Thread(target=takers.remove, args=(slow,))
    removing.start()
    removing.join(0.05)
    assert removing.is_alive()  # waits for the value that is on its way
    go.set()
    for thread in (giving, removing):
        thread.join(20)
        assert not thread.is_alive()
    takers.give(2)
    assert seen == [1]
