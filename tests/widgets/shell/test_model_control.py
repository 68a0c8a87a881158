"""The model menu: what is chosen is at work, what cannot be had is refused and changes nothing."""

from __future__ import annotations

import json
import shutil
import struct
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

from app.config import EstimatorConfig, Options
from app.engine.load import load_engine
from app.errors import WeightsError
from app.resources import SHIPPED_WEIGHTS
from app.session import Session
from tests.widgets import fakes
from tests.widgets.dropping import drop_file
from widgets.hub import Hub
from widgets.menus import make_actions
from widgets.shell.model_control import REFINE_STEPS, ModelControl

WAIT = 60_000


def build(config: EstimatorConfig):
    """The fake network; weights whose name says "bad" are refused as a loader refuses them."""
    if "bad" in str(config.weights):
        raise WeightsError(f"{config.weights} is damaged or not a safetensors file")
    if config.backend == "torch" and config.threads == 8:
        raise ModuleNotFoundError("No module named 'torch'")
    made = fakes.FakePipeline(config)
    made.engine.name, made.engine.weights = config.backend, config.weights or "live.safetensors"
    made.engine.metadata = {
        "preset": {"name": "paper" if "paper" in made.engine.weights else "live"}
    }
    return made


@pytest.fixture
def model(make_window, qtbot):
    """The model control of a window at work."""
    window = make_window("camera", build=build)
    qtbot.waitUntil(lambda: window.model.ready is not None, timeout=WAIT)
    window.model.window = window
    return window.model


def config(model) -> EstimatorConfig:
    return model.hub.session.estimator.config


def checked(model, group: str) -> str:
    return next(n for n, a in model.actions.items() if n.startswith(group) and a.isChecked())


def titles(model) -> list[str]:
    return [message.title for message in model.window.toasts.history]


def test_engine_and_threads_are_changed_by_the_menu(model, qtbot):
    assert (checked(model, "engine_"), checked(model, "threads_")) == ("engine_onnx", "threads_1")
    model.actions["threads_2"].trigger()
    qtbot.waitUntil(lambda: model.ready.config.threads == 2, timeout=WAIT)
    model.actions["engine_torch"].trigger()
    qtbot.waitUntil(lambda: model.ready.engine == "torch", timeout=WAIT)
    assert (checked(model, "engine_"), checked(model, "threads_")) == ("engine_torch", "threads_2")
    qtbot.waitUntil(lambda: "Model changed" in titles(model), timeout=WAIT)
    assert "PyTorch, 2 threads" in model.page.about.text()


def test_an_engine_that_is_not_installed_is_refused(model, qtbot):
    model.actions["threads_8"].trigger()
    qtbot.waitUntil(lambda: model.ready.config.threads == 8, timeout=WAIT)
    model.actions["engine_torch"].trigger()
    qtbot.waitUntil(lambda: len(model.window.toasts.history) == 2, timeout=WAIT)
    assert "torch" in model.window.toasts.history[-1].text
    assert config(model).backend == "onnx"
    assert checked(model, "engine_") == "engine_onnx"


def test_a_bad_file_is_refused_with_its_reason_and_the_model_stays(model, qtbot):
    ready, painted = model.ready, model.window.painted
    model.load("bad.safetensors")
    qtbot.waitUntil(lambda: bool(model.window.toasts.history), timeout=WAIT)
    said = model.window.toasts.history[-1]
    assert "the present model stays" in said.title
    assert "bad.safetensors is damaged" in said.text
    assert model.ready is ready
    assert config(model).weights is None
    assert "live.safetensors" in model.page.about.text()
    qtbot.waitUntil(lambda: model.window.painted > painted + 1, timeout=WAIT)  # it goes on


def test_weights_are_dropped_and_the_preset_follows(model, qtbot, tmp_path):
    path = tmp_path / "paper-run.safetensors"
    path.write_bytes(b"x")
    drop_file(model.window, path)
    qtbot.waitUntil(lambda: model.ready.preset == "paper", timeout=WAIT)
    assert model.actions["preset_paper"].isEnabled()
    assert checked(model, "preset_") == "preset_paper"
    model.actions["preset_live"].trigger()
    qtbot.waitUntil(lambda: model.ready.preset == "live", timeout=WAIT)
    assert config(model).weights is None
    model.actions["preset_paper"].trigger()  # now it is known where they are
    qtbot.waitUntil(lambda: model.ready.preset == "paper", timeout=WAIT)
    assert config(model).weights == str(path)


def test_without_weights_of_the_paper_the_preset_stays(model, monkeypatch, tmp_path):
    gone = tmp_path / "live.safetensors"
    monkeypatch.setattr("widgets.shell.model_control.SHIPPED_WEIGHTS", gone)
    model.begin()
    action = model.actions["preset_paper"]
    assert not action.isEnabled()
    assert "load them first" in action.text()
    model.choose_preset("paper")  # what a script may ask for all the same
    assert "o weights for the paper" in titles(model)[-1]
    assert checked(model, "preset_") == "preset_live"


