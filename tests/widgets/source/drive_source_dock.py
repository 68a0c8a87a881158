"""Script: the source dock on a software camera of librealsense. Prints one JSON line."""

import faulthandler
import json
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
from tests.capture.cameras.software_camera import Plug, Pusher, SoftwareCamera, rs  # isort: skip

from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow

from app.capture.cameras.realsense import RealSenseSource
from app.capture.cameras.realsense_choice import parse_choice
from app.capture.reconnect import ReconnectingSource
from app.config import Options
from app.session import Session
from tests.widgets import fakes
from widgets.hub import Hub
from widgets.menus import make_actions
from widgets.source.source_control import SourceControl
from widgets.source.stream_memory import StreamMemory
from widgets.source.thumbnails import Thumbnails
from widgets.tools.waiting import wait_until

SPEC = "realsense:320x240,60fps"
PATIENCE_S = 30.0


def drive(source: SourceControl, camera: SoftwareCamera) -> dict:
    """Open it, switch its laser on by mouse, its power up by keys."""
    panel = source.panel
    rows = panel.controls.rows
    source.hub.open(SPEC)
    wait_until(lambda: bool(panel.controls.rows), PATIENCE_S)
    rows = panel.controls.rows
    laser, power = rows["laser"].box, rows["laser_power"].slider
    QTest.mouseClick(laser, Qt.MouseButton.LeftButton, pos=QPoint(8, laser.height() // 2))
    QTest.keyClick(power, Qt.Key.Key_End)

    def in_camera():
        options = rs.option.emitter_enabled, rs.option.laser_power
        return [camera.depth.get_option(option) for option in options]

    wait_until(lambda: in_camera() == [1.0, 360.0], PATIENCE_S)
    shown = [laser.isChecked(), rows["laser_power"].box.value()]
    state = panel.stream.state.text()
    return {"rows": list(rows), "in_camera": in_camera(), "shown": shown, "state": state}


def main() -> None:
    faulthandler.dump_traceback_later(80, exit=True)
    option = rs.option
    options = ((option.emitter_enabled, 1), (option.laser_power, 360))
    camera = SoftwareCamera((320, 240, 60), options=options)
    plug = Plug(camera)

    def find(spec):
        choice = parse_choice(spec.partition(":")[2])
        return ReconnectingSource(RealSenseSource(choice, plug.attach))

    application = QApplication(sys.argv[:1])
    given = {"build": fakes.FakePipeline, "read_space": lambda _: fakes.make_space()}
    hub = Hub(Options(), partial(Session, find=find, **given))
    store = QSettings(f"{tempfile.mkdtemp()}/window.ini", QSettings.Format.IniFormat)
    window = QMainWindow()
    pictures = Thumbnails(Path(store.fileName()).with_name("thumbnails"))
    source = SourceControl(hub, make_actions(window), window, store, StreamMemory(), pictures)
    source.watch.look = lambda in_use: []
    source.panel.show_page("Camera")
    source.panel.show()
    pusher = Pusher(camera, 60)
    pusher.start()
    result = drive(source, camera)
    hub.close()
    source.close()
    pusher.stop()
    application.processEvents()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
