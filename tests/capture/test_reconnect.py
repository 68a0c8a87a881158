"""A camera that goes and comes back: waited for without blocking, numbered on, told once."""

import time

import pytest

from app.capture.player import Player
from app.capture.player_state import PlayerState
from app.capture.reconnect import Interrupted, ReconnectingSource
from app.errors import Disconnected, SourceNotFound
from app.threads.mailbox import Mailbox
from tests.capture.fakes import ScriptedSource


class PulledSource(ScriptedSource):
    """Goes after `lasts` frames; away for `absent` looks."""

    def __init__(self, lasts=3, absent=2):
        super().__init__(n=None, kind="camera", faults={lasts: Disconnected("it has gone", "hint")})
        self.absent, self.looks = absent, 0

    def open(self):
        if self.opened:
            self.looks += 1
            if self.looks <= self.absent:
                raise SourceNotFound("no camera answers")
        return super().open()


def read_until(source, wanted, limit_s=5.0):
    give_up_s = time.monotonic() + limit_s
    frames = []
    while len(frames) < wanted and time.monotonic() < give_up_s:
        if (frame := source.read(0.05)) is not None:
            frames.append(frame.index)
    return frames


def test_it_goes_on_when_the_camera_is_back():
    inner = PulledSource()
    source = ReconnectingSource(inner, retry_s=0.02)
    source.open()
    assert read_until(source, 3) == [0, 1, 2]
    with pytest.raises(Interrupted, match=r"it has gone .*by itself"):
        source.read()
    assert source.waiting
    assert inner.closed == 1
    assert source.reopened is None
    assert read_until(source, 2) == [3, 4]
    assert (source.waiting, source.generation, inner.looks) == (False, 1, 3)
    assert source.position == 5
    assert source.reopened is source.info


def test_waiting_takes_no_longer_than_it_may_and_no_processor():
    source = ReconnectingSource(PulledSource(lasts=1, absent=10**9), retry_s=0.3)
    source.open()
    source.read()
    with pytest.raises(Interrupted):
        source.read()
    spent_s, reads = time.process_time(), 0
    give_up_s = time.monotonic() + 0.5
    while time.monotonic() < give_up_s:
        assert source.read(0.2) is None
        reads += 1
    assert reads < 50
    assert time.process_time() - spent_s < 0.4
    source.close()
    assert not source.waiting


def test_the_first_open_waits_for_nothing():
    inner = ScriptedSource(faults={"open": SourceNotFound("no camera answers")})
    with pytest.raises(SourceNotFound):
        ReconnectingSource(inner).open()


@pytest.mark.parametrize("paused", [False, True])
def test_the_player_waits_for_it_and_begins_a_new_epoch(paused):
    failures, box = [], Mailbox(10_000)
    source = ReconnectingSource(PulledSource(lasts=3, absent=2), retry_s=0.02)
    player = Player(source, [box.put], on_failure=failures.append)
    player.start(paused)
    give_up_s = time.monotonic() + 5
    while source.generation < 2 and time.monotonic() < give_up_s:
        time.sleep(0.01)
    epochs = player.epoch
    assert player.state is (PlayerState.PAUSED if paused else PlayerState.RUNNING)
    assert player.stop()
    assert epochs >= 2
    assert {failure.fatal for failure in failures} == {False}
    assert all("by itself" in failure.message for failure in failures)
    frames = [box.get(0) for _ in range(len(box))]
    if not paused:
        assert [f.index for f in frames] == list(range(len(frames)))
        assert len({f.epoch for f in frames}) >= 2
        assert all(f.epoch == 1 + f.index // 3 for f in frames)


def test_what_belongs_to_the_camera_passes_through():
    inner = ScriptedSource(kind="camera")
    source = ReconnectingSource(inner)
    assert source.controls == inner.controls == ()
    assert (source.lost, source.refusal, source.generation) == (0, "", 0)
