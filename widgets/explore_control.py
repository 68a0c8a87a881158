"""The latent explorer and the synthesis view: live or explore, and whose crop is compared."""

from __future__ import annotations

from collections.abc import Callable

from app.capture.player import PlayerState
from app.frames import Failure, HandEstimate
from widgets.controller import Controller, DockPlan
from widgets.explorer import Request, SpaceReady
from widgets.hub import Hub
from widgets.latent_panel import LatentPanel
from widgets.synthesis_view import Comparison, SynthesisView


class ExploreControl(Controller):
    """Owns the latent panel and the synthesis view."""

    def __init__(self, hub: Hub):
        super().__init__(hub)
        self.latents, self.synthesis = LatentPanel(), SynthesisView()
        self._resume = False  # play on when exploring ends
        hub.estimated.connect(self.latents.follow)
        hub.shown.connect(self._show)
        hub.space_ready.connect(self._on_space)
        hub.source_changed.connect(lambda _: self.latents.forget_live())
        hub.mode_wanted.connect(self.latents.explore)
        hub.failed.connect(self._on_failure)
        self.latents.changed.connect(self._imagine)
        self.latents.mode_changed.connect(self._on_mode)

    def docks(self) -> list[DockPlan]:
        return [
            DockPlan("Latent explorer", self.latents, "left", stretch=600),
            DockPlan("Synthesis", self.synthesis, "right"),
        ]

    def commands(self) -> dict[str, Callable[[], object]]:
        latents = self.latents
        return {
            "explore": lambda: latents.explore(not latents.exploring),
            "freeze": latents.freeze,
            "draw": latents.draw,
            "walk": latents.walk_button.click,
            "reset_latent": latents.reset_all,
        }

    def close(self) -> None:
        self.latents.stop()

    def restyle(self, map_name: str) -> None:
        """The colour map of the depth view holds here too."""
        self.synthesis.restyle(map_name)

    def _on_space(self, ready: SpaceReady) -> None:
        self.latents.set_space(ready.space, ready.directions)

    def _on_failure(self, failure: Failure) -> None:
        if failure.stage == "estimator":
            self.latents.say_no_network()

    def _show(self, estimate: HandEstimate) -> None:
        crop = estimate.crop
        if crop is None:
            self.synthesis.show_comparison(Comparison(None, None))
            return
        flip = slice(None, None, -1 if crop.mirrored else 1)  # left hands look like left hands
        frozen = not self.hub.exploring or self.latents.frozen is not None
        seen = crop.image[:, flip] if frozen else None
        made = None if estimate.synthesised is None else estimate.synthesised[:, flip]
        self.synthesis.show_comparison(Comparison(seen, made, crop.cube_mm))

    def _on_mode(self, exploring: bool) -> None:
        self.synthesis.crop_caption = "Frozen crop" if exploring else "Crop"
        self.synthesis.crop_hint = "Freeze a live hand to compare" if exploring else "–"
        self.hub.set_exploring(exploring)
        player = self.hub.session.player
        if exploring:
            self._resume = player is not None and player.state is PlayerState.RUNNING
            if self._resume and not self.hub.info.live:
                player.pause()
        else:
            if self._resume and player is not None:
                player.play()
            self._resume = False

    def _imagine(self) -> None:
        frozen = self.latents.frozen
        crop = frozen.crop if frozen is not None else None
        mirrored = crop is not None and crop.mirrored
        self.hub.imagine(Request(self.latents.z, crop, mirrored))
