"""Script: `RealSenseSource` on software cameras of librealsense. Prints one JSON line.

drive_realsense.py WHAT [NUMBER ...], see the functions at the end. In its own process.
"""

import faulthandler
import json
import os
import sys
import threading
import time

from tests.capture.cameras.software_camera import Plug, Pusher, SoftwareCamera, picture, rs  # isort: skip

import numpy as np

from app.capture.cameras.realsense import RealSenseSource
from app.capture.cameras.realsense_choice import StreamChoice
from app.capture.player import Player
from app.capture.player_state import PlayerState
from app.capture.reconnect import Interrupted, ReconnectingSource
from app.errors import Disconnected
from app.frames import DepthFrame
from app.memory import count_threads, open_files
from app.threads.mailbox import Mailbox

SMALL = (320, 240)


def open_camera(camera, choice=None):
    source = RealSenseSource(choice or StreamChoice("", *SMALL, 60), Plug(camera).attach)
    return source, source.open()


def read_one(source, wait_s=5.0):
    give_up_s = time.monotonic() + wait_s
    while time.monotonic() < give_up_s:
        if (frame := source.read(0.1)) is not None:
            return frame
    raise SystemExit("no frame came")


def stream(fps, count):
    """Every frame of a camera, then its plug is pulled."""
    source, info = open_camera(SoftwareCamera((*SMALL, fps)), StreamChoice("", *SMALL, fps))
    pusher = Pusher(source._attach.__self__.attached, fps, count)
    pusher.start()
    numbers, right, writable, last = [], 0, 0, time.monotonic()
    try:
        while True:
            frame = source.read(0.1)
            if frame is not None:
                last = time.monotonic()
                numbers.append(round(frame.t_s))
                right += np.array_equal(frame.depth_raw, picture(numbers[-1]))
                writable += frame.depth_raw.flags.writeable
    except Disconnected as error:
        message = str(error)
    silent_s = time.monotonic() - last
    pusher.stop()
    began = time.monotonic()
    source.close()
    source.close()
    return {
        **{"name": info.name, "serial": info.serial, "fps": info.fps, "note": info.note},
        **{"unit_mm": info.depth_unit_mm, "live": info.live, "lost": source.lost},
        "intrinsics": [info.intrinsics.fx, info.intrinsics.fy, info.intrinsics.cx],
        **{"numbers": numbers, "right": int(right), "writable": int(writable)},
        **{"message": message, "silent_s": silent_s, "close_s": time.monotonic() - began},
        "threads": threading.active_count(),
    }


def gaps():
    """Frames that never came are counted; a counter that begins anew loses none."""
    camera = SoftwareCamera((*SMALL, 60))
    source, _ = open_camera(camera)
    lost = []
    for number in (3, 4, 8, 9, 0, 1):
        camera.push(number)
        read_one(source)
        lost.append(source.lost)
    source.close()
    return {"lost": lost}


def live(seconds, fps, width, height):
    """The player's thread against a camera of full size: what reaches the mailbox."""
    camera = SoftwareCamera((width, height, fps))
    source = RealSenseSource(StreamChoice("", width, height, fps), Plug(camera).attach)
    mailbox: Mailbox[DepthFrame] = Mailbox()
    player = Player(source, [mailbox.put])
    player.start()
    while player.state is PlayerState.STARTING:
        time.sleep(0.01)
    ready = [picture(index, width, height) for index in range(5)]
    pusher = Pusher(camera, fps, round(seconds * fps), ready)
    pusher.start()
    wrong = taken = 0
    while pusher.is_alive() or player.stats.frames_in < pusher.pushed:
        frame = mailbox.get(0.2)
        if frame is not None:
            taken += 1
            wrong += not np.array_equal(frame.depth_raw[::97], ready[round(frame.t_s) % 5][::97])
        elif player.state is not PlayerState.RUNNING or not pusher.is_alive():
            break
    stats = player.stats
    player.stop()
    return {"pushed": pusher.pushed, "in": stats.frames_in, "lost": source.lost, "taken": taken,
            "dropped": mailbox.dropped, "wrong": wrong, "state": player.state.value}  # fmt: skip


