"""Depth view and 3-D view at work: switches in menu and bar agree, pictures become files."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMainWindow

from app.config import CameraConfig, Options
from app.frames import ColourImage
from app.session import Session
from tests.widgets import fakes
from tests.widgets.pixels import grab, to_array
from widgets.hub import Hub
from widgets.menus import connect_commands, make_actions
from widgets.views.view_control import PICTURE_PX, ViewControl


def make_control(window: QMainWindow) -> ViewControl:
    hub = Hub(Options(), partial(Session, find=fakes.find_fake, build=fakes.FakePipeline))
    control = ViewControl(hub, make_actions(window))
    connect_commands(control.actions, control.commands())
    control.begin()
    return control


@pytest.fixture
def bare(application, qtbot):
    """A window that has nothing but the actions' parent to be."""
    bare = QMainWindow()
    qtbot.addWidget(bare)
    return bare


@pytest.fixture
def control(bare, qtbot):
    control = make_control(bare)
    for widget in (control.depth, control.bar, control.skeleton):
        qtbot.addWidget(widget)
        widget.show()
    control.depth.resize(640, 480)
    control.skeleton.resize(420, 360)
    control.hub.shown.emit(fakes.make_result(fakes.make_frame(3)))
    yield control
    control.close()
    control.hub.close()


def test_the_tables_switches_stand_as_the_buttons_do(control):
    for name, button in control.bar.overlays.items():
        assert control.actions[name].isChecked() == button.isChecked(), name
    for name, button in control.skeleton.layer_buttons.items():
        assert control.actions[f"layer_{name}"].isChecked() == button.isChecked(), name


@pytest.mark.parametrize("name", ["skeleton", "cube", "mask"])
def test_an_overlay_by_menu_and_by_mouse(control, name):
    action, button = control.actions[name], control.bar.overlays[name]
    pictures, states = [grab(control.depth)], [action.isChecked()]
    for press in (action.trigger, button.click):
        press()
        assert action.isChecked() == button.isChecked()
        pictures.append(grab(control.depth))
        states.append(action.isChecked())
    assert states == [states[0], not states[0], states[0]]
    assert (pictures[0] != pictures[1]).any(-1).sum() > 200
    assert np.array_equal(pictures[0], pictures[2])


@pytest.mark.parametrize("name", ["layer_cloud", "layer_skin", "layer_bones", "layer_floor"])
def test_a_layer_by_menu(control, name):
    before = grab(control.skeleton)
    control.actions[name].trigger()
    assert (grab(control.skeleton) != before).any(-1).sum() > 200


def test_looking_from_elsewhere_by_menu(control):
    seen = [control.skeleton.project(control.skeleton.joints_shown)]
    for name in ("look_front", "look_side", "look_top", "look_sensor", "look_reset"):
        control.actions[name].trigger()
        seen.append(control.skeleton.project(control.skeleton.joints_shown))
    assert np.allclose(seen[0], seen[-1])
    assert all(np.abs(seen[k] - seen[k + 1]).max() > 5 for k in range(1, 4))


def test_the_colour_map_is_the_clouds_too(control):
    control.actions["layer_cloud"].trigger()
    before = grab(control.skeleton)
    control.bar.map_box.setCurrentText("Turbo")
    assert (grab(control.skeleton) != before).any(-1).sum() > 100


def test_colour_is_offered_where_there_is_some(control):
    assert not control.bar.overlays["colour"].isEnabled()
    coloured = replace(fakes.make_frame(1), colour=ColourImage(np.zeros((4, 6, 3), np.uint8)))
    control.hub.shown.emit(fakes.make_result(coloured))
    assert control.bar.overlays["colour"].isEnabled()


def test_switches_survive(control, bare, store):
    control.actions["mask"].trigger()
    control.actions["layer_skin"].trigger()
    control.bar.range_box.setCurrentIndex(2)
    control.save(store)
    store.sync()
    again = make_control(bare)
    again.restore(store)
    assert again.actions["mask"].isChecked()
    assert again.skeleton.layers["skin"].wanted
    assert again.bar.chosen() == control.bar.chosen()
    again.close()
    again.hub.close()


def test_pictures_become_files(control, tmp_path, monkeypatch):
    said = []
    control.hub.said.connect(lambda *words: said.append(words))
    for name, least in (("save_depth_picture", 400), ("save_3d_picture", PICTURE_PX)):
        path = tmp_path / f"{name}.png"
        monkeypatch.setattr("widgets.parts.file_dialogs.ask_save", lambda *_, path=path: str(path))
        control.actions[name].trigger()
        picture = QImage(str(path))
        assert max(picture.width(), picture.height()) >= least
        assert to_array(picture).std() > 3
        assert said[-1][0] == "info"


def test_a_picture_that_cannot_be_written_is_said_with_its_reason(control, tmp_path, monkeypatch):
    said = []
    control.hub.said.connect(lambda *words: said.append(words))
    (tmp_path / "taken.png").mkdir()
    for name in ("taken.png", "picture.soup"):
        path = str(tmp_path / name)
        monkeypatch.setattr("widgets.parts.file_dialogs.ask_save", lambda *_, path=path: path)
        control.actions["save_depth_picture"].trigger()
        assert said[-1][0] == "error"
    monkeypatch.setattr("widgets.parts.file_dialogs.ask_save", lambda *_: "")
    count = len(said)
    control.actions["save_depth_picture"].trigger()  # the user thought better of it
    assert len(said) == count


def test_aiming_leaves_the_explorer(control, qtbot):
    with qtbot.waitSignal(control.hub.mode_wanted) as signal:
        control.actions["point_at"].trigger()
    assert signal.args == [False]
    assert control.depth.aim is not None


def test_a_frame_that_nobody_looked_at_has_the_known_numbers_too(control):
    control.hub.session.estimator.configure(camera=CameraConfig(depth_unit_mm=0.5))
    control.hub.previewed.emit(fakes.make_frame(0))
    assert control.depth.frame.depth_unit_mm == 0.5


def test_a_warning_is_painted_once_it_is_there(control):
    before = grab(control.depth)
    control.warn("The lens would see 150° across")
    assert (grab(control.depth) != before).any(-1).sum() > 200
    control.warn("")
    assert np.array_equal(grab(control.depth), before)
