"""How a RealSense is asked to stream: as it was chosen last, in this run or the one before."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSettings

from app.capture.base import BadSource
from app.capture.cameras.realsense_choice import StreamChoice, parse_choice

REALSENSE = "realsense"
KEY = "stream/realsense"


class StreamMemory:
    """`choice` is what the next RealSense is asked for; it has no serial."""

    def __init__(self) -> None:
        self.choice = StreamChoice()

    def restore(self, store: QSettings) -> None:
        """Take what the last run has left."""
        self.keep(choice_of(str(store.value(KEY, REALSENSE))) or StreamChoice())

    def save(self, store: QSettings) -> None:
        """Leave it for the next run."""
        store.setValue(KEY, self.choice.spec)

    def keep(self, choice: StreamChoice) -> None:
        """Ask for this from now on, of whichever camera."""
        self.choice = replace(choice, serial="")

    def complete(self, spec: str) -> str:
        """SOURCE of a camera with what was chosen for its kind the last time. From any thread."""
        given = choice_of(spec)
        if given is None or says_more(given):
            return spec
        return replace(self.choice, serial=given.serial).spec


def says_more(choice: StreamChoice) -> bool:
    """Than which camera it is."""
    return choice != StreamChoice(serial=choice.serial)


def choice_of(spec: str) -> StreamChoice | None:
    """What SOURCE says of a RealSense's stream; None: it is of something else."""
    kind, _, words = spec.partition(":")
    if kind != REALSENSE:
        return None
    try:
        return parse_choice(words) if words else StreamChoice()
    except BadSource:
        return None
