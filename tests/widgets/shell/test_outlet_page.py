"""The live outlet in the window: off at first, switched by mouse, key and command line."""

from __future__ import annotations

import json
import socket
import threading
from functools import partial

import pytest
from PySide6.QtCore import Qt
from websockets.sync.client import connect

from app.address import Address, OutletConfig
from app.config import Options
from app.outlet import OutletStats
from app.session import Session
from tests.widgets import fakes
from widgets.main_window import MainWindow
from widgets.shell.outlet_chip import OutletChip
from widgets.shell.outlet_page import EXPOSED

PATIENCE_MS = 60_000


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def outlets() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "outlet"]


@pytest.fixture
def streaming(window, qtbot):
    """(window, port) with the WebSocket on, by the key."""
    port, page = free_port(), window.outlet.page
    assert window.outlet.outlet is None
    assert not page.on.isChecked()
    assert outlets() == []
    page.osc.wanted.setChecked(False)
    page.websocket.address.setText(str(port))
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    window.outlet.outlet.wait_open()
    return window, port


def hear(window: MainWindow, port: int) -> dict:
    """The next message while the source plays."""
    window.session.set_loop(True)
    window.session.player.play()
    with connect(f"ws://127.0.0.1:{port}") as client:
        assert json.loads(client.recv(10))["type"] == "hello"
        return json.loads(client.recv(10))


def test_what_is_estimated_is_heard_and_switching_off_ends_it(streaming, qtbot):
    window, port = streaming
    message = hear(window, port)
    assert message["detected"]
    assert len(message["joints_mm"]) == 21
    assert window.actions_by_name["outlet"].isChecked()
    qtbot.waitUntil(lambda: "frames sent" in window.outlet.page.status.text(), timeout=PATIENCE_MS)
    window.outlet.page.on.click()
    assert window.outlet.page.status.text() == "Off"
    assert not window.actions_by_name["outlet"].isChecked()
    qtbot.waitUntil(lambda: outlets() == [], timeout=PATIENCE_MS)


def test_on_again_at_the_same_address(streaming):
    window, port = streaming
    window.actions_by_name["outlet"].trigger()
    window.actions_by_name["outlet"].trigger()
    window.outlet.outlet.wait_open()
    assert hear(window, port)["type"] == "hand"


def test_an_address_in_use_is_said_and_the_switch_goes_back(window, qtbot):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        window.outlet.page.websocket.address.setText(str(taken.getsockname()[1]))
        window.actions_by_name["outlet"].trigger()
        qtbot.waitUntil(lambda: bool(window.toasts.cards), timeout=PATIENCE_MS)
    assert "cannot listen" in window.toasts.cards[-1].text.text()
    assert not window.outlet.page.on.isChecked()
    assert not window.actions_by_name["outlet"].isChecked()
    assert window.outlet.outlet is None


def test_what_is_no_address_is_refused_beside_the_field(window, qtbot):
    page = window.outlet.page
    page.osc.address.setText("nowhere")
    page.on.click()
    assert window.outlet.outlet is None
    assert not page.on.isChecked()
    assert "port" in page.warning.text()
    assert "port" in window.toasts.history[-1].text
    page.osc.address.clear()
    qtbot.keyClicks(page.osc.address, "192.168.1.20:9000")
    assert page.warning.text() == EXPOSED


def test_the_command_line_turns_it_on(application, store, qtbot):
    port = free_port()
    options = Options(source="demo", outlet=OutletConfig(websocket=Address("127.0.0.1", port)))
    make = partial(
        Session, find=fakes.find_fake, build=fakes.FakePipeline,
        read_space=lambda _: fakes.make_space(),
    )  # fmt: skip
    window = MainWindow(options, store, make)
    window.show()
    window.start()
    window.outlet.outlet.wait_open()
    qtbot.waitUntil(lambda: window.painted > 0, timeout=PATIENCE_MS)
    assert hear(window, port)["type"] == "hand"
    assert window.actions_by_name["outlet"].isChecked()
    assert not window.outlet.page.osc.wanted.isChecked()
    window.close()
    assert outlets() == []


def test_addresses_are_kept_but_not_that_it_was_on(make_window, qtbot):
    first = make_window(start=False)
    first.outlet.page.osc.address.setText("studio:9100")
    first.outlet.page.websocket.wanted.setChecked(False)
    first.close()
    page = make_window(start=False).outlet.page
    assert page.osc.address.text() == "studio:9100"
    assert not page.websocket.wanted.isChecked()
    assert not page.on.isChecked()


def test_the_chip_says_who_listens_and_opens_the_settings(streaming, qtbot):
    window, port = streaming
    chip = window.outlet.chip
    assert chip.isVisibleTo(window)
    assert chip.window() is window
    assert chip.text() == "Streaming: no clients"
    with connect(f"ws://127.0.0.1:{port}"):
        qtbot.waitUntil(lambda: chip.text() == "Streaming: 1 client", timeout=PATIENCE_MS)
        assert f"127.0.0.1:{port}" in chip.toolTip()
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    preferences = window.shell.preferences
    assert preferences.isVisible()
    assert preferences.list.currentItem().text() == "Live outlet"
    preferences.close()
    window.actions_by_name["outlet"].trigger()
    assert not chip.isVisibleTo(window)


def test_the_chip_is_short_whatever_is_streamed(application, qtbot):
    chip, stats = OutletChip(), OutletStats(7, 0, 2)
    qtbot.addWidget(chip)
    osc, websocket = Address("127.0.0.1", 9055), Address("127.0.0.1", 8799)
    chip.show_stats(OutletConfig(osc=osc), stats)
    assert chip.text() == "Streaming to 127.0.0.1:9055"
    chip.show_stats(OutletConfig(osc, websocket), stats)
    assert chip.text() == "Streaming: 2 clients + OSC"
    assert chip.toolTip().splitlines()[:2] == [
        "WebSocket at 127.0.0.1:8799: 2 clients", "OSC to 127.0.0.1:9055",
    ]  # fmt: skip
    chip.show_stats(None, None)
    assert chip.isHidden()


def test_while_exploring_the_hand_of_the_sliders_is_streamed_and_no_other(streaming, qtbot):
    window, port = streaming
    window.session.set_loop(True)
    window.session.player.play()
    with connect(f"ws://127.0.0.1:{port}") as client:
        while "explored" not in (message := json.loads(client.recv(10))):
            pass
        assert not message["explored"]
        for value in (0.5, 1.0, 1.5):
            window.latents.go_to(fakes.make_space().along(window.latents.z, 0, value))
            shown = window.latents.z.copy()
            qtbot.waitUntil(lambda z=shown: set_by_sliders(window, z), timeout=PATIENCE_MS)
        while not message["explored"]:  # what was on its way before
            message = json.loads(client.recv(10))
        takers = window.session.estimator.takers
        takers.give(fakes.make_result(fakes.make_frame(3)))  # as of a camera, which goes on
        window.latents.go_to(fakes.make_space().neutral())
        qtbot.waitUntil(lambda: set_by_sliders(window, window.latents.z), timeout=PATIENCE_MS)
        expected = window.depth_view.result.first.joints_mm
        while message["joints_mm"] != expected.astype(float).round(2).tolist():
            message = json.loads(client.recv(10))
            assert message["explored"]
        window.latents.explore(False)
        window.session.player.play()
        while message["explored"]:
            message = json.loads(client.recv(10))


def set_by_sliders(window, z) -> bool:
    result = window.depth_view.result
    return result is not None and result.explored and (result.first.z == z).all()
