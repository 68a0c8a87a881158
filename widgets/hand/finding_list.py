"""What a check found: a line each, and a button where something can be done."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.inference.camera_check import Finding
from widgets.parts.buttons import PushButton
from widgets.parts.icons import icon

MOST = 3
_LOOKS = {"good": ("good", "GOOD"), "doubtful": ("warning", "WARN"), "wrong": ("error", "BAD")}
_ICON_PX = 18


class FindingList(QWidget):
    """The worst findings; rows are kept, so that nothing jumps while texts change."""

    fix_wanted = Signal(object)  # CameraConfig

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        self.rows = [_Row(self) for _ in range(MOST)]
        for row in self.rows:
            column.addWidget(row)
            row.fix.clicked.connect(lambda _=False, row=row: self._mend(row.finding))

    def show_findings(self, findings: list[Finding]) -> None:
        """The worst first."""
        for k, row in enumerate(self.rows):
            row.show_finding(findings[k] if k < len(findings) else None)

    def _mend(self, finding: Finding | None) -> None:
        if finding is not None and finding.fix is not None:
            self.fix_wanted.emit(finding.fix)


class _Row(QWidget):
    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.finding: Finding | None = None
        self.mark, self.text, self.fix = QLabel(), QLabel(), PushButton("")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.text)
        words.addWidget(self.fix, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.show_finding(None)

    def show_finding(self, finding: Finding | None) -> None:
        if finding == self.finding and self.isHidden() == (finding is None):
            return
        self.finding = finding
        self.setVisible(finding is not None)
        if finding is not None:
            name, colour = _LOOKS[finding.level]
            self.mark.setPixmap(icon(name, colour).pixmap(_ICON_PX))
            self.mark.setAccessibleName(finding.level)
            self.text.setText(finding.text)
            self.fix.setText(finding.fix_text)
            self.fix.setVisible(finding.fix is not None)
