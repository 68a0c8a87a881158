"""Where a player stands, and what it has counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from app.capture.frame_check import FrameFaults


class PlayerState(Enum):
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    FAULTED = "faulted"


@dataclass(frozen=True, slots=True)
class PlayerStats:
    frames_in: int  # frames the source gave, those that were left out not among them
    shown: int  # of these, given to the takers
    discarded: int = 0  # frames read ahead, then not wanted: after a seek, at a range's end
    lost: int = 0  # frames that the camera made and that never reached us
    faults: FrameFaults = field(default_factory=FrameFaults)  # what was wrong with frames