def replug(cycles):
    """Pull and plug in again: how long each return takes, and what is left of threads and files."""
    plug = Plug(SoftwareCamera((*SMALL, 60)))
    source = ReconnectingSource(RealSenseSource(StreamChoice("", *SMALL, 60), plug.attach))
    source.open()
    returns, indices, held = [], [], []
    for cycle in range(cycles):
        pusher = Pusher(next(iter(plug.cameras.values())), 60)
        pusher.start()
        began = time.monotonic()
        while (frame := source.read(0.1)) is None:
            if time.monotonic() - began > 20:
                return {"stuck": cycle}
        returns.append(time.monotonic() - began)
        indices += [frame.index, read_one(source).index]
        pusher.stop()
        plug.cameras.clear()
        _read_until_interrupted(source)
        assert source.waiting
        assert source.read(0.05) is None
        if cycle >= 2:  # librealsense starts some threads of its own once
            held.append([count_threads(), open_files()])
        plug.cameras["SW-1"] = SoftwareCamera((*SMALL, 60))
    source.close()
    return {"returns_s": returns, "indices": indices, "held": held,
            "generation": source.generation}  # fmt: skip


def _read_until_interrupted(source):
    try:
        while True:
            source.read(0.1)
    except Interrupted:
        return


def prefer():
    """Of two cameras at a replug, the one that was there before; any other where it stays away."""
    cameras = [SoftwareCamera((*SMALL, 60), serial=serial) for serial in ("A", "B", "C")]
    plug = Plug(cameras[1])
    source = RealSenseSource(StreamChoice("", *SMALL, 60), plug.attach)
    serials = [source.open().serial]
    for present in (cameras, cameras[::2]):
        plug.cameras = {camera.device.get_info(rs.camera_info.serial_number): camera
                        for camera in present}  # fmt: skip
        serials.append(source.open().serial)
    source.close()
    return {"serials": serials}


def fallback():
    """A camera on USB 2 gives less than is asked for, and says so."""
    slow = SoftwareCamera((640, 480, 15), (640, 480, 30), (480, 270, 60), usb="2.1")
    source, info = open_camera(slow, StreamChoice("", 848, 480, 90))
    told = {"note": info.note, "profile": [info.intrinsics.width, info.intrinsics.height, info.fps]}
    source.close()
    return told


def filters():
    """Threshold and temporal filter of librealsense; the aligned colour picture."""
    camera = SoftwareCamera((*SMALL, 60), colour=True)
    choice = StreamChoice("", *SMALL, 60, near_mm=200, far_mm=800, temporal=True, colour=True)
    source, info = open_camera(camera, choice)
    depth = np.full((SMALL[1], SMALL[0]), 4000, np.uint16)  # 500 mm
    depth[:60], depth[180:] = 800, 8000  # 100 mm, 1000 mm
    frame = None
    for index in range(20):
        camera.push_colour(index, np.full((SMALL[1], SMALL[0], 3), 10 * index, np.uint8))
        camera.push(index, depth)
        if (found := source.read(0.2)) is not None:
            frame = found
    source.close()
    return {
        "note": info.note,
        "kept": np.unique(frame.depth_raw[60:180]).tolist(),
        "cut": np.unique(np.concatenate([frame.depth_raw[:60], frame.depth_raw[180:]])).tolist(),
        "colour": None if frame.colour is None else list(frame.colour.rgb.shape),
        "shade": None if frame.colour is None else int(np.median(frame.colour.rgb[100:140])) % 10,
    }


def controls():
    """Laser and exposure are set in the reading thread; a refusal stops nothing."""
    option = rs.option
    options = ((option.emitter_enabled, 1), (option.laser_power, 360), (option.exposure, 33000))
    camera = SoftwareCamera((*SMALL, 60), options=options)
    source, info = open_camera(camera, StreamChoice("", *SMALL, 60, preset="hand"))
    before = {c.name: [c.value, c.low, c.high, c.switch] for c in source.controls}
    for name, value in (("laser", 1), ("laser_power", 1e9), ("exposure", 8500)):
        source.set_control(name, value)
    camera.push(0)
    frames = [read_one(source).index]
    set_values = {c.name: c.value for c in source.controls}
    in_camera = [camera.depth.get_option(o) for o, _ in options]
    source.set_control("gain", 5)
    camera.push(1)
    frames.append(read_one(source).index)
    refusal = source.refusal
    source.set_control("laser", 0)
    camera.push(2)
    frames.append(read_one(source).index)
    after = source.refusal
    source.close()
    return {"before": before, "set": set_values, "in_camera": in_camera, "refusal": refusal,
            "after": after, "frames": frames, "note": info.note}  # fmt: skip


def statistics():
    """Usage statistics stay off; librealsense's own file holds what it did here."""
    return {"cloud": bool(getattr(rs, "rum", None) and rs.rum.is_cloud_enabled()),
            "variable": os.environ.get("RS2_RUM_CLOUD_ENABLED")}  # fmt: skip


if __name__ == "__main__":
    what, *numbers = sys.argv[1:]
    limit_s = float(os.environ.get("LIMIT_S", "55"))
    faulthandler.dump_traceback_later(limit_s, exit=True)
    print(json.dumps(globals()[what](*map(int, numbers))))
