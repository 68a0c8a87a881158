"""What the window remembers: one ini file."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths

RECENT = 8


def open_settings() -> QSettings:
    """The user's settings; CROSSING_NETS_SETTINGS names another file."""
    given = os.environ.get("CROSSING_NETS_SETTINGS")
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    path = given or str(Path(folder) / "crossing-nets-live" / "window.ini")
    return QSettings(path, QSettings.Format.IniFormat)


def recent_files(settings: QSettings) -> list[str]:
    """Newest first; those that no longer exist are left out."""
    value = settings.value("recent", [])
    paths = value if isinstance(value, list) else [value]  # Qt gives one alone as a string
    return [p for p in paths if isinstance(p, str) and Path(p).exists()][:RECENT]


def add_recent(settings: QSettings, path: str) -> None:
    """Put a recording or folder at the top of the list."""
    full = str(Path(path).absolute())
    paths = [full, *(p for p in recent_files(settings) if p != full)]
    settings.setValue("recent", paths[:RECENT])


def clear_recent(settings: QSettings) -> None:
    """Forget what was opened."""
    settings.remove("recent")


def read_group(settings: QSettings, group: str) -> dict[str, object]:
    """Every value below `group/`."""
    settings.beginGroup(group)
    values = {key: settings.value(key) for key in settings.childKeys()}
    settings.endGroup()
    return values


def like(example: object, value: object) -> object:
    """A value of an ini file, which are strings, as the type of `example`.

    None and "" stand for a path that is not set. Raises ValueError.
    """
    text = "" if value is None else str(value)
    if isinstance(example, bool):
        return text.lower() in ("true", "1")
    if isinstance(example, int | float):
        return type(example)(text)
    return text or None


def write_group(settings: QSettings, group: str, values: dict[str, object]) -> None:
    for key, value in values.items():
        settings.setValue(f"{group}/{key}", value)
