"""Depth view and 3-D view: what they show, their switches, and their pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from PySide6.QtCore import QSettings
from PySide6.QtGui import QImage

from app.capture.camera_presets import corrected_frame
from app.errors import OutputError
from app.frames import DepthFrame, Failure, Frame, FrameResult
from app.inference.camera_check import Finding
from widgets.controller import Controller, DockPlan
from widgets.hub import Hub
from widgets.menus import Actions
from widgets.parts import file_dialogs, settings
from widgets.parts.pictures import write_picture
from widgets.views.depth_bar import DepthBar
from widgets.views.depth_style import DepthStyle
from widgets.views.depth_view import DepthView
from widgets.views.skeleton_view import LAYERS, SkeletonView
from widgets.views.view_camera import PRESETS

PICTURE_KINDS = "Pictures (*.png *.jpg)"
PICTURE_PX = 1920  # the longer side of a picture of the 3-D view


class ViewControl(Controller):
    """Owns the depth view with its bar, and the 3-D view."""

    def __init__(self, hub: Hub, actions: Actions):
        super().__init__(hub, actions)
        self.depth, self.bar, self.skeleton = DepthView(), DepthBar(), SkeletonView()
        self.depth.clear("Opening…")
        hub.shown.connect(self._show)
        hub.previewed.connect(self._preview)
        hub.opening.connect(self._on_opening)
        hub.source_changed.connect(lambda _: self.depth.forget_range())
        hub.mode_changed.connect(self._on_mode)
        hub.failed.connect(self._on_failure)
        self.depth.pointed.connect(self._point_at)
        self.depth.frame_painted.connect(lambda: hub.painted.emit(self.depth.frame))
        self.bar.changed.connect(self._restyle)
        self.skeleton.picture_wanted.connect(self.save_3d_picture)

    # --- what the window asks of every area ---------------------------------------------------

    def docks(self) -> list[DockPlan]:
        return [DockPlan("3-D view", self.skeleton, "right", stretch=600)]

    def commands(self) -> dict[str, Callable[[], object]]:
        return {
            **{name: button.click for name, button in self.bar.overlays.items()},
            **{f"layer_{name}": partial(self.skeleton.toggle, name) for name in LAYERS},
            **{f"look_{name.lower()}": partial(self.skeleton.look_from, name) for name in PRESETS},
            "point_at": self.start_aiming,
            "save_depth_picture": self.save_depth_picture,
            "save_3d_picture": self.save_3d_picture,
        }

    def begin(self) -> None:
        layers = {f"layer_{name}": button for name, button in self.skeleton.layer_buttons.items()}
        for name, button in (self.bar.overlays | layers).items():
            self.actions[name].setChecked(button.isChecked())
            button.toggled.connect(self.actions[name].setChecked)
        self.depth.setFocus()  # keys mean what the menus say, whatever comes first in the window

    def restore(self, store: QSettings) -> None:
        self.bar.restore(settings.read_group(store, "depth"))
        self._restyle(self.bar.chosen())
        kept = settings.read_group(store, "layers")
        for name, button in self.skeleton.layer_buttons.items():
            if name in kept:
                button.setChecked(bool(settings.like(True, kept[name])))

    def save(self, store: QSettings) -> None:
        settings.write_group(store, "depth", asdict(self.bar.chosen()))
        buttons = self.skeleton.layer_buttons.items()
        settings.write_group(store, "layers", {name: b.isChecked() for name, b in buttons})

    def close(self) -> None:
        self.skeleton.shutdown()

    # --- what the user does -------------------------------------------------------------------

    def start_aiming(self) -> None:
        """Point at the hand with the keyboard."""
        self.hub.mode_wanted.emit(False)
        self.depth.start_aiming()

    def warn(self, text: str) -> None:
        """A line over the depth image; empty: nothing to warn of."""
        if text != self.depth.warning:
            self.depth.set_warning(text)

    def show_findings(self, findings: list[Finding]) -> None:
        """What the check of the camera's settings says: hands are believed less for it."""
        self.depth.set_findings(findings)

    def save_depth_picture(self) -> None:
        self._save("Save the depth image", "depth.png", self.depth.picture)

    def save_3d_picture(self) -> None:
        picture = partial(self.skeleton.picture, PICTURE_PX)
        self._save("Save the 3-D view", "hand.png", picture)

    def _save(self, title: str, name: str, picture: Callable[[], QImage]) -> None:
        path = file_dialogs.ask_save(self.depth.window(), title, name, PICTURE_KINDS)
        if not path:
            return
        try:
            written = write_picture(picture(), path)
        except OutputError as error:
            self.hub.say("error", "The picture could not be saved", str(error))
        else:
            self.hub.say("info", "Picture saved", str(written))

    def _restyle(self, style: DepthStyle) -> None:
        self.depth.restyle(style)
        self.skeleton.colour(style.map)

    def _point_at(self, column: int, row: int) -> None:
        if not self.hub.exploring:
            self.hub.session.estimator.point_at((column, row))

    # --- what the threads say -----------------------------------------------------------------

    def _show(self, result: FrameResult) -> None:
        self.depth.set_result(result)
        self.skeleton.show_result(result)
        self._offer_colour(result.frame)

    def _preview(self, frame: Frame) -> None:
        self.depth.set_frame(corrected_frame(frame, self.hub.session.estimator.config.camera))
        self._offer_colour(frame)

    def _offer_colour(self, frame: Frame) -> None:
        """As an inset over the depth; alone it is the picture itself."""
        self.bar.offer_colour(frame.colour is not None and isinstance(frame, DepthFrame))

    def _on_opening(self, _: str | None) -> None:
        if self.hub.session.player is None:
            self.depth.clear("Opening…")

    def _on_mode(self, exploring: bool) -> None:
        self.skeleton.recentre()
        self.depth.set_caption("Explore: hand set by the sliders" if exploring else "")

    def _on_failure(self, _: Failure) -> None:
        if self.hub.session.player is None:
            self.depth.clear("Nothing is open", "Ctrl+O opens a recording, Ctrl+D the demo hand.")
