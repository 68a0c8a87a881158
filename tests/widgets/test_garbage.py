"""Cycles end in the GUI thread, however much other threads allocate."""

import threading


class Noted:
    """Tells in which thread it ends."""

    ended: list[str] = []  # noqa: RUF012 - all of them share it

    def __init__(self):
        self.itself = self

    def __del__(self):
        Noted.ended.append(threading.current_thread().name)


def test_a_cycle_ends_in_the_gui_thread(collector, qtbot):
    Noted.ended.clear()
    Noted()

    def allocate():
        kept = [[k] for k in range(200_000)]
        assert kept

    thread = threading.Thread(target=allocate, name="worker")
    thread.start()
    thread.join()
    assert Noted.ended == []
    kept = [[k] for k in range(2_000)]
    qtbot.waitUntil(lambda: bool(Noted.ended))
    assert Noted.ended == ["MainThread"]
    assert kept
