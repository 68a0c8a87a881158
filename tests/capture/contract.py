"""What every source keeps to, whatever it reads from; the checks run over all of them."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from app.capture.base import DepthSource, EndOfStream
from app.capture.player import Player
from app.capture.player_state import PlayerState
from app.errors import CaptureError
from app.frames import DepthFrame
from app.threads.mailbox import Mailbox
from tests.waiting import wait_until

PATIENCE_S = 120.0  # nothing takes so long but what hangs: the demo may have to be compiled first
FRAMES = 5  # of a camera or the demo; a recording is read to its end


@dataclass(frozen=True)
class Specimen:
    """One source to be checked: made anew by `make`; `broken` cannot be opened."""

    make: Callable[[], DepthSource]
    broken: Callable[[], DepthSource] | None = None


def check_info(specimen: Specimen) -> None:
    with specimen.make() as source:
        info = source.open()
        assert info.name
        assert "\n" not in info.name + info.note + info.serial
        k = info.intrinsics
        assert min(k.width, k.height, k.fx, k.fy) > 0
        assert 1e-4 <= info.depth_unit_mm <= 100
        assert 1 <= info.fps <= 1000
        assert info.n_frames is None or info.n_frames >= 0
        assert not (info.live and info.seekable)


def check_frames(specimen: Specimen) -> None:
    """Numbered from 0 in epoch 0, stamped, of the camera that was told, not to be written to."""
    began_s = time.monotonic()
    with specimen.make() as source:
        info = source.open()
        assert source.position == 0
        frames = read_some(source)
        assert source.position == frames[-1].index + 1
    assert [f.index for f in frames] == list(range(len(frames)))
    stamps = [f.t_s for f in frames]
    assert np.isfinite(stamps).all()
    assert stamps == sorted(stamps)
    for frame in frames:
        assert frame.epoch == 0  # the player numbers epochs
        assert frame.depth_raw.dtype == np.uint16
        assert frame.depth_raw.shape == (frame.intrinsics.height, frame.intrinsics.width)
        assert not frame.depth_raw.flags.writeable
        assert frame.intrinsics == info.intrinsics
        assert frame.depth_unit_mm == info.depth_unit_mm
        assert began_s <= frame.t_host_s <= time.monotonic()


def check_end(specimen: Specimen) -> None:
    """A recording ends once and for all, with as many frames as it said; then it can be sought."""
    with specimen.make() as source:
        info = source.open()
        if info.n_frames is None:
            return
        assert len(list(source.frames())) == info.n_frames
        for _ in range(2):
            with pytest.raises(EndOfStream):
                source.read()
        if info.seekable:
            source.seek(0)
            assert source.read().index == 0


def check_seek(specimen: Specimen) -> None:
    with specimen.make() as source:
        info = source.open()
        if not info.seekable:
            for order in (lambda: source.seek(0), lambda: source.index_at(0.0)):
                with pytest.raises(CaptureError):
                    order()
            return
        frames = read_some(source)
        for frame in (*reversed(frames), frames[0]):
            source.seek(frame.index)
            assert source.position == frame.index
            again = source.read()
            assert (again.index, again.t_s) == (frame.index, frame.t_s)
            assert np.array_equal(again.depth_raw, frame.depth_raw)
            assert source.index_at(frame.t_s - info.start_s) == frame.index
        source.seek(-7)
        assert source.read().index == 0
        if info.n_frames is not None:
            source.seek(10**9)
            assert source.read().index == info.n_frames - 1


def check_close(specimen: Specimen) -> None:
    """Before it is open, twice, while it is read; afterwards it can be opened again."""
    source = specimen.make()
    source.close()
    before = source.open()
    first = read_one(source)
    source.close()
    source.close()
    assert source.open() == before
    again = read_one(source)
    assert again.index == first.index == 0
    if not before.live:
        assert np.array_equal(again.depth_raw, first.depth_raw)
    source.close()


def check_closed(specimen: Specimen) -> None:
    """One that is not open says so in our own words, or gives frames all the same (the demo)."""
    source = specimen.make()
    for _ in range(2):
        try:
            said = "" if source.read(0.01) is not None else "nothing"
        except CaptureError as error:
            said = str(error)
        assert said == "" or "not open" in said
        source.open()
        source.close()
    assert source.controls == ()


def check_silence(specimen: Specimen) -> None:
    """However often it is asked, `read` comes back: with a frame, without one, or with an end."""
    with specimen.make() as source:
        for _ in range(3 * FRAMES):
            try:
                frame = source.read(0.001)
            except (EndOfStream, CaptureError):
                return
            assert frame is None or isinstance(frame, DepthFrame)


def check_errors(specimen: Specimen) -> None:
    """What cannot be opened is one line and an exit code, and can be closed."""
    if specimen.broken is None:
        return
    source = specimen.broken()
    for _ in range(2):
        with pytest.raises(CaptureError) as caught:
            source.open()
        assert caught.value.exit_code == 3
        assert "\n" not in str(caught.value)
    source.close()
    source.close()


def check_player(specimen: Specimen) -> None:
    """Started, sought where that is possible, stopped and started again: an epoch each."""
    box: Mailbox[DepthFrame] = Mailbox(10_000)
    player = Player(specimen.make(), [box.put])
    player.start()
    wait_until(lambda: len(box) > 0 or player.state is PlayerState.FAULTED, PATIENCE_S)
    assert player.error is None
    assert (box.get(0).epoch, player.epoch) == (1, 1)
    seekable = player.info.seekable
    if seekable:
        player.seek_frame(1)
        wait_until(lambda: player.epoch == 2, PATIENCE_S)
        sought = (frame for frame in iter(lambda: box.get(PATIENCE_S), None) if frame.epoch == 2)
        assert next(sought).index == 1
    assert player.stop()
    assert player.state is PlayerState.STOPPED
    box.clear()
    player.start()
    wait_until(lambda: len(box) > 0, PATIENCE_S)
    first = box.get(0)
    assert (first.index, first.epoch) == (0, 2 + seekable)
    assert player.stop()


CHECKS = [value for name, value in list(globals().items()) if name.startswith("check_")]


def hold_to(specimen: Specimen, checks: list[Callable[[Specimen], None]] | None = None) -> None:
    """Run the checks on a thread of their own, where something that hangs is found out."""
    for check in CHECKS if checks is None else checks:
        failures: list[BaseException] = []
        thread = threading.Thread(target=_run, args=(check, specimen, failures), daemon=True)
        thread.start()
        thread.join(3 * PATIENCE_S)
        assert not thread.is_alive(), f"{check.__name__} hangs"
        if failures:
            raise failures[0]


def read_some(source: DepthSource) -> list[DepthFrame]:
    return list(itertools.islice(_until_patience_ends(source), FRAMES))


def read_one(source: DepthSource) -> DepthFrame:
    return next(_until_patience_ends(source))


def _until_patience_ends(source: DepthSource):
    give_up_s = time.monotonic() + PATIENCE_S
    for frame in iter(lambda: _read(source), None):
        if frame:
            yield from frame
        assert time.monotonic() < give_up_s, "no frame comes"


def _read(source: DepthSource) -> list[DepthFrame] | None:
    """A frame or none; None at the end."""
    try:
        frame = source.read(0.1)
    except EndOfStream:
        return None
    return [] if frame is None else [frame]


def _run(check: Callable, specimen: Specimen, failures: list[BaseException]) -> None:
    try:
        check(specimen)
    except BaseException as error:  # told on the test's own thread
        failures.append(error)
