"""Depth view and skeleton: what they show, and what the user does there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSettings

from app.config import HAND_CHOICES
from app.frames import Failure, HandEstimate
from widgets import settings
from widgets.controller import Controller, DockPlan
from widgets.depth_bar import DepthBar
from widgets.depth_view import DepthView
from widgets.hub import Hub
from widgets.skeleton_view import SkeletonView


class ViewControl(Controller):
    """Owns the depth view with its bar, and the skeleton."""

    def __init__(self, hub: Hub):
        super().__init__(hub)
        self.depth, self.bar, self.skeleton = DepthView(), DepthBar(), SkeletonView()
        self.depth.clear("Opening…")
        hub.shown.connect(self._show)
        hub.previewed.connect(self.depth.set_frame)
        hub.opening.connect(self._on_opening)
        hub.source_changed.connect(lambda _: self.depth.forget_range())
        hub.mode_changed.connect(self._on_mode)
        hub.failed.connect(self._on_failure)
        self.depth.pointed.connect(self._point_at)
        self.depth.frame_painted.connect(lambda: hub.painted.emit(self.depth.frame))
        self.bar.changed.connect(lambda values: self.depth.restyle(**values))

    def docks(self) -> list[DockPlan]:
        return [DockPlan("Skeleton", self.skeleton, "right", stretch=600)]

    def commands(self) -> dict[str, Callable[[], object]]:
        estimator = self.hub.session.estimator
        hands = {f"hand_{h}": partial(estimator.set_hand, h) for h in HAND_CHOICES}
        return {
            **hands,
            "find_again": estimator.reset,
            "skeleton": self.bar.skeleton_button.click,
            "cube": self.bar.cube_button.click,
        }

    def begin(self) -> None:
        self.actions[f"hand_{self.hub.options.estimator.hand}"].setChecked(True)

    def restore(self, store: QSettings) -> None:
        self.bar.restore(settings.read_group(store, "depth"))
        self.depth.restyle(**self.bar.values())

    def save(self, store: QSettings) -> None:
        settings.write_group(store, "depth", self.bar.values())

    def close(self) -> None:
        self.skeleton.shutdown()

    def _show(self, estimate: HandEstimate) -> None:
        self.depth.set_estimate(estimate)
        self.skeleton.set_joints(estimate.joints_mm)

    def _on_opening(self, _: str | None) -> None:
        if self.hub.session.player is None:
            self.depth.clear("Opening…")

    def _on_mode(self, exploring: bool) -> None:
        self.skeleton.recentre()
        self.depth.restyle(caption="Explore: the hand of the sliders" if exploring else "")

    def _on_failure(self, _: Failure) -> None:
        if self.hub.session.player is None:
            self.depth.clear("Nothing is open", "Ctrl+O opens a recording, Ctrl+D the demo hand.")

    def _point_at(self, column: int, row: int) -> None:
        if not self.hub.exploring:
            self.hub.session.estimator.point_at((column, row))
