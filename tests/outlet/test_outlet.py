"""The outlet, heard by real clients on the loopback."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from app.address import Address, AddressError, OutletConfig, parse_address
from app.errors import OutputError
from app.outlet import Outlet
from app.outlet.messages import OSC_EXPLORED, OSC_HAND, OSC_JOINTS
from app.skeleton import JOINT_NAMES
from tests.waiting import wait_until
from tests.widgets import fakes

CLIENT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "outlet_client.py"
PATIENCE_S = 10.0


def result(index: int, found: bool = True):
    frame = fakes.make_frame(index, with_hand=False)
    return fakes.make_result(frame) if found else fakes.nothing(frame)


ONE = result(0)


def result_of(index: int):
    """The same hand, another number: cheap."""
    return replace(ONE, frame=replace(ONE.frame, index=index))


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def make_outlet():
    made = []

    def make(**addresses) -> Outlet:
        outlet = Outlet(OutletConfig(**addresses))
        made.append(outlet)
        outlet.start()
        return outlet

    yield make
    assert all(outlet.stop(5.0) for outlet in made)


@pytest.fixture
def server(make_outlet):
    """(outlet, port) of an open WebSocket server."""
    port = free_port()
    outlet = make_outlet(websocket=Address("127.0.0.1", port))
    outlet.wait_open()
    return outlet, port


def test_a_websocket_client_gets_a_greeting_then_every_frame(server):
    outlet, port = server
    with connect(f"ws://127.0.0.1:{port}") as client:
        hello = json.loads(client.recv(PATIENCE_S))
        assert hello["joint_names"] == list(JOINT_NAMES)
        assert hello["units"]["joints_mm"] == "mm"
        for k in range(5):
            outlet.send(result(k, found=k != 3))
        seen = [json.loads(client.recv(PATIENCE_S)) for _ in range(5)]
    assert [m["frame"] for m in seen] == list(range(5))
    assert [m["detected"] for m in seen] == [True, True, True, False, True]
    assert seen[3]["joints_mm"] is None
    assert np.allclose(seen[4]["joints_mm"], fakes.camera_joints(4), atol=0.006)
    assert (seen[4]["hand"], seen[4]["confidence"]) == ("right", 0.87)
    wait_until(lambda: outlet.stats.clients == 0)
    assert outlet.stats.sent == 5


def test_a_bundle_a_frame_by_osc(make_outlet):
    with socket.socket(type=socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(PATIENCE_S)
        outlet = make_outlet(osc=Address("localhost", ear.getsockname()[1]))
        outlet.wait_open()
        outlet.send(result(30))
        outlet.send(result(33, found=False))
        found, lost = (list(OscBundle(ear.recv(4096))) for _ in range(2))
    assert [m.address for m in found] == [OSC_HAND, OSC_JOINTS]
    assert found[0].params == [30, 1, "right", pytest.approx(0.87), 0.0, 1]
    assert np.allclose(found[1].params, fakes.camera_joints(30).reshape(-1), atol=1e-3)
    assert [m.address for m in lost] == [OSC_HAND]
    assert lost[0].params == [33, 0, "", 0.0, pytest.approx(0.1, abs=1e-4), 0]


def test_a_client_that_does_not_read_holds_nobody_up(server):
    outlet, port = server
    place = f"ws://127.0.0.1:{port}"
    with connect(place, max_queue=1, close_timeout=0.1), connect(place) as good:
        wait_until(lambda: outlet.stats.clients == 2)
        good.recv(PATIENCE_S)
        for k in range(3000):
            outlet.send_all(result_of(k))
        last = {"frame": -1}
        while last["frame"] != 2999:
            last = json.loads(good.recv(PATIENCE_S))
    assert outlet.stats.lost == 0


def test_pages_of_other_sites_are_refused_and_own_ones_let_in(server):
    _, port = server
    for other in ("https://example.com", "null", "http://localhost.example.com"):
        with pytest.raises(InvalidStatus):
            connect(f"ws://127.0.0.1:{port}", origin=other)
    for own in ("http://127.0.0.1", "http://localhost:8000"):
        with connect(f"ws://127.0.0.1:{port}", origin=own) as client:
            assert json.loads(client.recv(PATIENCE_S))["type"] == "hello"


def test_a_client_that_talks_is_not_listened_to(server):
    outlet, port = server
    with connect(f"ws://127.0.0.1:{port}") as client:
        client.recv(PATIENCE_S)
        client.send("x" * 100_000)
        with pytest.raises(ConnectionClosed):
            client.recv(PATIENCE_S)
    wait_until(lambda: outlet.stats.clients == 0)
    outlet.send(result(0))
    wait_until(lambda: outlet.stats.sent == 1)


def test_an_address_in_use_is_one_clear_line(server, make_outlet):
    _, port = server
    second = make_outlet(websocket=Address("127.0.0.1", port))
    with pytest.raises(OutputError, match="WebSocket cannot listen at 127"):
        second.wait_open()
    second.send(result(0))  # goes nowhere, harms nobody
    assert second.stop()


def test_an_unknown_host_is_one_clear_line(make_outlet):
    outlet = make_outlet(osc=Address("no-such-host.invalid", 9000))
    with pytest.raises(OutputError, match="no-such-host"):
        outlet.wait_open()


def test_only_the_loopback_is_listened_at(server):
    _, port = server
    listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
    local = [line.split()[1] for line in listening if line.split()[3] == "0A"]
    assert [place for place in local if int(place.partition(":")[2], 16) == port] == [
        f"0100007F:{port:04X}"
    ]


def test_stopping_sends_what_waits_and_ends_the_thread(server):
    outlet, port = server
    with connect(f"ws://127.0.0.1:{port}") as client:
        client.recv(PATIENCE_S)
        for k in range(20):
            outlet.send(result_of(k))
        assert outlet.stop(5.0)
        frames = [json.loads(text)["frame"] for text in client]
    assert frames == list(range(20))
    assert not [t for t in threading.enumerate() if t.name == "outlet"]


@pytest.mark.parametrize("kind", ["websocket", "osc"])
def test_the_example_client_prints_the_tip_of_the_index_finger(make_outlet, kind):
    port = free_port(socket.SOCK_DGRAM if kind == "osc" else socket.SOCK_STREAM)
    outlet = make_outlet(**{kind: Address("127.0.0.1", port)})
    outlet.wait_open()
    client = subprocess.Popen(
        [sys.executable, str(CLIENT), kind, str(port)], stdout=subprocess.PIPE, text=True
    )
    ended = threading.Event()

    def feed():
        while not ended.wait(0.05):
            outlet.send(result(3))

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        x, y, z = fakes.camera_joints(3)[8]
        assert f"index tip {x:.0f} {y:.0f} {z:.0f} mm" in client.stdout.readline()
    finally:
        ended.set()
        feeder.join()
        client.kill()
        client.communicate()


def run_client(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(CLIENT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_example_client_says_in_one_line_that_nobody_streams():
    port = free_port()
    ended = run_client("websocket", str(port))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"Nobody streams at port {port}")
    assert ended.stderr.count("\n") == 1


def test_the_example_client_refuses_what_is_no_port_and_ends_with_the_stream(server):
    for wrong in (["osc", "x"], ["morse"], ["websocket", "99999999"]):
        assert run_client(*wrong).stderr.startswith("Usage: ")
    outlet, port = server
    ended = []
    client = threading.Thread(target=lambda: ended.append(run_client("websocket", str(port))))
    client.start()
    wait_until(lambda: outlet.stats.clients == 1, PATIENCE_S)
    assert outlet.stop(5.0)
    client.join(60)
    assert (ended[0].returncode, ended[0].stderr) == (0, "")
    assert ended[0].stdout == "The stream has ended.\n"


def test_the_example_client_says_that_its_port_is_taken():
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        ended = run_client("osc", str(taken.getsockname()[1]))
    assert ended.returncode == 1
    assert "cannot be listened to" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_hand_of_the_explorer_is_marked_as_such(make_outlet, server):
    outlet, port = server
    made = replace(ONE, explored=True)
    with connect(f"ws://127.0.0.1:{port}") as client:
        client.recv(PATIENCE_S)
        for one in (ONE, made):
            outlet.send(one)
        assert [json.loads(client.recv(PATIENCE_S))["explored"] for _ in range(2)] == [False, True]
    with socket.socket(type=socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(PATIENCE_S)
        other = make_outlet(osc=Address("localhost", ear.getsockname()[1]))
        other.wait_open()
        other.send(made)
        messages = list(OscBundle(ear.recv(8192)))
    assert [m.address for m in messages] == [OSC_EXPLORED, OSC_HAND, OSC_JOINTS]


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("9000", "127.0.0.1", 9000),
        ("192.168.1.20:9000", "192.168.1.20", 9000),
        ("[::1]:8765", "::1", 8765),
        ("studio:1", "studio", 1),
    ],
)
def test_addresses_are_read(text, host, port):
    address = parse_address(text)
    assert (address.host, address.port) == (host, port)
    assert parse_address(str(address)) == address


@pytest.mark.parametrize("text", ["", "0", "65536", "a", ":9000", "::1:9000", "a b:1", "x:", "9e3"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(AddressError):
        parse_address(text)


def test_loopback_is_known():
    assert all(Address(h, 1).is_loopback for h in ("localhost", "127.0.0.1", "127.1.2.3", "::1"))
    assert not any(Address(h, 1).is_loopback for h in ("0.0.0.0", "192.168.1.2", "studio"))


def test_each_of_two_hands_is_told(make_outlet, server):
    two = fakes.make_two(fakes.make_frame(5, with_hand=False))
    outlet, port = server
    with connect(f"ws://127.0.0.1:{port}") as client:
        client.recv(PATIENCE_S)
        outlet.send(two)
        seen = [json.loads(client.recv(PATIENCE_S)) for _ in range(2)]
    assert [(m["frame"], m["hand"], m["track"]) for m in seen] == [(5, "right", 4), (5, "left", 7)]
    assert seen[0]["joints_mm"] != seen[1]["joints_mm"]
    with socket.socket(type=socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(PATIENCE_S)
        other = make_outlet(osc=Address("localhost", ear.getsockname()[1]))
        other.wait_open()
        other.send(two)
        messages = list(OscBundle(ear.recv(8192)))
    assert [m.address for m in messages] == [OSC_HAND, OSC_JOINTS] * 2
    assert [m.params[5] for m in messages[::2]] == [4, 7]
    for message, hand in zip(messages[1::2], two.hands, strict=True):
        assert np.allclose(message.params, hand.joints_mm.reshape(-1), atol=1e-3)
