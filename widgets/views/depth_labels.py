"""The words over a depth image: what is seen, and what to do where there is nothing to see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from app.frames import DepthFrame, FrameResult, HandEstimate
from app.inference.camera_check import Finding
from app.inference.reasons import Reason, doubts, honest_confidence
from widgets.parts import theme
from widgets.parts.palette import DARK

SURE = 0.5  # confidence from which a hand is shown as a good one


@dataclass(frozen=True, slots=True)
class Judged:
    """A hand with how far it is to be believed, and what speaks against it."""

    hand: HandEstimate
    confidence: float  # 0..1, of which the reasons have taken their part
    reasons: tuple[Reason, ...] = ()


def judge(result: FrameResult | None, findings: Iterable[Finding] = ()) -> tuple[Judged, ...]:
    """What is thought of each hand of a result. findings: of the check of the camera's settings."""
    if result is None or not isinstance(result.frame, DepthFrame):
        return tuple(Judged(hand, hand.confidence) for hand in (result.hands if result else ()))
    known = tuple(findings)
    found = ((hand, doubts(result.frame, hand, known)) for hand in result.hands)
    return tuple(Judged(hand, honest_confidence(hand, why), why) for hand, why in found)


def state_of(
    result: FrameResult | None, caption: str, judged: tuple[Judged, ...] = ()
) -> tuple[str, str, float | None]:
    """Text, colour and share of the chip in the corner; a caption takes its place."""
    if caption:
        return caption, DARK.ACCENT, None
    if result is None:
        return "No network yet", DARK.MUTED, None
    if not judged:
        return "No hand", DARK.MUTED, None
    worst = min(one.confidence for one in judged)
    text = "   ".join(_describe(one) for one in judged)
    return text, DARK.GOOD if worst >= SURE else DARK.WARN, worst


def doubt_of(judged: tuple[Judged, ...]) -> str:
    """One sentence: why the hand that is trusted least is; empty where all can be trusted."""
    doubted = [one for one in judged if one.reasons and one.confidence < SURE]
    return min(doubted, key=lambda one: one.confidence).reasons[0].message if doubted else ""


def _describe(one: Judged) -> str:
    return f"{one.hand.hand.capitalize()} hand  {one.confidence * 100:.0f} %"


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
