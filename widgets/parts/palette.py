"""The colours of the window, dark and light. Every widget asks `theme` for the one in use."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtGui import QColor, QPalette


@dataclass(frozen=True, slots=True)
class Colours:
    """Hex colours; the contrast of texts is at least 4.5 : 1 on what they stand on."""

    WINDOW: str
    PANEL: str  # behind pictures
    FIELD: str  # behind lists and texts
    RAISED: str
    LINE: str
    TEXT: str
    MUTED: str
    FAINT: str  # of what is disabled
    ACCENT: str
    ON_ACCENT: str
    GOOD: str
    WARN: str
    BAD: str
    HOVER: str
    CHOSEN: str  # a button that is pressed or checked
    CHOSEN_LINE: str
    OFF: str  # a control that is disabled
    OFF_LINE: str
    FILLED: str  # of a slider
    KNOB: str
    KNOB_HOVER: str

    def names(self) -> dict[str, str]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


DARK = Colours(
    WINDOW="#1c1f24",
    PANEL="#14161a",
    FIELD="#14161a",
    RAISED="#282c33",
    LINE="#343a43",
    TEXT="#dde2e9",
    MUTED="#98a2b0",
    FAINT="#5f6875",
    ACCENT="#5b9fe8",
    ON_ACCENT="#0e1116",
    GOOD="#6cc08f",
    WARN="#e3b25a",
    BAD="#e5776f",
    HOVER="#2f343c",
    CHOSEN="#31465f",
    CHOSEN_LINE="#44648a",
    OFF="#20242a",
    OFF_LINE="#292e35",
    FILLED="#40638c",
    KNOB="#c5ced9",
    KNOB_HOVER="#ffffff",
)
LIGHT = Colours(
    WINDOW="#f3f4f6",
    PANEL="#e4e7eb",
    FIELD="#ffffff",
    RAISED="#ffffff",
    LINE="#c9ced6",
    TEXT="#1d2229",
    MUTED="#515a67",
    FAINT="#9aa2ae",
    ACCENT="#1762b5",
    ON_ACCENT="#ffffff",
    GOOD="#1e6f42",
    WARN="#855800",
    BAD="#b3261e",
    HOVER="#e8ebef",
    CHOSEN="#cfe0f5",
    CHOSEN_LINE="#8db3df",
    OFF="#eceef1",
    OFF_LINE="#dcdfe4",
    FILLED="#7fa8d9",
    KNOB="#5c6775",
    KNOB_HOVER="#1d2229",
)
_ROLES = (
    (QPalette.ColorRole.Window, "WINDOW"),
    (QPalette.ColorRole.Base, "FIELD"),
    (QPalette.ColorRole.AlternateBase, "WINDOW"),
    (QPalette.ColorRole.Button, "RAISED"),
    (QPalette.ColorRole.ToolTipBase, "RAISED"),
    (QPalette.ColorRole.WindowText, "TEXT"),
    (QPalette.ColorRole.Text, "TEXT"),
    (QPalette.ColorRole.ButtonText, "TEXT"),
    (QPalette.ColorRole.ToolTipText, "TEXT"),
    (QPalette.ColorRole.BrightText, "KNOB_HOVER"),
    (QPalette.ColorRole.PlaceholderText, "MUTED"),
    (QPalette.ColorRole.Highlight, "ACCENT"),
    (QPalette.ColorRole.HighlightedText, "ON_ACCENT"),
    (QPalette.ColorRole.Light, "HOVER"),
    (QPalette.ColorRole.Midlight, "HOVER"),
    (QPalette.ColorRole.Mid, "LINE"),
    (QPalette.ColorRole.Dark, "PANEL"),
    (QPalette.ColorRole.Shadow, "PANEL"),
    (QPalette.ColorRole.Link, "ACCENT"),
)
_TEXTS = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)


def make_palette(colours: Colours) -> QPalette:
    """The Qt palette of these colours."""
    palette = QPalette()
    for role, name in _ROLES:
        palette.setColor(role, QColor(getattr(colours, name)))
    for role in _TEXTS:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.FAINT))
    return palette
