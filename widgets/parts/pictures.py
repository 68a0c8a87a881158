"""Pictures of the views as PNG files, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageWriter

from app.errors import OutputError
from app.outputs import write_atomically


def write_picture(image: QImage, path: str) -> Path:
    """Write `path`, with the ending .png if it has none. Returns where. Raises OutputError."""
    target = Path(path)
    target = target if target.suffix else target.with_suffix(".png")
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    kind = target.suffix[1:]
    if image.isNull() or not QImageWriter(buffer, QByteArray(kind.encode())).write(image):
        raise OutputError(f"cannot write {target}", f"a picture of type {kind} is not known")
    write_atomically(target, bytes(buffer.data().data()))
    return target
