"""What crashed is started again, what stands still is told, each once."""

import time
from itertools import count

import pytest

from app.capture.player import Player
from app.capture.player_state import PlayerState
from app.frames import FrameResult
from app.inference.estimator import Estimator, EstimatorState
from app.inference.watchdog import (
    MOST,
    WITHIN_S,
    Stage,
    Watchdog,
    watch_camera,
    watch_estimator,
)
from app.threads.mailbox import Mailbox
from tests.capture.fakes import ScriptedSource
from tests.waiting import wait_until


class Worker:
    """Does what the test says."""

    def __init__(self):
        self.beats, self.working, self.crashed, self.starts = 0, True, False, 0
        self.told = []
        stage = Stage(
            "the worker", lambda: self.beats, lambda: self.working, lambda: self.crashed, self.start
        )
        self.dog = Watchdog(lambda failure: self.told.append(failure.message), silent_s=3.0)
        self.dog.stages.append(stage)

    def start(self):
        self.starts += 1
        self.crashed = False

    def look(self, *times):
        for now_s in times:
            self.dog.look(now_s)
        told, self.told = self.told, []
        return told


def test_a_worker_that_beats_or_has_nothing_to_do_is_left_in_peace():
    worker = Worker()
    for k in range(20):
        worker.beats += 1
        assert worker.look(float(k)) == []
    worker.working = False
    assert worker.look(30.0, 40.0, 50.0) == []
    worker.working = True  # again since just now
    assert worker.look(52.0) == []


def test_silence_is_told_once_and_its_end_too():
    worker = Worker()
    assert worker.look(0.0, 2.9) == []
    assert worker.look(3.1) == ["the worker has not answered for 3 seconds"]
    assert worker.look(5.0, 60.0) == []
    worker.beats += 1
    assert worker.look(61.0) == ["the worker goes on"]
    assert worker.look(62.0) == []
    assert worker.starts == 0


def test_a_crash_is_followed_by_a_new_start_each_later_than_the_last():
    worker = Worker()
    worker.crashed = True
    assert worker.look(0.0, 0.4) == []
    assert worker.look(0.6) == ["the worker has failed and was started again"]
    worker.crashed = True
    assert worker.look(1.0, 1.9) == []
    assert worker.look(2.1) == ["the worker has failed and was started again"]
    assert worker.starts == 2


def test_one_that_fails_again_and_again_is_left_alone_until_somebody_starts_it():
    worker = Worker()
    worker.crashed = True
    now_s, told = 0.0, []
    for _ in range(400):
        now_s += 0.1
        told += worker.look(now_s)
        worker.crashed = True
    assert worker.starts == MOST
    assert told[-1].endswith("is left alone")
    assert worker.look(now_s + 3 * WITHIN_S) == []
    worker.crashed = False  # somebody did
    worker.beats += 1
    assert worker.look(now_s + 3 * WITHIN_S + 1) == []
    worker.crashed = True
    assert worker.look(now_s + 3 * WITHIN_S + 2, now_s + 3 * WITHIN_S + 3)
    assert worker.starts == MOST + 1


class BrokenPipeline:
    """Fails at these frames."""

    engine = None

    def __init__(self, *bad):
        self.bad = set(bad)

    def process(self, frame):
        if frame.index in self.bad:
            self.bad.remove(frame.index)
            raise RuntimeError("out of order")
        return make_result(frame)


def make_result(frame):
    return FrameResult(frame, (), {"total": 1.0}, time.monotonic())


@pytest.fixture
def camera_frames():
    source = ScriptedSource(None)
    source.open()
    return [source.read() for _ in range(6)]


def test_an_estimator_that_crashed_goes_on_and_no_frame_is_forgotten(camera_frames):
    frames, results, told = Mailbox(16), Mailbox(16), []
    pipeline = BrokenPipeline(2)
    estimator = Estimator(frames, results, build=lambda _: pipeline)
    dog = Watchdog(told.append)
    dog.stages.append(watch_estimator(estimator))
    estimator.start()
    for frame in camera_frames:
        frames.put_wait(frame)
    wait_until(lambda: estimator.state is EstimatorState.FAULTED)
    dog.look(100.0)
    dog.look(101.0)
    wait_until(lambda: len(results) == 5)
    stats = estimator.stats()
    assert (stats.frames_in, stats.frames_estimated, stats.frames_failed) == (6, 5, 1)
    assert [failure.fatal for failure in told] == [False]
    assert estimator.stop()


def test_a_camera_that_crashed_is_opened_again_a_recording_is_not():
    for kind, starts in (("camera", 2), ("recording", 1)):
        source = ScriptedSource(None, kind=kind, faults={3: ZeroDivisionError("firmware")})
        player = Player(source)
        dog = Watchdog(lambda _: None)
        dog.stages.append(watch_camera(lambda player=player: player))
        player.start()
        wait_until(lambda player=player: player.state is PlayerState.FAULTED)
        source.faults.clear()
        clock_s = count(100.0)  # a thread that is just ending is started again a look later

        def running(player=player, dog=dog, clock_s=clock_s) -> bool:
            dog.look(next(clock_s))
            return player.state is PlayerState.RUNNING

        running(), running()  # the first look sets the time, the second keeps it
        if starts == 2:
            wait_until(running)
        player.stop()
        assert source.opened == starts


def test_a_camera_that_gives_no_frames_is_told():
    class Mute(ScriptedSource):
        def read(self, timeout_s=0.2):
            time.sleep(0.001)
            return None

    told = []
    player = Player(Mute(None, kind="camera"))
    dog = Watchdog(lambda failure: told.append(failure.message))
    dog.stages.append(watch_camera(lambda: player))
    player.start()
    wait_until(lambda: player.state is PlayerState.RUNNING)
    dog.look(100.0)
    dog.look(104.0)
    player.stop()
    assert told == ["the camera has not answered for 3 seconds"]
