"""The recordings that were open before, in the dock and in the menu, with a picture of each."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QMenu

from app.capture.base import StreamInfo
from app.frames import FrameResult
from widgets.hub import Hub
from widgets.parts import settings
from widgets.source.source_panel import SourcePanel
from widgets.source.thumbnails import Thumbnails


class RecentFiles(QObject):
    """Keeps the list in `store`; its pictures are made from what is estimated anyway."""

    def __init__(
        self, hub: Hub, store: QSettings, pictures: Thumbnails, panel: SourcePanel, menu: QMenu
    ):
        super().__init__()
        self._hub, self._store, self._pictures = hub, store, pictures
        self._panel, self._menu = panel, menu
        self._without = ""  # the recording that plays, while it has no picture
        self._since_s = 0.0  # frames from before are of another source
        menu.setObjectName("recent")
        menu.aboutToShow.connect(self._fill_menu)
        panel.forget_wanted.connect(self.clear)
        hub.source_changed.connect(self._on_source)
        hub.estimated.connect(self._on_estimate)

    def show(self) -> None:
        """The list in the dock as it is now."""
        paths = settings.recent_files(self._store)
        found = {path: icon for path in paths if (icon := self._pictures.find(path)) is not None}
        self._panel.show_recent(paths, found)

    def clear(self) -> None:
        """Forget them all, and their pictures."""
        settings.clear_recent(self._store)
        self._pictures.keep_only([])
        self._without = ""
        self.show()

    def _on_source(self, info: StreamInfo) -> None:
        spec, self._without = self._hub.session.spec, ""
        if spec is not None and Path(spec).exists():
            settings.add_recent(self._store, spec)
            self._pictures.keep_only(settings.recent_files(self._store))
            full = settings.recent_files(self._store)[0]
            self._without = full if self._pictures.find(full) is None else ""
            self._since_s = 0.0 if info.n_frames == 1 else time.monotonic()
        self.show()

    def _on_estimate(self, result: FrameResult) -> None:
        """The first hand of a recording that has no picture yet."""
        if self._without and result.detected and result.frame.t_host_s >= self._since_s:
            path, self._without = self._without, ""
            if self._pictures.take(path, result):
                self.show()

    def _fill_menu(self) -> None:
        self._menu.clear()
        for path in settings.recent_files(self._store):
            action = self._menu.addAction(path)
            picture = self._pictures.find(path)
            if picture is not None:
                action.setIcon(picture)
            action.triggered.connect(lambda _=False, path=path: self._hub.open(path))
        if self._menu.isEmpty():
            self._menu.addAction("Nothing yet").setEnabled(False)
            return
        self._menu.addSeparator()
        self._menu.addAction("&Clear this list").triggered.connect(self.clear)
