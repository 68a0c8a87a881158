"""Prints the joints that Crossing Nets Live sends; needs `pip install websockets` or `python-osc`.

python outlet_client.py websocket [PORT]      # the program runs with --websocket PORT
python outlet_client.py osc [PORT]            # ... with --osc PORT
"""

import json
import sys


def listen_websocket(port: int) -> None:
    from websockets.sync.client import connect

    with connect(f"ws://127.0.0.1:{port}") as connection:
        hello = json.loads(connection.recv())
        tip = hello["joint_names"].index("index_tip")
        for text in connection:
            message = json.loads(text)
            if message["detected"]:
                x, y, z = message["joints_mm"][tip]
                print(f"frame {message['frame']}: index tip {x:.0f} {y:.0f} {z:.0f} mm", flush=True)
            else:
                print(f"frame {message['frame']}: no hand", flush=True)


def listen_osc(port: int) -> None:
    from pythonosc.dispatcher import Dispatcher
    from pythonosc.osc_server import BlockingOSCUDPServer

    def joints(address, *values):  # 21 joints, x y z each; 8 is the tip of the index finger
        x, y, z = values[24:27]
        print(f"index tip {x:.0f} {y:.0f} {z:.0f} mm", flush=True)

    dispatcher = Dispatcher()
    dispatcher.map("/crossing_nets/joints", joints)
    BlockingOSCUDPServer(("127.0.0.1", port), dispatcher).serve_forever()


if __name__ == "__main__":
    kind = sys.argv[1] if len(sys.argv) > 1 else "websocket"
    if kind == "osc":
        listen_osc(int(sys.argv[2]) if len(sys.argv) > 2 else 9000)
    else:
        listen_websocket(int(sys.argv[2]) if len(sys.argv) > 2 else 8765)
