"""Waiting for other threads."""

import time


def wait_until(condition, patience_s=60.0):
    """Fails where the condition does not come true in that time."""
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)
