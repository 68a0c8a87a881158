"""Hand and camera: which hand, how large, and whether the camera's numbers can be right."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.capture.base import StreamInfo
from app.config import HAND_CHOICES, CameraConfig, ConfigError
from app.engine.engine import Engine
from app.frames import DepthFrame, FrameResult
from app.inference.camera_check import CameraCheck, Finding, check_lens
from app.inference.camera_trial import Trial, best_unit, describe_trial, try_units
from widgets.controller import Controller, DockPlan
from widgets.hand.camera_panel import CameraPanel
from widgets.hand.hand_panel import HandPanel
from widgets.hand.unit_search import SearchResult, UnitSearch
from widgets.hub import Hub
from widgets.menus import Actions
from widgets.parts import settings
from widgets.parts.buttons import make_label

log = logging.getLogger(__name__)

# Without a sure hand for so long, the usual units are tried once of our own accord.
CURIOUS_S, CURIOUS_FRAMES = 4.0, 5
WRONG = "Camera settings look wrong"
IN_DOCK = "See “Hand and camera” on the left."


class HandControl(Controller):
    """Owns the dock "Hand and camera".

    search: finds the depth unit, as `try_units`. clock: monotonic, seconds.
    """

    warned = Signal(str)  # one line over the depth image; empty: nothing to warn of
    checked = Signal(list)  # of Finding: what is thought of the camera's settings
    point_wanted = Signal()  # the keyboard's way to point at the hand

    def __init__(
        self,
        hub: Hub,
        actions: Actions,
        store: QSettings,
        search: Callable[[Engine, DepthFrame], list[Trial]] = try_units,
        clock: Callable[[], float] = time.monotonic,
    ):
        super().__init__(hub, actions)
        self._store, self._clock = store, clock
        self.hand, self.camera, self.check = HandPanel(), CameraPanel(), CameraCheck()
        self._search = UnitSearch(self._on_search, search)
        self._result: FrameResult | None = None
        self._found: Finding | None = None  # by the search, until the numbers change
        self._first = self.hub.options.estimator.camera  # of the command line: for its source
        self._curious, self._told = True, False
        self._opened = self._searched = 0  # sources so far; the one whose units are tried
        self._sure_s = clock()  # when a hand was seen with confidence, or its source opened
        estimator = hub.session.estimator
        hub.estimated.connect(self._on_estimate)
        hub.figures_due.connect(self._show_figures)
        hub.source_changed.connect(self._on_source)
        self.hand.side_wanted.connect(self.choose_side)
        self.hand.cube_wanted.connect(lambda mm: estimator.configure(cube_mm=mm))
        self.hand.size_wanted.connect(lambda size: estimator.configure(hand_scale=size))
        self.hand.point_wanted.connect(self.point_wanted)
        self.hand.find_wanted.connect(estimator.reset)
        self.camera.camera_wanted.connect(self.use_camera)
        self.camera.unit_search_wanted.connect(partial(self._look_for_unit, True))

    # --- what the window asks of every area ---------------------------------------------------

    def docks(self) -> list[DockPlan]:
        panel = _scrolled(("Hand", self.hand), ("Camera", self.camera))
        return [DockPlan("Hand and camera", panel, "left", with_tab="Latent explorer")]

    def commands(self) -> dict[str, Callable[[], object]]:
        return {
            **{f"hand_{side}": partial(self.choose_side, side) for side in HAND_CHOICES},
            "find_again": self.hub.session.estimator.reset,
            "cube_larger": partial(self.hand.change_cube, 1),
            "cube_smaller": partial(self.hand.change_cube, -1),
            "find_unit": partial(self._look_for_unit, True),
        }

    def begin(self) -> None:
        given = self.hub.options.estimator
        self.actions[f"hand_{given.hand}"].setChecked(True)
        self.hand.show_side(given.hand)
        self.hand.show_cube(given.cube_mm)
        self.hand.show_size(given.hand_scale)

    def close(self) -> None:
        self._search.close()

    # --- what the user does -------------------------------------------------------------------

    def choose_side(self, side: str) -> None:
        """One of "auto", "right" and "left"; menu and panel show the same."""
        self.hub.session.estimator.configure(hand=side)
        self.hand.show_side(side)
        self.actions[f"hand_{side}"].setChecked(True)

    def use_camera(self, camera: CameraConfig) -> None:
        """Numbers for the source that is open; remembered for it."""
        try:
            self.hub.session.estimator.configure(camera=camera)
        except ConfigError as error:
            self.hub.say("warning", "These camera settings are not possible", str(error))
            camera = self.hub.session.estimator.config.camera
        self._found = None
        self.check.reset()
        self.camera.show_camera(camera)
        self._show_findings([])
        if self.hub.info is not None:
            self._remember(self.hub.info, camera)

    # --- what the threads say -----------------------------------------------------------------

    def _on_estimate(self, result: FrameResult) -> None:
        self._result = result
        self.check.add(result)
        if self.check.unseen == 0:
            self._sure_s = self._clock()

    def _on_source(self, info: StreamInfo) -> None:
        self._result = self._found = None
        self._opened += 1
        self._curious, self._told, self._sure_s = True, False, self._clock()
        self.check.reset()
        camera, self._first = self._first, CameraConfig()
        if camera == CameraConfig():
            camera = self._recall(info)
            if camera != CameraConfig():
                self.hub.say("info", "Using the camera settings of last time", IN_DOCK)
        if camera != self.hub.session.estimator.config.camera:
            self.hub.session.estimator.configure(camera=camera)
        self.camera.show_source(info.intrinsics, info.depth_unit_mm)
        self.camera.show_camera(camera)
        self._show_findings([])

    def _show_figures(self) -> None:
        """Twice a second: what is seen, and whether it can be."""
        if self._result is None:
            return
        findings = self.check.findings()
        if self._found is not None:  # it has a distance of its own: none of another unit beside it
            frame = self._result.frame
            lens = check_lens(frame) if isinstance(frame, DepthFrame) else []
            findings = [self._found, *(f for f in lens if f.level != "good")]
        hand = self._result.first
        measured = self._found is not None or self.check.hand_mm is not None
        if hand is not None:
            distance = None if measured else float(hand.joints_mm[:, 2].mean())
            self.hand.show_hand(hand.hand, hand.hand_scale, hand.crop.cube_mm, distance)
        else:
            self.hand.show_hand(None)
        self._show_findings(findings)
        waited = self._clock() - self._sure_s >= CURIOUS_S
        if self._curious and waited and self.check.unseen >= CURIOUS_FRAMES:
            self._curious = False
            self._look_for_unit(asked=False)

    def _show_findings(self, findings: list[Finding]) -> None:
        self.camera.show_findings(findings)
        self.checked.emit(findings)
        self._warn(findings)

    def _warn(self, findings: list[Finding]) -> None:
        wrong = next((f.text for f in findings if f.level == "wrong"), "")
        self.warned.emit(WRONG if wrong else "")
        if wrong and not self._told:
            self._told = True
            self.hub.say("warning", WRONG, f"{wrong}. {IN_DOCK}")

    # --- the depth unit -----------------------------------------------------------------------

    def _look_for_unit(self, asked: bool) -> None:
        engine = self.hub.session.estimator.engine
        frame = None if self._result is None else self._result.frame
        if engine is None or not isinstance(frame, DepthFrame):
            if asked:
                self.hub.say(
                    "info", "No picture to try units on", "Open a source that shows a hand."
                )
            return
        self.camera.set_searching(True)
        self._searched = self._opened
        self._search.start(engine, frame, asked)

    def _on_search(self, result: SearchResult) -> None:
        self.camera.set_searching(False)
        if self._searched != self._opened:
            return  # of a source that is gone
        if result.failure is not None:
            log.warning("%s", result.failure.message)
            log.debug("%s", result.failure.detail)
        best = best_unit(result.trials)
        used = self.hub.session.estimator.config.camera
        frame = None if self._result is None else self._result.frame
        unit_mm = frame.depth_unit_mm if isinstance(frame, DepthFrame) else 0.0
        if best is None:
            if result.asked:
                text = (
                    "No common unit shows a hand. Hold a hand in front of the camera and try again."
                )
                self.hub.say("info", "No depth unit was found", text)
            return
        seen = f"a hand of {best.hand_mm:.0f} mm is seen {best.distance_mm / 10:.0f} cm away"
        if abs(best.unit_mm - unit_mm) < 1e-6 * best.unit_mm:
            if result.asked:
                self.hub.say("info", "The depth unit is correct", f"With {unit_mm:g} mm {seen}.")
            return
        if isinstance(frame, DepthFrame):  # said as a run without a window says it
            fix = replace(used, depth_unit_mm=best.unit_mm)
            self._found = replace(describe_trial(best, frame), fix=fix)
        self._show_figures()

    # --- memory -------------------------------------------------------------------------------

    def _remember(self, info: StreamInfo, camera: CameraConfig) -> None:
        group = _group(info, self.hub.session.spec)
        self._store.remove(group)
        if camera != CameraConfig():
            settings.write_group(self._store, group, asdict(camera))

    def _recall(self, info: StreamInfo) -> CameraConfig:
        kept = settings.read_group(self._store, _group(info, self.hub.session.spec))
        plain = CameraConfig()
        try:
            known: dict[str, Any] = {  # CameraConfig checks what an ini file says
                n: settings.like(v, kept[n]) for n, v in asdict(plain).items() if n in kept
            }
            return CameraConfig(**known)
        except (ValueError, ConfigError):
            return plain  # somebody has written into the settings


def _group(info: StreamInfo, spec: str | None) -> str:
    """Of a source in the settings: a camera by its serial, a recording by its path."""
    who = f"{info.name} {info.serial}" if info.live else f"{info.kind} {spec or info.name}"
    return f"cameras/{hashlib.sha1(who.encode()).hexdigest()[:12]}"


def _scrolled(*sections: tuple[str, QWidget]) -> QScrollArea:
    """Headed sections below each other, scrolled where the place is short."""
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 2, 0, 2)
    column.setSpacing(2)
    for title, widget in sections:
        heading = make_label(title, "heading")
        heading.setContentsMargins(10, 6, 10, 0)
        column.addWidget(heading)
        column.addWidget(widget)
    column.addStretch(1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    return area
