"""What recording costs: the demo played at its pace with and without a recorder, and read back."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.capture.demo import SyntheticSource
from app.capture.player import Player
from app.capture.recorder.recorder import Recorder
from app.capture.recordings.rosbag import BagSource
from app.errors import CaptureError, OutputError

FPS = 90.0
WAIT_S = 0.01
OPEN_S = 120.0  # the first time, what the demo needs is compiled
FINISH_S = 60.0  # a slow disk may take its time over the last frames


@dataclass(frozen=True, slots=True)
class RecordingCost:
    """Of `seconds` of the demo with a recorder, and as many without one."""

    seconds: float
    fps_asked: float
    fps_without: float  # that capture delivered
    fps_with: float
    ratio: float  # with / without
    cpu_ms_per_frame: float  # of the whole process, that recording adds
    frames: int  # captured while recording
    dropped: int  # of these, by the recorder
    missing: int  # of these, not in the file
    wrong: int  # of those in the file, not equal to what was captured in every pixel
    mb: float  # size of the file

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Played:
    """Some time of capture."""

    seconds: float
    cpu_s: float  # of the whole process
    frames: int  # in that time
    numbers: list[int]  # of all frames, those before and after that time too


def measure_recording(seconds: float, fps: float = FPS) -> RecordingCost:
    """Half of the time without, all of it with, the other half without. Raises OutputError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.bag"
        before = play(fps, seconds / 2)
        recorder = Recorder(path, SyntheticSource(fps).open(), joints=False)
        recorder.start()
        recorder.wait_open()
        during = play(fps, seconds, recorder)
        if not recorder.stop(FINISH_S):
            raise OutputError(f"{path} cannot be finished: the disk does not answer")
        if recorder.error is not None:
            raise recorder.error
        after = play(fps, seconds / 2)
        found, wrong = read_back(path, fps)
        return RecordingCost(
            seconds=seconds,
            fps_asked=fps,
            **compare(before, during, after),
            frames=len(during.numbers),
            dropped=recorder.stats.dropped,
            missing=len(set(during.numbers) - found),
            wrong=wrong,
            mb=round(recorder.stats.size / 1e6, 1),
        )


def compare(before: Played, during: Played, after: Played) -> dict[str, float]:
    """Rates and the processor's time of capture with a recorder, against those around it."""
    without = (before.frames + after.frames) / (before.seconds + after.seconds)
    cpu_s = (before.cpu_s + after.cpu_s) / (before.frames + after.frames)
    return {
        "fps_without": round(without, 3),
        "fps_with": round(during.frames / during.seconds, 3),
        "ratio": round(during.frames / during.seconds / without, 4),
        "cpu_ms_per_frame": round((during.cpu_s / during.frames - cpu_s) * 1e3, 3),
    }


def play(fps: float, seconds: float, recorder: Recorder | None = None) -> Played:
    """Capture the demo for so long, from its first frame on."""
    numbers: list[int] = []
    recorded = [recorder.take] if recorder is not None else []
    player = Player(SyntheticSource(fps), [*recorded, lambda frame: numbers.append(frame.index)])
    player.start()
    give_up_s = time.monotonic() + OPEN_S
    while not numbers and time.monotonic() < give_up_s:
        time.sleep(WAIT_S)
    if not numbers:
        player.stop()
        raise player.error or CaptureError("the demo gives no frame")
    began_s, cpu_s, first = time.monotonic(), time.process_time(), len(numbers)
    time.sleep(seconds)
    frames = len(numbers) - first
    elapsed_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
    player.stop()
    return Played(elapsed_s, cpu_s, max(frames, 1), numbers)


def read_back(path: Path, fps: float) -> tuple[set[int], int]:
    """(numbers of the frames in the file, how many of them differ from the demo's own)."""
    found, wrong, source = set(), 0, SyntheticSource(fps)
    with BagSource(path) as recording:
        for frame in recording.depth_frames():
            number = round(frame.t_s * fps)
            found.add(number)
            source.seek(number)
            wrong += not np.array_equal(source.read().depth_raw, frame.depth_raw)
    return found, wrong


def print_cost(cost: RecordingCost, as_json: bool) -> None:
    """On stdout."""
    if as_json:
        print(json.dumps(cost.to_json(), indent=1))
        return
    print(f"the demo at {cost.fps_asked:g} fps, {cost.seconds:g} s with a recorder and without")
    print(f"captured: {cost.fps_with} fps with, {cost.fps_without} without, ratio {cost.ratio}")
    print(f"recording takes {cost.cpu_ms_per_frame} ms of a processor a frame")
    print(
        f"{cost.frames} frames, {cost.mb} MB: {cost.dropped} dropped, {cost.missing} missing, "
        f"{cost.wrong} not equal in every pixel"
    )
