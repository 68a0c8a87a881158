"""One thread at a time: started, told to end, waited for, started again."""

import threading

from app.threads.ending import own_threads
from app.threads.own_thread import OwnThread


def test_it_runs_what_it_is_given_under_its_name():
    ran, names = threading.Event(), []
    own = OwnThread("at work")
    assert own.start(lambda: (names.append(threading.current_thread().name), ran.set()))
    assert ran.wait(20)
    assert own.stop(20.0)
    assert names == ["at work"]
    assert not own.alive


def test_while_one_is_alive_no_other_is_started():
    own, second = OwnThread("at work"), threading.Event()
    assert own.start(lambda: own.ending.wait(20))
    assert own.alive
    assert not own.start(second.set)
    assert own_threads().count("at work") == 1
    assert own.stop(20.0)
    assert not second.is_set()


def test_it_can_be_started_again_and_is_not_told_to_end_before():
    own, told = OwnThread("at work"), []
    assert own.start(lambda: told.append(own.ending.is_set()))
    assert own.stop(20.0)
    assert own.start(lambda: told.append(own.ending.is_set()))
    assert own.wait(20.0)
    assert told[-1] is False


def test_one_that_does_not_end_in_time_is_said_and_left():
    own, go = OwnThread("at work"), threading.Event()
    own.start(lambda: go.wait(20))
    assert not own.stop(0.01)
    assert own.alive
    go.set()
    assert own.wait(20.0)


def test_one_that_was_never_started_has_ended():
    assert OwnThread("idle").stop(0.0)
    assert not OwnThread("idle").alive


def test_a_thread_that_stops_itself_does_not_wait_for_itself():
    own, answers = OwnThread("at work"), []
    own.start(lambda: answers.append(own.stop(60.0)))
    assert own.wait(20.0)
    assert answers == [False]
