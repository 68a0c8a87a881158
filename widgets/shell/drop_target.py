"""A file that is dragged over the window: what letting it go would do, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from widgets.parts import theme

RIM_PX = 3.0
EDGE_PX = 6.0  # of the window, that stays outside the rim
WORDS = {".safetensors": "Drop to load these weights", ".json": "Drop to open these latents"}
OTHERWISE = "Drop to open this recording"


class DropTarget(QWidget):
    """Lies over the whole window while a file is dragged; the pointer goes through it.

    takers: what takes the path of a file, by its ending; opens: what takes all others, and folders.
    """

    def __init__(
        self,
        window: QWidget,
        takers: Mapping[str, Callable[[str], object]],
        opens: Callable[[str], object],
    ):
        super().__init__(window)
        self._window, self._takers, self._opens = window, takers, opens
        self.words, self.name = "", ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def enter(self, event: QDragEnterEvent) -> None:
        """Say what can be done with it; what cannot be opened is refused by the pointer."""
        path = _path_of(event.mimeData())
        if not path:
            return
        event.acceptProposedAction()
        self.words, self.name = WORDS.get(self._ending(path), OTHERWISE), Path(path).name
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()

    def leave(self) -> None:
        """It was carried away again."""
        self.hide()

    def take(self, event: QDropEvent) -> None:
        """It was let go."""
        self.hide()
        path = _path_of(event.mimeData())
        if path:
            self._takers.get(self._ending(path), self._opens)(path)
            event.acceptProposedAction()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(theme.WINDOW)
        veil.setAlphaF(0.8)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(QColor(theme.ACCENT), RIM_PX))
        inside = QRectF(self.rect()).adjusted(EDGE_PX, EDGE_PX, -EDGE_PX, -EDGE_PX)
        painter.drawRoundedRect(inside, 2 * EDGE_PX, 2 * EDGE_PX)
        middle = inside.center().y()
        centred = Qt.AlignmentFlag.AlignHCenter
        font = theme.small_font(self.font(), -6)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(theme.TEXT))
        above = QRectF(inside.left(), inside.top(), inside.width(), middle - inside.top() - 4)
        painter.drawText(above, centred | Qt.AlignmentFlag.AlignBottom, self.words)
        painter.setFont(theme.small_font(self.font(), -1))
        painter.setPen(QColor(theme.MUTED))
        below = above.translated(0, above.height() + 8)
        name = painter.fontMetrics().elidedText(
            self.name, Qt.TextElideMode.ElideMiddle, int(inside.width() - 40)
        )
        painter.drawText(below, centred | Qt.AlignmentFlag.AlignTop, name)

    def _ending(self, path: str) -> str:
        ending = Path(path).suffix.lower()
        return ending if ending in self._takers and not Path(path).is_dir() else ""


def _path_of(data: QMimeData) -> str:
    """The first file or folder of this computer; empty: there is none."""
    return next((url.toLocalFile() for url in data.urls() if url.isLocalFile()), "")
