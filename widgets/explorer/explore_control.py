"""The latent explorer and the synthesis view: live or explore, and whose crop is compared."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from app.capture.player_state import PlayerState
from app.explore.explorer import Request, SpaceReady
from app.frames import Failure, FrameResult
from widgets.controller import Controller, DockPlan
from widgets.explorer.latent_files import LatentFiles
from widgets.explorer.latent_panel import LatentPanel
from widgets.hub import Hub
from widgets.menus import Actions
from widgets.views.comparison import Comparison
from widgets.views.synthesis_view import SynthesisView

SCORED_S = 0.25  # a live hand is judged this often


class ExploreControl(Controller):
    """Owns the latent panel and the synthesis view."""

    def __init__(self, hub: Hub, actions: Actions):
        super().__init__(hub, actions)
        self.latents, self.synthesis = LatentPanel(), SynthesisView()
        self._files = LatentFiles(hub, self.latents)
        self._resume = False  # play on when exploring ends
        self._scored_s = 0.0
        hub.estimated.connect(self._follow)
        hub.shown.connect(self._show)
        hub.scored.connect(self.latents.show_score)
        hub.space_ready.connect(self._on_space)
        hub.source_changed.connect(lambda _: self.latents.forget_live())
        hub.mode_wanted.connect(self.latents.explore)
        hub.failed.connect(self._on_failure)
        self.latents.changed.connect(self._imagine)
        self.latents.mode_changed.connect(self._on_mode)
        self._show_steps()
        self.latents.history.stack.indexChanged.connect(lambda _: self._show_steps())

    def docks(self) -> list[DockPlan]:
        return [
            DockPlan("Latent explorer", self.latents, "left", stretch=600),
            DockPlan("Synthesis", self.synthesis, "right", stretch=400),
        ]

    def commands(self) -> dict[str, Callable[[], object]]:
        latents = self.latents
        return {
            "explore": lambda: latents.explore(not latents.exploring),
            "undo": latents.history.undo,
            "redo": latents.history.redo,
            "freeze": latents.freeze,
            "draw": latents.draw,
            "walk": latents.walk_button.click,
            "reset_latent": latents.reset_all,
            "mark_a": lambda: latents.mark("A"),
            "mark_b": lambda: latents.mark("B"),
            "play_way": latents.walks.play_button.click,
            "open_latents": self._files.ask_open,
            "save_latents": self._files.ask_save,
            "export_way": self._files.ask_export,
        }

    def close(self) -> None:
        self.latents.stop()
        self.latents.history.close()
        self._files.close()

    def restyle(self, map_name: str) -> None:
        """The colour map of the depth view holds here too."""
        self.synthesis.restyle(map_name)

    def open_latents(self, path: str) -> None:
        """A file that was dropped on the window."""
        self._files.open(Path(path))

    def _show_steps(self) -> None:
        """What would be undone, and done again, in the menu."""
        stack = self.latents.history.stack
        for name, able, text in (
            ("undo", stack.canUndo(), stack.undoText()),
            ("redo", stack.canRedo(), stack.redoText()),
        ):
            self.actions[name].setEnabled(able)
            self.actions[name].setText(f"&{name.capitalize()} {text}".rstrip())

    def _on_space(self, ready: SpaceReady) -> None:
        self.latents.set_space(ready)

    def _follow(self, result: FrameResult) -> None:
        hand = result.first
        if hand is not None:
            self.latents.follow(hand)
        now = time.monotonic()
        if self.hub.exploring or now - self._scored_s < SCORED_S:
            return
        self._scored_s = now
        if hand is not None:
            self.hub.session.explorer.ask_score(hand)
        else:
            self.latents.show_score(None)

    def _on_failure(self, failure: Failure) -> None:
        if failure.stage == "estimator":
            self.latents.say_no_network()

    def _show(self, result: FrameResult) -> None:
        hand = result.first
        if hand is None:
            self.synthesis.show_comparison(Comparison(None, None))
            return
        crop = hand.crop
        flip = slice(None, None, -1 if crop.mirrored else 1)  # left hands look like left hands
        frozen = not self.hub.exploring or self.latents.frozen is not None
        seen = crop.image[:, flip] if frozen else None
        made = None if hand.synthesised is None else hand.synthesised[:, flip]
        self.synthesis.show_comparison(Comparison(seen, made, crop.cube_mm))

    def _on_mode(self, exploring: bool) -> None:
        self.synthesis.crop_caption = "Frozen crop" if exploring else "Crop"
        self.synthesis.crop_hint = "Freeze a live hand to compare" if exploring else "–"
        self.hub.set_exploring(exploring)
        player = self.hub.session.player
        if exploring:
            info = self.hub.info
            self._resume = player is not None and player.state is PlayerState.RUNNING
            if self._resume and player is not None and info is not None and not info.live:
                player.pause()
        else:
            if self._resume and player is not None:
                player.play()
            self._resume = False

    def _imagine(self) -> None:
        z, frozen = self.latents.z, self.latents.frozen
        if z is None:
            return
        crop = frozen.crop if frozen is not None else None
        mirrored = crop is not None and crop.mirrored
        self.hub.imagine(Request(z, crop, mirrored))
