"""The synthesis as large as one likes: a window of its own over the same comparison."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QVBoxLayout

from widgets.views.synthesis_view import SynthesisView

FIRST_SIZE = QSize(1060, 500)


class SynthesisWindow(QDialog):
    """Not modal; shows what `view` shows while it is open."""

    def __init__(self, view: SynthesisView):
        super().__init__(view.window())
        self.setWindowTitle("Synthesis")
        self._source, self.view = view, SynthesisView()
        self.view.setToolTip("Escape closes")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.view)
        self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize() * 0.9))
        view.compared.connect(self._follow)
        self.view.large_wanted.connect(self.close)

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._follow()

    def _follow(self) -> None:
        if not self.isVisible():
            return
        own, source = self.view, self._source
        own.map_name = source.map_name
        own.crop_caption, own.crop_hint = source.crop_caption, source.crop_hint
        own.show_comparison(source.comparison)
