"""The model menu: weights, preset, engine, threads, refinement; a bad choice changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from app.config import BACKENDS, ConfigError, EstimatorConfig
from app.frames import Failure
from app.resources import SHIPPED_WEIGHTS
from app.segmentation.heatmap import missing_localiser
from app.session import NetworkReady
from widgets.controller import Controller
from widgets.hub import Hub
from widgets.menus import Actions
from widgets.parts import file_dialogs, settings
from widgets.shell.model_page import ModelPage

REFINE_STEPS = 5  # of the switch in the menu; the preferences allow others
THREADS = (1, 2, 4, 8)  # in the menu; likewise
KEPT = ("weights", "backend", "threads", "refine", "smoothing")  # from one run to the next
PAPER, NO_PAPER = "Preset &paper (2017)", "no weights shipped; train and load them first"
REFUSED = ("weights", "refinement")  # stages of a Failure that leave the model as it was


class ModelControl(Controller):
    """Owns the page of the preferences; the menu's switches always show what is at work."""

    def __init__(self, hub: Hub, actions: Actions, window: QWidget):
        super().__init__(hub, actions)
        self._window = window
        self.page = ModelPage()
        self.ready: NetworkReady | None = None  # what is at work; None until a network is loaded
        self._announce = False  # the user has asked for another network
        self._paper = ""  # weights of the paper's preset that were loaded last
        hub.network_ready.connect(self._on_network)
        hub.failed.connect(self._on_failure)
        self.page.changed.connect(self.change)
        self.page.load_wanted.connect(self.ask_weights)
        self.page.shipped_wanted.connect(lambda: self.change("weights", None))
        self.page.refinement_changed.connect(self.set_refinement)
        self.page.smoothing_changed.connect(self.set_smoothing)

    # --- what the window asks of every area ---------------------------------------------------

    def commands(self) -> dict[str, Callable[[], object]]:
        return {
            "open_weights": self.ask_weights,
            "preset_live": partial(self.choose_preset, "live"),
            "preset_paper": partial(self.choose_preset, "paper"),
            **{f"engine_{b}": partial(self.change, "backend", b) for b in BACKENDS},
            **{f"threads_{n}": partial(self.change, "threads", n) for n in THREADS},
            "refine": lambda: self.set_refinement(
                REFINE_STEPS if self.actions["refine"].isChecked() else 0
            ),
            "smooth": lambda: self.set_smoothing(self.actions["smooth"].isChecked()),
        }

    def pages(self) -> list[tuple[str, QWidget]]:
        return [("Model", self.page)]

    def begin(self) -> None:
        self._show()

    def restore(self, store: QSettings) -> None:
        """What the command line does not say comes from the last run."""
        estimator, plain = self.hub.session.estimator, EstimatorConfig()
        saved = settings.read_group(store, "model")
        self._paper = str(saved.get("paper") or "")
        for name in KEPT:
            if name in saved and getattr(estimator.config, name) == getattr(plain, name):
                try:
                    value = settings.like(getattr(plain, name), saved[name])
                    estimator.configure(**{name: value})
                except (ValueError, ConfigError):
                    continue  # an ini file may say anything
        weights = estimator.config.weights
        if weights is not None and weights == saved.get("weights") and not Path(weights).exists():
            estimator.configure(weights=None)
            self.hub.say("warning", "The weights used last time no longer exist", weights)

    def save(self, store: QSettings) -> None:
        config = self.hub.session.estimator.config
        kept = {name: getattr(config, name) for name in KEPT}
        settings.write_group(store, "model", {**kept, "paper": self._paper})

    # --- what the user does -------------------------------------------------------------------

    def ask_weights(self) -> None:
        path = file_dialogs.ask_weights(self._window)
        if path:
            self.load(path)

    def load(self, path: str) -> None:
        """Other weights, also by drag and drop; where they are bad the present ones stay."""
        self.change("weights", path)

    def choose_preset(self, preset: str) -> None:
        """The shipped weights, or those of the paper's network that were loaded last."""
        if preset == "live":
            self.change("weights", None)
            return
        path = self._paper_weights()
        if path is not None:
            self.change("weights", path)
            return
        self.hub.say(
            "warning",
            "No weights for the paper's network",
            "The program ships none. Train them (python -m app.training --preset paper), then "
            "load the file once. The present model stays in use.",
        )
        self._show()

    def _paper_weights(self) -> str | None:
        """Weights of the paper's network that are there; None: nobody has trained any."""
        paths = (self._paper, str(SHIPPED_WEIGHTS.with_name("paper.safetensors")))
        return next((path for path in paths if path and Path(path).is_file()), None)

    def change(self, name: str, value: object) -> None:
        """Another network; `name` is a field of EstimatorConfig."""
        self._announce = True
        self.page.say("Loading…")
        self.hub.change_network(**{name: value})

    def set_refinement(self, steps: int) -> None:
        self.hub.session.estimator.configure(refine=steps)
        self._show(refine=steps)

    def set_smoothing(self, wanted: bool) -> None:
        self.hub.session.estimator.configure(smoothing=wanted)
        self._show()

    # --- what the threads say -----------------------------------------------------------------

    def _on_network(self, ready: NetworkReady) -> None:
        problem = missing_localiser() if self.ready is None else ""
        if problem:
            self.hub.say("warning", "The network that finds hands is missing", problem)
        self.ready = ready
        if ready.preset == "paper" and ready.config.weights is not None:
            self._paper = str(Path(ready.config.weights).absolute())
        if self._announce:
            self._announce = False
            self.hub.say("info", "Model changed", ready.describe())
        self._show()

    def _on_failure(self, failure: Failure) -> None:
        if failure.stage in REFUSED:
            self._announce = False
            self._show()

    def _show(self, refine: int | None = None) -> None:
        """Switches and page say what is at work. refine: asked for, on its way."""
        config = self.hub.session.estimator.config
        steps = config.refine if refine is None else refine
        text = "Loading the network…" if self.ready is None else self.ready.describe()
        self.page.show_config(replace(config, refine=steps), text)
        preset = "live" if self.ready is None else self.ready.preset
        there = preset == "paper" or self._paper_weights() is not None
        self.actions["preset_paper"].setEnabled(there)
        self.actions["preset_paper"].setText(PAPER if there else f"{PAPER}: {NO_PAPER}")
        self._check("preset", preset)
        self._check("engine", config.backend)
        self._check("threads", str(config.threads))
        self.actions["refine"].setChecked(steps > 0)
        self.actions["smooth"].setChecked(config.smoothing)

    def _check(self, group: str, chosen: str) -> None:
        """Check one of a group, or none where the menu does not offer what is at work."""
        member = next(name for name in self.actions if name.startswith(f"{group}_"))
        exclusive = self.actions[member].actionGroup()
        wanted = self.actions.get(f"{group}_{chosen}")
        if wanted is not None:
            wanted.setChecked(True)
        elif exclusive.checkedAction() is not None:
            exclusive.checkedAction().setChecked(False)
