"""The hand of a latent, computed beside the GUI thread: Dec(z) and Gen(Ali(z)), newest wins."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.capture.mailbox import Mailbox
from app.errors import WeightsError
from app.frames import CUBE_MM, DepthFrame, Failure, HandCrop, HandEstimate, Intrinsics, read_only
from app.inference.engine import Engine
from app.model.latent import LatentSpace
from app.skeleton import mirror
from widgets.colours import BACKGROUND_FROM
from widgets.directions import Direction, describe_directions

DISTANCE_MM = 450.0  # where the explored hand is put in front of its virtual camera
UNIT_MM = 0.125
WAIT_S = 0.1


@dataclass(frozen=True, slots=True)
class Request:
    """Show the hand of `z`; `crop` is the frozen picture to compare it with, if there is one."""

    z: np.ndarray
    crop: HandCrop | None = None
    mirrored: bool = False
    t_s: float = 0.0  # monotonic, when it was asked for


@dataclass(frozen=True, slots=True)
class SpaceReady:
    """A network is loaded: its latent space, and its directions, the most visible first."""

    space: LatentSpace
    directions: tuple[Direction, ...]


class Explorer:
    """A thread that answers requests with estimates every view can show."""

    def __init__(
        self,
        engine: Callable[[], Engine | None],
        results: Mailbox[HandEstimate],
        tell: Callable[[Failure | SpaceReady], None],
        read_space: Callable[[Engine], LatentSpace | None],
    ):
        self._engine, self._results, self._tell = engine, results, tell
        self._read_space = read_space
        self._seen: Engine | None = None
        self._known: Engine | None = None  # whose latent space has been told
        self._requests: Mailbox[Request] = Mailbox()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._count = 0

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="explorer", daemon=True)
        self._thread.start()

    def ask(self, request: Request) -> None:
        """Returns at once; a request that was not begun yet gives way to this one."""
        self._requests.put(request)

    def stop(self, timeout_s: float = 2.0) -> bool:
        """True: the thread has ended."""
        self._stopping.set()
        self._requests.close()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        waiting: Request | None = None
        while not self._stopping.is_set():
            waiting = self._requests.get(WAIT_S) or waiting
            engine = self._engine()
            if engine is None:
                continue
            try:
                self._greet(engine)
                if waiting is not None:
                    self._count += 1
                    self._results.put(imagine(engine, waiting, self._count))
            except Exception as error:  # the one place: a fault of the network becomes data
                text = f"this latent cannot be shown: {error}"
                self._tell(Failure("explorer", text, traceback.format_exc(), fatal=False))
            waiting = None

    def _greet(self, engine: Engine) -> None:
        if engine is self._known:
            return
        if engine is not self._seen:  # the file's name is settled by the next round
            self._seen = engine
            return
        self._known = engine
        try:
            space = self._read_space(engine)
        except WeightsError as error:
            self._tell(Failure("latents", str(error), traceback.format_exc(), fatal=False))
            return
        if space is not None:
            self._tell(SpaceReady(space, describe_directions(space, engine.decode)))


def imagine(engine: Engine, request: Request, index: int = 0) -> HandEstimate:
    """The estimate whose frame is the synthesised depth, seen by the virtual camera."""
    z = np.asarray(request.z, np.float32)[None]
    cube_mm = request.crop.cube_mm if request.crop is not None else CUBE_MM
    joints = engine.decode(z)[0] * (cube_mm / 2)
    image = np.ascontiguousarray(engine.synthesise(z)[0], np.float32)
    shown = image[:, ::-1] if request.mirrored else image
    joints = mirror(joints) if request.mirrored else joints
    centre = np.array([0.0, 0.0, DISTANCE_MM], np.float32)
    now = time.monotonic()
    crop = HandCrop(
        image=request.crop.image if request.crop is not None else np.ones_like(image),
        centre_mm=centre,
        cube_mm=cube_mm,
        rotation=np.eye(3, dtype=np.float32),
        mirrored=request.mirrored,
    )
    return HandEstimate(
        frame=_frame(shown, cube_mm, index, request.t_s or now),
        detected=True,
        hand="left" if request.mirrored else "right",
        confidence=1.0,
        crop=crop,
        z=read_only(z[0].copy()),
        joints_mm=read_only((joints + centre).astype(np.float32)),
        synthesised=read_only(image),
        t_done_s=now,
    )


def _frame(image: np.ndarray, cube_mm: float, index: int, t_s: float) -> DepthFrame:
    side = image.shape[0]
    depth = (DISTANCE_MM + image * (cube_mm / 2)) / UNIT_MM
    raw = np.where(image < BACKGROUND_FROM, depth, 0).astype(np.uint16)
    focal = side * DISTANCE_MM / cube_mm
    middle = (side - 1) / 2
    camera = Intrinsics(side, side, focal, focal, middle, middle)
    return DepthFrame(index, 0, t_s, t_s, read_only(raw), camera, UNIT_MM)
