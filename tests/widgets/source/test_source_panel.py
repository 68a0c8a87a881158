"""The source dock by itself: what it says and what it asks for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.capture.backend import BackendStatus
from app.capture.base import StreamInfo
from tests.widgets import fakes
from widgets.source.source_panel import SourcePanel

FOUND = [
    BackendStatus("RealSense", False, "no camera answers", "with a software camera", "realsense"),
    BackendStatus("RealSense .bag", True, "built in", "pixel by pixel"),
    BackendStatus("folder of 16-bit PNG", True, "built in", "recordings"),
    BackendStatus("demo", True, "built in", "checked", "demo"),
    BackendStatus("Orbbec", False, "not supported yet", "not checked"),
]


@pytest.fixture
def panel(application, qtbot):
    panel = SourcePanel()
    qtbot.addWidget(panel)
    panel.opened, panel.asked, panel.looked = [], [], []
    panel.open_wanted.connect(panel.opened.append)
    panel.ask_wanted.connect(panel.asked.append)
    panel.sensors_wanted.connect(lambda: panel.looked.append(1))
    panel.resize(300, 600)
    panel.show()
    return panel


def double_click(qtbot, widget, row):
    place = widget.visualItemRect(widget.item(row)).center()
    qtbot.mouseClick(widget.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(widget.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_the_list_says_what_the_command_line_says(panel):
    panel.show_sensors(FOUND)
    texts = [panel.sensors.item(row).text() for row in range(len(FOUND))]
    assert texts[0] == "RealSense – no camera answers"
    assert texts[3] == "demo"
    assert "pixel by pixel" in panel.sensors.item(1).toolTip()
    assert not panel.sensors.item(4).flags() & Qt.ItemFlag.ItemIsEnabled


def test_mouse_and_keyboard_open_what_is_listed(panel, qtbot):
    panel.show_sensors(FOUND)
    double_click(qtbot, panel.sensors, 3)
    assert panel.opened == ["demo"]
    panel.sensors.setFocus()
    panel.sensors.setCurrentRow(1)
    qtbot.keyClick(panel.sensors, Qt.Key.Key_Return)
    panel.sensors.setCurrentRow(2)
    qtbot.keyClick(panel.sensors, Qt.Key.Key_Return)
    assert panel.asked == ["file", "folder"]
    double_click(qtbot, panel.sensors, 4)
    assert panel.opened == ["demo"]


def test_cameras_are_looked_for_when_first_seen_and_when_asked(panel, qtbot):
    qtbot.waitUntil(lambda: panel.looked == [1])
    assert not panel.refresh.isEnabled()  # it is looking
    panel.hide()
    panel.show()
    qtbot.wait(120)
    assert panel.looked == [1]
    panel.show_sensors(FOUND)
    qtbot.mouseClick(panel.refresh, Qt.MouseButton.LeftButton)
    assert panel.looked == [1, 1]
    panel.show_sensors(FOUND)
    assert panel.sensors.count() == len(FOUND)


def test_recent_files_open_by_their_path(panel, qtbot):
    panel.show_recent([])
    assert panel.recent.item(0).text().startswith("Nothing yet")
    panel.show_recent(["/far/away/one.bag", "/far/two.npz"])
    assert panel.recent.item(0).text() == "one.bag"
    double_click(qtbot, panel.recent, 1)
    assert panel.opened == ["/far/two.npz"]


def test_buttons_ask_and_open(panel, qtbot):
    for name in ("file", "folder", "realsense", "demo"):
        qtbot.mouseClick(panel.buttons[name], Qt.MouseButton.LeftButton)
    assert (panel.asked, panel.opened) == (["file", "folder"], ["realsense", "demo"])


def test_facts_of_the_open_source(panel):
    info = StreamInfo(
        "hand.bag", "recording", fakes.CAMERA, 0.125, 60.0, 90, 1.5, note="focal length assumed"
    )
    panel.show_source(info, "demo")
    text = panel.facts.text()
    for part in ("hand.bag", "640 × 480", "60 fps", "0.125 mm", "475.0", "90 frames, 1.5 s"):
        assert part in text
    assert "focal length assumed" in text
