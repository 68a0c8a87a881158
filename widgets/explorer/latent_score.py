"""What is thought of the hand: realism by the discriminator, rank under the prior, anatomy."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.explore.score import Anatomy, LatentScore
from app.hand.coupling import SLACK_DEG as ALONE_SLACK_DEG
from app.hand.plausible import OVERLAP_MM, SLACK_DEG
from widgets.parts import theme

REAL = (0.5, 0.25)  # realism from which a picture passes, and below which it is marked
USUAL = (0.05, 0.01)  # the same of the rank: one draw in twenty, in a hundred, is less likely
TIP = (
    "Realism: how much the synthesised depth looks like a sensor's, judged by the network.\n"
    "It marks blurred and doubled pictures; a well drawn but odd pose passes.\n"
    "Prior: what the network knows of usual hands; so many of its draws are less usual than this.\n"
    "Joints: within anatomical limits, no finger inside another, none alone where it is tied."
)
_ROW = 18


class ScorePanel(QWidget):
    """Three lines: a name, a bar or a verdict. Empty until `show_score`."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.score: LatentScore | None = None
        self.anatomy: Anatomy | None = None  # the last one known
        self.setFixedHeight(2 * _ROW + 2)
        self.setToolTip(TIP)
        self.setAccessibleName("Realism of the hand")

    def sizeHint(self) -> QSize:
        return QSize(260, 2 * _ROW + 2)

    def show_score(self, score: LatentScore | None) -> None:
        """None: nothing is known of the hand."""
        self.score = score
        if score is None or score.anatomy is not None:
            self.anatomy = None if score is None else score.anatomy
        self.setAccessibleDescription("; ".join(self.texts()))
        self.update()

    def texts(self) -> list[str]:
        """What is written: realism, prior, joints."""
        if self.score is None:
            return ["Realism –", "Prior –", "Joints –"]
        realism, rank = self.score.realism, self.score.rank
        return [f"Realism {100 * realism:.0f} %", f"Prior {100 * rank:.0f} %", self._joints()]

    def _joints(self) -> str:
        if self.anatomy is None:
            return "Joints –"
        if self.anatomy.possible:
            return "Joints within their limits"
        worst = max(
            (self.anatomy.beyond_deg / SLACK_DEG, 0),
            (self.anatomy.overlap_mm / OVERLAP_MM, 1),
            (self.anatomy.alone_deg / ALONE_SLACK_DEG, 2),
        )[1]
        return (
            f"No hand does this: a joint {self.anatomy.beyond_deg:.0f}° beyond its limit",
            f"No hand does this: fingers {self.anatomy.overlap_mm:.0f} mm inside each other",
            f"Hard to do: a finger {self.anatomy.alone_deg:.0f}° too far on its own",
        )[worst]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.small_font(self.font()))
        half = (self.width() - 12) / 2
        shares = (0.0, 0.0)
        if self.score is not None:
            shares = (self.score.realism, self.score.rank)
        texts = self.texts()
        for k, (share, limits) in enumerate(zip(shares, (REAL, USUAL), strict=True)):
            left = k * (half + 12)
            word = texts[k].split()[0]
            text_width = painter.fontMetrics().horizontalAdvance(f"{word} 100 %") + 6
            painter.setPen(QColor(theme.MUTED))
            row = QRectF(left, 0, text_width, _ROW)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, texts[k])
            bar = QRectF(left + text_width, _ROW / 2 - 2.5, half - text_width, 5)
            self._paint_bar(painter, bar, share, limits)
        possible = self.anatomy is None or self.anatomy.possible
        painter.setPen(QColor(theme.MUTED if possible else theme.WARN))
        row = QRectF(0, _ROW, self.width(), _ROW)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, texts[2])

    def _paint_bar(
        self, painter: QPainter, bar: QRectF, share: float, limits: tuple[float, float]
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.LINE))
        painter.drawRoundedRect(bar, 2.5, 2.5)
        if self.score is None:
            return
        good, fair = limits
        colour = theme.GOOD if share >= good else theme.WARN if share >= fair else theme.BAD
        painter.setBrush(QColor(colour))
        filled = QRectF(bar)
        filled.setWidth(max(bar.width() * share, 4.0))
        painter.drawRoundedRect(filled, 2.5, 2.5)
