"""Prints the joints that Crossing Nets Live sends; needs `pip install websockets` or `python-osc`.

python outlet_client.py websocket [PORT]      # the program runs with --websocket PORT
python outlet_client.py osc [PORT]            # ... with --osc PORT
"""

import json
import sys

PATIENCE_S = 5.0
PORTS = {"websocket": 8765, "osc": 9000}


def listen_websocket(port: int) -> None:
    from websockets.exceptions import ConnectionClosed, InvalidMessage
    from websockets.sync.client import connect

    try:
        connection = connect(f"ws://127.0.0.1:{port}", open_timeout=PATIENCE_S)
    except (OSError, EOFError, InvalidMessage):
        sys.exit(f"Nobody streams at port {port}: turn on Recording > Stream joints first.")
    try:
        with connection:
            hello = json.loads(connection.recv())
            tip = hello["joint_names"].index("index_tip")
            for text in connection:
                show(json.loads(text), tip)
    except ConnectionClosed:
        pass
    print("The stream has ended.")


def show(message: dict, tip: int) -> None:
    if not message["detected"]:
        print(f"frame {message['frame']}: no hand", flush=True)
        return
    x, y, z = message["joints_mm"][tip]
    made = " (set by the sliders)" if message.get("explored") else ""
    print(f"frame {message['frame']}: index tip {x:.0f} {y:.0f} {z:.0f} mm{made}", flush=True)


def listen_osc(port: int) -> None:
    from pythonosc.dispatcher import Dispatcher
    from pythonosc.osc_server import BlockingOSCUDPServer

    def joints(address, *values):  # 21 joints, x y z each; 8 is the tip of the index finger
        x, y, z = values[24:27]
        print(f"index tip {x:.0f} {y:.0f} {z:.0f} mm", flush=True)

    class Server(BlockingOSCUDPServer):
        def handle_timeout(self):
            print(f"Nothing arrives at port {port}; still listening.", flush=True)

    dispatcher = Dispatcher()
    dispatcher.map("/crossing_nets/joints", joints)
    try:
        server = Server(("127.0.0.1", port), dispatcher)
    except OSError as error:
        sys.exit(f"Port {port} cannot be listened to: {error.strerror}.")
    server.timeout = PATIENCE_S
    with server:
        while True:
            server.handle_request()


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "websocket"
    given = sys.argv[2] if len(sys.argv) > 2 else str(PORTS.get(kind, ""))
    if kind not in PORTS or not given.isdecimal() or not 0 < int(given) < 65536:
        sys.exit("Usage: python outlet_client.py [websocket | osc] [PORT]")
    try:
        (listen_osc if kind == "osc" else listen_websocket)(int(given))
    except ImportError as error:
        sys.exit(f"{error}: pip install {'python-osc' if kind == 'osc' else 'websockets'}")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
