"""Latents and walks to and from files, asked for by dialogs: what the buttons of the page do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.errors import AppError
from app.explore.walk_export import KINDS
from app.frames import Failure
from app.latent.file import LatentFile, read_latent_file, write_latents
from widgets.explorer.latent_panel import LatentPanel
from widgets.explorer.walk_job import Progress, WalkJob
from widgets.explorer.walk_page import NO_PATH
from widgets.hub import Hub
from widgets.parts import file_dialogs
from widgets.parts.bridge import Bridge

HAND = "hand"  # the name in a file of the hand set by the sliders


class LatentFiles(QObject):
    """Reads and writes for one panel; says what happened through the hub."""

    def __init__(self, hub: Hub, panel: LatentPanel):
        super().__init__()
        self._hub, self._panel = hub, panel
        self._news: Bridge[Progress | Failure] = Bridge(capacity=64)
        self._news.connect(self._on_news)
        self.job = WalkJob(self._news.mailbox.put)
        self._exported = ""  # which path, in words
        panel.walks.open_wanted.connect(self.ask_open)
        panel.walks.save_wanted.connect(self.ask_save)
        panel.walks.export_wanted.connect(self.ask_export)
        panel.walks.cancel_wanted.connect(self.job.cancel)

    def close(self) -> None:
        self.job.stop()
        self._news.close()

    # --- by dialog ----------------------------------------------------------------------------

    def ask_open(self) -> None:
        given = file_dialogs.ask_latents(self._window())
        if given:
            self.open(Path(given))

    def ask_save(self) -> None:
        if self._panel.z is None:
            return
        given = file_dialogs.ask_save(
            self._window(), "Save latents", "latents.json", "Latents (*.json)"
        )
        if given:
            self.save(Path(given))

    def ask_export(self) -> None:
        if self.job.running:
            return
        if self._panel.walks.path is None:
            self._hub.say("info", "There is no path to export", NO_PATH)
            return
        kinds = ";;".join(f"{name} (*{suffix})" for suffix, name in KINDS.items())
        given = file_dialogs.ask_save(
            self._window(), f"Export the {self._panel.walks.describe_path()}", "path", kinds
        )
        if given:
            self.export(Path(given))

    # --- without ------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Latents: the hand, A and B are those of the file. A walk: it is the path to play."""
        space = self._panel.rows.space
        if space is None:
            self._hub.say("warning", "Latents not opened", "No network is loaded yet.")
            return
        try:
            file = read_latent_file(path, space)
        except AppError as error:
            self._hub.say("error", "Latents not opened", error.message, error.hint)
            return
        self._take(file, path.name)
        engine = self._hub.session.explorer.engine
        if file.weights and engine is not None and file.weights != engine.weights:
            text = f"{path.name} was made with {file.weights}; the hands may look different."
            self._hub.say("warning", "Made with other weights", text)
        else:
            self._hub.say("info", "Latents opened", str(path))

    def save(self, path: Path) -> None:
        """The hand set by the sliders, and the keyframes."""
        engine, panel = self._hub.session.explorer.engine, self._panel
        space = panel.rows.space
        if panel.z is None or space is None or engine is None:
            return
        try:
            write_latents(path, {HAND: panel.z, **panel.walks.keyframes}, space, engine.weights)
        except AppError as error:
            self._hub.say("error", "Latents not saved", error.message, error.hint)
            return
        self._hub.say("info", "Latents saved", str(path))

    def export(self, path: Path) -> None:
        """The chosen path, by the suffix; goes on in the background."""
        engine, walks = self._hub.session.explorer.engine, self._panel.walks
        space, way = self._panel.rows.space, walks.path
        if engine is None or space is None or way is None:
            return
        self._exported = walks.describe_path()
        walks.show_progress(0.0)
        self.job.start(path, way, walks.seconds, engine, space)

    # --- inside -------------------------------------------------------------------------------

    def _take(self, file: LatentFile, name: str) -> None:
        walks = self._panel.walks
        for letter, z in file.latents.items():
            if letter in ("A", "B"):
                walks.set_keyframe(letter, z)
        if file.walk is not None:
            walks.set_walked(file.walk, name)
            walks.show_share(0.0)
            self._panel.go_to(file.walk.at(0.0), text=f"Open {name}")
        else:
            hand = file.latents.get(HAND)
            hand = next(iter(file.latents.values())) if hand is None else hand
            self._panel.go_to(hand, text=f"Open {name}")

    def _on_news(self) -> None:
        for news in self._news.take_all():
            if isinstance(news, Failure):
                self._panel.walks.show_progress(None)
                self._hub.say("error", "Path not exported", news.message, news.detail)
                continue
            self._panel.walks.show_progress(news.share)
            if news.share is None and news.text:
                self._hub.say("info", "Path exported", f"The {self._exported}: {news.text}")

    def _window(self) -> QWidget:
        return self._panel.window()
