"""From threads to the GUI: coalesced, without a payload, nothing after close."""

from __future__ import annotations

import sys
import threading

from widgets.parts.bridge import Bridge


def test_many_puts_cost_one_call_and_the_newest_wins(qapp, qtbot):
    bridge, seen = Bridge(), []
    bridge.connect(lambda: seen.append(bridge.take()))
    worker = threading.Thread(target=lambda: [bridge.mailbox.put(k) for k in range(500)])
    worker.start()
    worker.join()
    qtbot.waitUntil(lambda: bool(seen))
    qapp.processEvents()
    assert seen[-1] == 499
    assert len(seen) == 1
    assert bridge.mailbox.dropped == 499


def test_a_resting_bridge_limits_the_rate_but_loses_no_last_value(qapp, qtbot):
    bridge, seen = Bridge(rest_ms=60), []
    bridge.connect(lambda: seen.append(bridge.take()))
    for k in range(30):
        bridge.mailbox.put(k)
        qtbot.wait(5)
    qtbot.waitUntil(lambda: seen[-1] == 29)
    assert len(seen) <= 8


def test_nothing_arrives_after_close(qapp, qtbot):
    bridge, seen = Bridge(), []
    bridge.connect(lambda: seen.append(bridge.take()))
    worker = threading.Thread(target=bridge.mailbox.put, args=(1,))
    worker.start()
    worker.join()
    bridge.close()
    bridge.mailbox.put(2)
    qtbot.wait(30)
    assert seen == []


def test_a_queue_keeps_its_order(qapp):
    bridge = Bridge(capacity=8)
    for k in range(5):
        bridge.mailbox.put(k)
    assert bridge.take_all() == [0, 1, 2, 3, 4]


def test_emitting_does_not_release_true(qapp):
    """PySide 6.12 drops a reference to True with every emit before Python 3.12."""
    bridge = Bridge()
    bridge.connect(lambda: None)
    before = sys.getrefcount(True)
    for _ in range(100):
        bridge.mailbox.put(1)
        qapp.processEvents()
        bridge.take()
    assert sys.getrefcount(True) >= before - 20
