"""The colours of the window, dark and light. Every widget asks `theme` for the one in use."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtGui import QColor, QPalette


@dataclass(frozen=True, slots=True)
class Colours:
    """Hex colours. On what they stand on texts have a contrast of 4.5 : 1, edges of 3 : 1."""

    NAME: str  # also in the names of pictures that the style sheet takes from files
    WINDOW: str
    PANEL: str  # behind pictures
    FIELD: str  # behind lists and texts
    RAISED: str
    LINE: str  # parts what belongs together
    EDGE: str  # round what can be pressed, chosen or typed into
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
    NAME="dark",
    WINDOW="#1c1f24",
    PANEL="#14161a",
    FIELD="#14161a",
    RAISED="#282c33",
    LINE="#343a43",
    EDGE="#77808d",
    TEXT="#dde2e9",
    MUTED="#98a2b0",
    FAINT="#939ca9",
    ACCENT="#5b9fe8",
    ON_ACCENT="#0e1116",
    GOOD="#6cc08f",
    WARN="#e3b25a",
    BAD="#e5776f",
    HOVER="#2f343c",
    CHOSEN="#31465f",
    CHOSEN_LINE="#7aa2d0",
    OFF="#20242a",
    OFF_LINE="#292e35",
    FILLED="#5b9fe8",
    KNOB="#c5ced9",
    KNOB_HOVER="#ffffff",
)
LIGHT = Colours(
    NAME="light",
    WINDOW="#f3f4f6",
    PANEL="#e4e7eb",
    FIELD="#ffffff",
    RAISED="#ffffff",
    LINE="#c9ced6",
    EDGE="#757e8b",
    TEXT="#1d2229",
    MUTED="#515a67",
    FAINT="#5f6774",
    ACCENT="#1762b5",
    ON_ACCENT="#ffffff",
    GOOD="#1e6f42",
    WARN="#855800",
    BAD="#b3261e",
    HOVER="#e8ebef",
    CHOSEN="#cfe0f5",
    CHOSEN_LINE="#3f73b3",
    OFF="#eceef1",
    OFF_LINE="#dcdfe4",
    FILLED="#1762b5",
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
