"""The player: order, epochs, steps, seeks, ends and faults, by what arrives in the mailbox."""

import math
import threading
import time

import pytest

from app.capture.player_state import PlayerState
from app.errors import CaptureError, Disconnected, EndedEarly
from tests.capture.fakes import ScriptedSource, drain
from tests.waiting import wait_until

PATIENCE_S = 10.0


def test_every_taker_is_given_every_frame_in_order(make_player):
    player, box = make_player(ScriptedSource(60, fps=1000.0))
    seen = []
    player.takers.add(lambda frame: seen.append(frame.index))
    player.start()
    wait_until(lambda: player.state is PlayerState.ENDED)
    assert seen == [frame.index for frame in drain(box)] == list(range(60))
    assert (player.stats.frames_in, player.stats.shown) == (60, 60)


def test_live_drops_are_counted_and_the_newest_is_there(make_player):
    player, box = make_player(ScriptedSource(20, fps=1000.0), capacity=1)
    player.start()
    wait_until(lambda: player.state is PlayerState.ENDED)
    assert box.get(0).index == 19
    assert (box.dropped, player.stats.shown) == (19, 20)


@pytest.mark.parametrize(("speed", "least_s"), [(1.0, 0.4), (4.0, 0.1), (0.5, 0.8)])
def test_no_frame_is_ahead_of_its_stamp_at_any_speed(make_player, speed, least_s):
    player, box = make_player(ScriptedSource(21, fps=50.0))  # 20 gaps of 20 ms
    player.set_speed(speed)
    player.start()
    wait_until(lambda: player.state is PlayerState.ENDED)
    shown_s = [frame.t_host_s for frame in drain(box)]
    assert shown_s[-1] - shown_s[0] >= least_s - 0.01


def test_pause_stops_and_play_goes_on_without_loss(make_player):
    player, box = make_player(ScriptedSource(40, fps=100.0))
    player.start()
    wait_until(lambda: len(box) >= 5)
    player.pause()
    wait_until(lambda: player.state is PlayerState.PAUSED)
    count = len(box)
    time.sleep(0.1)
    assert len(box) == count
    player.play()
    wait_until(lambda: player.state is PlayerState.ENDED)
    frames = drain(box)
    assert [f.index for f in frames] == list(range(40))
    assert len({f.epoch for f in frames}) == 1


def test_steps_forwards_and_backwards_show_exactly_one_frame(make_player):
    player, box = make_player(ScriptedSource(10))
    player.start(paused=True)
    assert box.get(PATIENCE_S).index == 0
    for count, index in ((1, 1), (1, 2), (-1, 1), (1, 2), (5, 7), (-3, 4), (-20, 0)):
        player.step(count)
        assert box.get(PATIENCE_S).index == index
        assert box.get(0.03) is None
    assert player.state is PlayerState.PAUSED


def test_a_step_back_passes_over_frames_that_cannot_be_read(make_player):
    player, box = make_player(ScriptedSource(10, missing={4, 5}))
    player.start(paused=True)
    player.seek_frame(6)
    wait_until(lambda: player.position == 6)
    drain(box)
    player.step(-1)
    assert box.get(PATIENCE_S).index == 3


def test_a_seek_shows_its_frame_though_a_pause_follows_at_once(make_player):
    player, box = make_player(ScriptedSource(200, fps=5.0))
    player.start()
    wait_until(lambda: len(box) > 0)
    player.seek_frame(120)
    player.pause()
    wait_until(lambda: player.position == 120)
    assert drain(box)[-1].index == 120
    assert player.state is PlayerState.PAUSED


def test_a_frame_read_ahead_arrives_when_it_is_due(make_player):
    source = ScriptedSource(3, fps=0.1)
    player, box = make_player(source)
    player.start()
    wait_until(lambda: len(box) > 0 and source.position == 2)
    read_ahead_s = time.monotonic()
    wait_until(lambda: len(box) > 1)
    assert drain(box)[1].t_host_s >= read_ahead_s


def test_seek_while_paused_shows_that_frame_in_a_new_epoch(make_player):
    player, box = make_player(ScriptedSource(100, fps=50.0))
    player.start(paused=True)
    first = box.get(PATIENCE_S)
    player.seek_frame(42)
    second = box.get(PATIENCE_S)
    player.seek_time(1.5)
    third = box.get(PATIENCE_S)
    assert (first.index, second.index, third.index) == (0, 42, 75)
    assert first.epoch < second.epoch < third.epoch == player.epoch
    assert player.position == 75


def test_loop_starts_again_in_a_new_epoch(make_player):
    player, box = make_player(ScriptedSource(5, fps=1000.0))
    player.set_loop(True)
    player.start()
    wait_until(lambda: len(box) >= 12)
    player.stop()
    frames = drain(box)
    assert [f.index for f in frames[:12]] == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]
    assert len({f.epoch for f in frames[:12]}) == 3


def test_play_after_the_end_starts_from_the_first_frame(make_player):
    player, box = make_player(ScriptedSource(3, fps=1000.0))
    player.start()
    wait_until(lambda: player.state is PlayerState.ENDED)
    player.play()
    wait_until(lambda: len(box) == 6 and player.state is PlayerState.ENDED)
    assert [f.index for f in drain(box)] == [0, 1, 2, 0, 1, 2]


def test_ended_early_is_told_once_and_what_came_before_is_kept(make_player):
    failures = []
    source = ScriptedSource(10, fps=1000.0, faults={7: EndedEarly(7, 10)})
    player, box = make_player(source, on_failure=failures.append)
    player.start()
    wait_until(lambda: player.state is PlayerState.ENDED)
    assert [f.index for f in drain(box)] == list(range(7))
    assert [f.message for f in failures] == ["stops after frame 7 of 10; the rest is damaged"]
    assert not failures[0].fatal
    assert player.error.exit_code == 5


