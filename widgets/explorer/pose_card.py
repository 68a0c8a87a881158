"""A button that shows a hand, its name and a line below."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton

from widgets.explorer.hand_sketch import paint_hand
from widgets.parts import theme

_LINE = 15
_PAD = 4


class PoseCard(QAbstractButton):
    """Empty until `show_pose`; takes focus by Tab, Space presses it."""

    def __init__(self, empty: str, tip: str = ""):
        super().__init__()
        self.joints: np.ndarray | None = None  # float [21, 3], camera frame
        self.title, self.line, self._empty = "", "", empty
        self.setToolTip(tip)
        self.setAccessibleName(empty)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumSize(64, 84)

    def sizeHint(self) -> QSize:
        return QSize(84, 104)

    def show_pose(self, joints: np.ndarray, title: str, line: str = "", tip: str = "") -> None:
        self.joints, self.title, self.line = joints, title, line
        self.setAccessibleName(f"{title} {line}".strip())
        if tip:
            self.setToolTip(tip)
        self.update()

    def clear(self) -> None:
        self.joints, self.title, self.line = None, "", ""
        self.setAccessibleName(self._empty)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        edge = theme.ACCENT if self.hasFocus() else theme.LINE
        ground = theme.HOVER if self.underMouse() and self.isEnabled() else theme.PANEL
        painter.setPen(QPen(QColor(edge)))
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(frame, 5, 5)
        painter.setFont(theme.small_font(self.font()))
        lines = _LINE * (1 + bool(self.line))
        if self.joints is None:
            painter.setPen(QColor(theme.MUTED if self.isEnabled() else theme.FAINT))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(frame.adjusted(_PAD, _PAD, -_PAD, -_PAD), flags, self._empty)
            return
        paint_hand(painter, frame.adjusted(_PAD, _PAD, -_PAD, -lines - _PAD), self.joints)
        row = QRectF(frame.left() + 2, frame.bottom() - lines - 2, frame.width() - 4, _LINE)
        for text, colour in ((self.title, theme.TEXT), (self.line, theme.MUTED)):
            painter.setPen(QColor(colour))
            shown = painter.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, int(row.width())
            )
            painter.drawText(row, Qt.AlignmentFlag.AlignCenter, shown)
            row.translate(0, _LINE)
