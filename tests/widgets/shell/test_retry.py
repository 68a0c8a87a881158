"""Retry of a message: a source that did not open, weights that were refused."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.errors import CaptureError, WeightsError
from app.frames import Failure
from tests.widgets import fakes


@pytest.fixture
def doors():
    """Specs that do not open at present."""
    return {"busy"}


@pytest.fixture
def find(doors):
    def find(spec):
        if spec in doors:
            raise CaptureError("the camera is in use by another program", "close that one")
        return fakes.find_fake(spec)

    return find


def press(card, qtbot):
    qtbot.mouseClick(card.retry_button, Qt.MouseButton.LeftButton)


def test_a_camera_that_was_busy_opens_by_retry(make_window, find, doors, qtbot):
    window = make_window("busy", find=find)
    qtbot.waitUntil(lambda: len(window.toasts.cards) == 1)
    press(window.toasts.cards[0], qtbot)
    qtbot.waitUntil(lambda: window.toasts.cards[0].message.count == 2)
    assert window.toasts.cards[0].retry_button.isEnabled()
    doors.clear()
    press(window.toasts.cards[0], qtbot)
    qtbot.waitUntil(lambda: window.hub.info is not None)
    assert window.session.spec == "busy"
    assert window.toasts.cards == []


def test_retry_opens_what_failed_not_what_was_asked_for_before(make_window, find, doors, qtbot):
    window = make_window("demo", find=find)
    qtbot.waitUntil(lambda: window.hub.info is not None)
    window.open("busy")
    qtbot.waitUntil(lambda: len(window.toasts.cards) == 1)
    attempt = window.hub.attempt_after(Failure("camera", "pulled out"))
    opened = []
    window.hub.opening.connect(opened.append)
    attempt.run()
    assert opened == ["demo"]  # that one plays; what was busy has had its own message


def test_something_else_that_opens_settles_the_message(make_window, find, qtbot):
    window = make_window("busy", find=find)
    qtbot.waitUntil(lambda: len(window.toasts.cards) == 1)
    window.open("demo")
    qtbot.waitUntil(lambda: window.hub.info is not None)
    assert window.toasts.cards == []


def test_weights_that_were_refused_load_by_retry(make_window, qtbot):
    broken = {"new.safetensors"}

    def build(config):
        if config.weights in broken:
            raise WeightsError("these weights are cut short")
        return fakes.FakePipeline(config)

    window = make_window("demo", build=build)
    qtbot.waitUntil(lambda: window.model.ready is not None)
    window.load_weights("new.safetensors")
    qtbot.waitUntil(lambda: len(window.toasts.cards) == 1)
    assert not window.toasts.cards[0].retry_button.isHidden()
    broken.clear()
    press(window.toasts.cards[0], qtbot)
    qtbot.waitUntil(lambda: window.model.ready.config.weights == "new.safetensors")
    assert [card for card in window.toasts.cards if card.message.attempt] == []


def test_what_goes_on_by_itself_offers_no_retry(make_window):
    window = make_window(start=False)
    for failure in (
        Failure("capture", "stops early", fatal=False),
        Failure("camera", "is gone for a moment", fatal=False),
        Failure("watchdog", "stood still", fatal=False),
        Failure("refinement", "not by these weights", fatal=False),
    ):
        assert window.hub.attempt_after(failure) is None
