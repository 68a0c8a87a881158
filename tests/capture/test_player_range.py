"""A part of a recording: it is played, looped and left, by what arrives in the mailbox."""

from __future__ import annotations

import pytest

from app.capture.player_state import PlayerState
from tests.capture.fakes import ScriptedSource, drain
from tests.waiting import wait_until

PATIENCE_S = 10.0


def test_a_range_is_played_and_looped(make_player):
    player, box = make_player(ScriptedSource(20, fps=1000.0))
    player.set_loop(True)
    player.start(paused=True)
    assert box.get(PATIENCE_S).index == 0
    player.set_range(5, 8)
    player.play()
    wait_until(lambda: len(box) >= 10)
    player.pause()
    assert [f.index for f in drain(box)[:10]] == [5, 6, 7, 8, 5, 6, 7, 8, 5, 6]


def test_a_range_ends_the_playing_but_not_the_stepping(make_player):
    player, box = make_player(ScriptedSource(20, fps=1000.0))
    player.start(paused=True)
    player.set_range(5, 8)
    player.play()
    wait_until(lambda: player.state is PlayerState.ENDED)
    assert [f.index for f in drain(box)][-4:] == [5, 6, 7, 8]
    for count, index in ((1, 9), (1, 10), (-1, 9), (-9, 0)):
        player.step(count)
        assert box.get(PATIENCE_S).index == index
    player.play()  # from outside the range: at its start
    wait_until(lambda: player.state is PlayerState.ENDED)
    assert [f.index for f in drain(box)] == [5, 6, 7, 8]
    player.set_range()
    player.play()
    wait_until(lambda: player.position == 19)
    assert [f.index for f in drain(box)] == list(range(9, 20))


def test_a_range_without_a_readable_frame_ends_instead_of_spinning(make_player):
    player, _ = make_player(ScriptedSource(20, fps=1000.0, missing={5, 6}))
    player.set_loop(True)
    player.start(paused=True)
    player.set_range(5, 6)
    player.seek_frame(10)
    wait_until(lambda: player.position == 10)
    player.play()
    wait_until(lambda: player.state is PlayerState.ENDED)
    assert player.epoch < 10


@pytest.mark.parametrize("bounds", [(5, 4), (-1, 4), (0, -1)])
def test_an_empty_range_is_refused(make_player, bounds):
    player, _ = make_player(ScriptedSource())
    with pytest.raises(ValueError, match="no range"):
        player.set_range(*bounds)


def test_a_range_that_ends_before_what_was_read_ahead_leaves_it_out(make_player):
    player, box = make_player(ScriptedSource(10, fps=4.0))
    player.start()
    wait_until(lambda: player.stats.frames_in == 2)
    player.set_range(0, 0)
    wait_until(lambda: player.state is PlayerState.ENDED)
    assert [frame.index for frame in drain(box)] == [0]
    assert player.stats.discarded == 1
