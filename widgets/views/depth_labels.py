"""The words over a depth image: what is seen, and what to do where there is nothing to see."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from app.frames import FrameResult, HandEstimate
from widgets.parts import theme
from widgets.parts.palette import DARK

SURE = 0.5  # confidence from which a hand is shown as a good one


def state_of(result: FrameResult | None, caption: str) -> tuple[str, str, float | None]:
    """Text, colour and share of the chip in the corner; a caption takes its place."""
    if caption:
        return caption, DARK.ACCENT, None
    if result is None:
        return "No network yet", DARK.MUTED, None
    if not result.hands:
        return "No hand", DARK.MUTED, None
    worst = min(hand.confidence for hand in result.hands)
    text = "   ".join(_describe(hand) for hand in result.hands)
    return text, DARK.GOOD if worst >= SURE else DARK.WARN, worst


def _describe(hand: HandEstimate) -> str:
    return f"{hand.hand.capitalize()} hand  {hand.confidence * 100:.0f} %"


def paint_empty(painter: QPainter, area: QRectF, base: QFont, title: str, hint: str) -> None:
    """Two calm lines in the middle."""
    middle = area.adjusted(24, 0, -24, 0)
    font = QFont(base)
    font.setPointSizeF(font.pointSizeF() + 3)
    painter.setFont(font)
    painter.setPen(QColor(theme.TEXT))
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
    top = middle.adjusted(0, 0, 0, -middle.height() / 2 - 4)
    painter.drawText(top, flags | Qt.AlignmentFlag.AlignBottom, title)
    painter.setFont(base)
    painter.setPen(QColor(theme.MUTED))
    low = middle.adjusted(0, middle.height() / 2 + 6, 0, 0)
    painter.drawText(low, flags | Qt.AlignmentFlag.AlignTop, hint)
