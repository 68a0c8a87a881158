"""What a player tells of faults: as whose, how often, and whether somebody foresaw them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.capture.player import Player
from app.capture.player_state import PlayerState
from app.errors import Disconnected
from tests.capture.fakes import ScriptedSource
from tests.waiting import wait_until


class Torn(ScriptedSource):
    """Every picture lacks a row."""

    def read(self, timeout_s=0.2):
        frame = super().read(timeout_s)
        return replace(frame, depth_raw=frame.depth_raw[:-1])


def test_frames_that_are_left_out_are_told_once_a_start():
    failures, shown = [], []
    player = Player(Torn(30, fps=1000.0), [shown.append], failures.append)
    for starts in (1, 2):
        player.start()
        wait_until(lambda: player.state is PlayerState.ENDED)
        assert len(failures) == starts
        assert player.stop()
    assert "left out" in failures[0].message
    assert (failures[0].stage, failures[0].fatal, shown) == ("capture", False, [])


@pytest.mark.parametrize(
    ("error", "crashed"), [(Disconnected("gone"), False), (ZeroDivisionError("firmware"), True)]
)
def test_the_fault_of_a_camera_is_told_as_one(error, crashed):
    failures = []
    source = ScriptedSource(None, kind="camera", faults={2: error})
    player = Player(source, on_failure=failures.append)
    player.start()
    wait_until(lambda: player.state is PlayerState.FAULTED)
    assert [(f.stage, f.fatal) for f in failures] == [("camera", True)]
    assert player.crashed == crashed
    assert player.stop()
