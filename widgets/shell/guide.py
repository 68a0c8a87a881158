"""The guide inside the program: the documents that come with it, one of them shown at a time."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QTextBrowser, QWidget

from app.resources import DOCS

PAGES = {  # file in docs -> title
    "explorer.md": "Latent explorer",
    "recordings.md": "Recordings",
    "sensors.md": "Cameras",
    "exports.md": "Exports",
    "outlet.md": "Live outlet",
    "api.md": "Use from Python",
}
MISSING = "This page was not installed with the program."
SIZE, LIST_PX = (980, 680), 150


class Guide(QDialog):
    """Not modal. Links lead from page to page; those to the web open in the browser."""

    def __init__(self, parent: QWidget, folder: Path = DOCS):
        super().__init__(parent)
        self.setWindowTitle("Guide")
        self._folder = folder
        self.list = QListWidget()
        self.list.setAccessibleName("Pages of the guide")
        self.list.setFixedWidth(LIST_PX)
        self.list.addItems(list(PAGES.values()))
        self.text = QTextBrowser()
        self.text.setAccessibleName("Page of the guide")
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        self.list.currentRowChanged.connect(lambda row: self._show(list(PAGES)[row]))
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 14, 14, 14)
        row.setSpacing(12)
        row.addWidget(self.list)
        row.addWidget(self.text, 1)
        self.resize(*SIZE)
        self.list.setCurrentRow(0)

    def _show(self, name: str) -> None:
        path = self._folder / name
        try:
            self.text.setMarkdown(path.read_text(encoding="utf-8"))
        except OSError:
            self.text.setPlainText(MISSING)

    def _follow(self, link: QUrl) -> None:
        """To another page, a heading of this one, or out into the web."""
        if link.scheme() in ("http", "https"):
            QDesktopServices.openUrl(link)
        elif link.fileName() in PAGES:
            self.list.setCurrentRow(list(PAGES).index(link.fileName()))
        elif link.hasFragment():
            self.text.scrollToAnchor(link.fragment())
