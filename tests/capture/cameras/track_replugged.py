"""Script: a hand is tracked while its software camera is pulled and plugged in again.

track_replugged.py CYCLES: prints one JSON line: how long after each replug the hand was tracked
again, and how many threads and open files there were. In its own process.
"""

import faulthandler
import json
import os
import sys
import time

from tests.capture.cameras.software_camera import Plug, Pusher, SoftwareCamera  # isort: skip

from app.capture.cameras.realsense import RealSenseSource
from app.capture.cameras.realsense_choice import StreamChoice
from app.capture.demo import SyntheticSource
from app.capture.player import Player
from app.capture.reconnect import ReconnectingSource
from app.frames import Frame, FrameResult
from app.inference.estimator import Estimator, EstimatorState
from app.memory import count_threads, open_files
from app.threads.mailbox import Mailbox

FPS, PATIENCE_S = 30, 30.0
PROFILE = (640, 480, FPS)
STEPS_A_MM = 8  # the software camera's raw steps are of 0.125 mm


def wait_until(condition) -> float:
    """Seconds until `condition`; ends the process where it stays away."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > PATIENCE_S:
            raise SystemExit(f"waited in vain: {condition.__name__}")
        time.sleep(0.01)
    return time.monotonic() - began


def make_pictures(count: int = 12) -> list:
    """Raw depth of the demo's hand, held open."""
    with SyntheticSource(FPS) as demo:
        return [demo.read().depth_raw * STEPS_A_MM for _ in range(count)]


def main(cycles: int) -> dict:
    pictures, failures = make_pictures(), []
    plug = Plug(SoftwareCamera(PROFILE))
    source = ReconnectingSource(RealSenseSource(StreamChoice("", *PROFILE), plug.attach))
    frames: Mailbox[Frame] = Mailbox()
    results: Mailbox[FrameResult] = Mailbox()
    player = Player(source, [frames.put], on_failure=failures.append)
    estimator = Estimator(frames, results, on_failure=failures.append)
    estimator.start()
    player.start()

    def running():
        return estimator.state is EstimatorState.RUNNING and player.info is not None

    def tracked_in_a_new_epoch():
        found = results.get(0)
        return found is not None and found.detected and found.frame.epoch > epoch

    def gone():
        return player.source.waiting

    wait_until(running)
    times_s, held, epoch = [], [], 0
    for cycle in range(cycles):
        pusher = Pusher(next(iter(plug.cameras.values())), FPS, pictures=pictures)
        pusher.start()
        times_s.append(wait_until(tracked_in_a_new_epoch))
        epoch = player.epoch
        pusher.stop()
        plug.cameras.clear()
        wait_until(gone)
        if cycle >= 2:
            held.append([count_threads(), open_files()])
        plug.cameras["SW-1"] = SoftwareCamera(PROFILE)
    fatal = [failure.message for failure in failures if failure.fatal]
    stopped = [player.stop(), estimator.stop()]
    return {"times_s": times_s, "held": held, "fatal": fatal, "told": len(failures),
            "stopped": stopped}  # fmt: skip


if __name__ == "__main__":
    faulthandler.dump_traceback_later(float(os.environ.get("LIMIT_S", "55")), exit=True)
    print(json.dumps(main(int(sys.argv[1]))))