@pytest.mark.parametrize("where", ["open", 3])
@pytest.mark.parametrize("error", [Disconnected("gone"), RuntimeError("boom"), OSError(5, "disk")])
def test_any_fault_becomes_data_and_the_player_can_start_again(make_player, where, error):
    failures, source = [], ScriptedSource(10, faults={where: error})
    player, box = make_player(source, on_failure=failures.append)
    player.start()
    wait_until(lambda: player.state is PlayerState.FAULTED)
    assert len(failures) == 1
    assert failures[0].fatal
    assert failures[0].stage == "capture"
    assert isinstance(player.error, CaptureError)
    wait_until(lambda: source.closed == 1)
    drain(box)
    before = player.epoch
    source.faults.clear()
    wait_until(lambda: (player.start(), source.opened == 2)[1])
    wait_until(lambda: player.state is PlayerState.ENDED)
    frames = drain(box)
    assert [f.index for f in frames] == list(range(10))
    assert frames[0].epoch > before or where == "open"
    assert player.error is None


def test_a_paused_camera_is_still_read_from(make_player):
    source = ScriptedSource(None, kind="camera")
    player, box = make_player(source)
    player.start()
    wait_until(lambda: len(box) > 3)
    player.pause()
    wait_until(lambda: player.state is PlayerState.PAUSED)
    here, shown = source.position, len(box)
    wait_until(lambda: source.position > here + 5)
    assert len(box) == shown
    player.seek_frame(0)
    player.seek_time(1.0)  # a camera has no past: nothing happens, nothing breaks
    player.play()
    wait_until(lambda: len(box) > shown)


@pytest.fixture
def distant(make_player, monkeypatch):
    """Waits for its second frame, which is due in a quarter of an hour."""
    monkeypatch.setattr("app.capture.pace.MAX_GAP_S", 100.0)
    player, box = make_player(ScriptedSource(2, stamps=[0.0, 90.0]))
    player.set_speed(0.1)
    player.start()
    wait_until(lambda: len(box) == 1 and player.stats.frames_in == 2)
    return player, box


def test_stop_does_not_wait_for_a_distant_frame(distant):
    player, _ = distant
    assert player.stop()
    assert player.state is PlayerState.STOPPED


def test_a_change_of_speed_shortens_the_wait_that_is_running(distant, monkeypatch):
    player, box = distant
    monkeypatch.setattr("app.capture.pace.MAX_SPEED", 1000.0)
    player.set_speed(1000.0)
    wait_until(lambda: len(box) == 2)


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan, math.inf])
def test_impossible_speeds_are_refused(make_player, speed):
    player, _ = make_player(ScriptedSource())
    with pytest.raises(ValueError, match="not possible"):
        player.set_speed(speed)


def test_no_thread_is_left_after_many_starts_and_stops(make_player):
    before = threading.active_count()
    player, _ = make_player(ScriptedSource(None))
    for _ in range(10):
        player.start()
        assert player.stop()
    assert threading.active_count() == before


@pytest.mark.parametrize("paused", [False, True])
def test_states_are_told_in_order_and_each_once(make_player, paused):
    states = []
    player, _ = make_player(ScriptedSource(3, fps=1000.0), on_state=states.append)
    player.start(paused)
    if paused:
        wait_until(lambda: player.state is PlayerState.PAUSED)
        player.pause()
        player.play()
    wait_until(lambda: player.state is PlayerState.ENDED)
    assert player.stop()
    expected = [PlayerState.STARTING, *[PlayerState.PAUSED] * paused, PlayerState.RUNNING]
    assert states == [*expected, PlayerState.ENDED, PlayerState.STOPPED]


def test_what_was_read_ahead_is_counted_when_it_is_not_shown(make_player):
    player, box = make_player(ScriptedSource(100, fps=0.5))
    player.start()
    wait_until(lambda: len(box) == 1 and player.stats.frames_in == 2)
    player.seek_frame(50)
    wait_until(lambda: player.position == 50)
    assert player.stats.discarded == 1
    assert player.stop()
    stats = player.stats
    assert stats.frames_in == stats.shown + stats.discarded
    assert [frame.index for frame in drain(box)] == [0, 50]
    player.start()
    wait_until(lambda: len(box) == 1)
    assert player.stop()
    assert (box.get(0).index, player.position) == (0, 0)


def test_a_seek_goes_on_as_it_was_and_its_frame_does_not_wait_for_its_stamp(make_player):
    player, box = make_player(ScriptedSource(10_000, fps=2.0))
    player.start()
    assert box.get(PATIENCE_S).index == 0
    player.seek_frame(9_000)  # 75 minutes later in the recording
    assert box.get(PATIENCE_S).index == 9_000
    assert player.state is PlayerState.RUNNING
    assert box.get(PATIENCE_S).index == 9_001


def test_a_seek_from_the_end_is_a_pause(make_player):
    player, box = make_player(ScriptedSource(5, fps=1000.0))
    player.start()
    wait_until(lambda: player.state is PlayerState.ENDED)
    drain(box)
    player.seek_frame(2)
    assert box.get(PATIENCE_S).index == 2
    wait_until(lambda: player.state is PlayerState.PAUSED)


def test_a_single_frame_is_looped(make_player):
    player, box = make_player(ScriptedSource(1))
    player.set_loop(True)
    player.start()
    assert [box.get(PATIENCE_S).index for _ in range(3)] == [0, 0, 0]