def test_refinement_and_steadiness_reach_the_pipeline(model, pipelines, qtbot):
    pipeline, applied = model.hub.session.estimator._pipeline, []
    pipeline.apply = applied.append
    qtbot.keyClick(model.window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: [c.refine for c in applied] == [REFINE_STEPS], timeout=WAIT)
    assert model.page.refine.value() == REFINE_STEPS
    model.page.refine.setValue(0)
    qtbot.waitUntil(lambda: [c.refine for c in applied[1:]] == [0], timeout=WAIT)
    assert not model.actions["refine"].isChecked()
    model.actions["smooth"].trigger()
    qtbot.waitUntil(lambda: [c.smoothing for c in applied[2:]] == [False], timeout=WAIT)
    assert not model.page.smoothing.isChecked()


def test_the_page_of_the_preferences_drives_the_same_model(model, qtbot):
    model.page.threads.setValue(3)
    qtbot.waitUntil(lambda: model.ready.config.threads == 3, timeout=WAIT)
    exclusive = model.actions["threads_1"].actionGroup()
    assert exclusive.checkedAction() is None  # the menu does not offer three
    model.page.engine.setCurrentIndex(1)
    qtbot.waitUntil(lambda: model.ready.engine == "torch", timeout=WAIT)
    assert checked(model, "engine_") == "engine_torch"


def model_control(hub: Hub) -> ModelControl:
    window = QMainWindow()
    return ModelControl(hub, make_actions(window), window)


def make_control(store, application, **estimator):
    session = partial(Session, find=fakes.find_fake, build=build)
    hub = Hub(Options(estimator=EstimatorConfig(**estimator)), session)
    control = model_control(hub)
    control.restore(store)
    return control


def test_the_choice_is_kept_unless_the_command_line_says_otherwise(application, store, tmp_path):
    path = tmp_path / "mine.safetensors"
    path.write_bytes(b"x")
    first = make_control(store, application)
    estimator = first.hub.session.estimator
    chosen = replace(estimator.config, weights=str(path), threads=2, refine=3, smoothing=False)
    estimator.config = chosen
    first.save(store)
    store.sync()
    assert config(make_control(store, application)) == chosen
    assert config(make_control(store, application, threads=4)).threads == 4
    path.unlink()
    said = []
    hub = Hub(Options(), partial(Session, find=fakes.find_fake, build=build))
    hub.said.connect(lambda *words: said.append(words))
    control = model_control(hub)
    control.restore(store)
    assert config(control).weights is None
    assert "no longer exist" in said[0][1]


def test_a_damaged_settings_file_changes_nothing(application, store):
    for name, value in (("threads", "many"), ("backend", "abacus"), ("refine", "-5")):
        store.setValue(f"model/{name}", value)
    assert config(make_control(store, application)) == EstimatorConfig()


def spoil(kind: str, path) -> None:
    """A file that is no good, in one of several ways."""
    good = SHIPPED_WEIGHTS.read_bytes()
    size = struct.unpack("<Q", good[:8])[0]
    header = json.loads(good[8 : 8 + size])
    if kind == "half":
        path.write_bytes(good[: len(good) // 2])
    elif kind == "text":
        path.write_text("these are no weights")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "localiser":
        shutil.copy(SHIPPED_WEIGHTS.with_name("localiser.safetensors"), path)
    else:
        about = json.loads(header["__metadata__"]["crossing_nets"])
        if kind == "version":
            about["format"] = 99
        else:
            about["preset"] = {"name": "abacus"}
        header["__metadata__"]["crossing_nets"] = json.dumps(about)
        text = json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + good[8 + size :])


@pytest.mark.parametrize(
    "kind", ["half", "text", "empty", "localiser", "version", "preset", "folder", "missing"]
)
def test_no_bad_file_gets_past_the_loader(kind, tmp_path):
    path = tmp_path / "weights.safetensors"
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        spoil(kind, path)
    with pytest.raises(WeightsError) as raised:
        load_engine(path)
    assert "weights" in str(raised.value)


def test_a_missing_localiser_is_said_once(make_window, qtbot, monkeypatch, tmp_path):
    monkeypatch.setattr("app.segmentation.heatmap.GRAPH", tmp_path / "localiser.onnx")
    window = make_window("camera", build=build)
    qtbot.waitUntil(lambda: window.model.ready is not None, timeout=WAIT)
    window.model.change("threads", 2)
    qtbot.waitUntil(lambda: window.model.ready.config.threads == 2, timeout=WAIT)
    said = [m for m in window.toasts.history if "finds hands is missing" in m.title]
    assert [m.text.startswith(str(tmp_path)) for m in said] == [True]


def test_a_localiser_that_is_there_needs_no_word(model):
    assert not [title for title in titles(model) if "missing" in title]
