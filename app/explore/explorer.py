"""The hand of a latent, computed beside the GUI thread: newest wins; then what to think of it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.engine.engine import Engine
from app.errors import AppError
from app.explore.decode import decode_to_estimate, picture_of
from app.explore.directions import Direction, describe_directions
from app.explore.reach import clear_share
from app.explore.score import LatentScore, score_latent
from app.frames import CUBE_MM, Failure, FrameResult, HandCrop, HandEstimate
from app.hand.reference_poses import reference_poses
from app.latent.density import PriorDensity
from app.latent.space import FACING, LatentSpace
from app.threads.mailbox import Mailbox
from app.threads.own_thread import OwnThread

WAIT_S = 0.1
ANATOMY_S = 0.5  # the slow part of a score is made this often at most


@dataclass(frozen=True, slots=True)
class Request:
    """Show the hand of `z`; `crop` is the frozen picture to compare it with, if there is one."""

    z: np.ndarray
    crop: HandCrop | None = None
    mirrored: bool = False
    t_s: float = 0.0  # monotonic, when it was asked for


@dataclass(frozen=True, slots=True)
class Reference:
    """A known pose as this network encodes it."""

    name: str
    origin: str  # one line: where it comes from
    z: np.ndarray  # float32 [D], palm to the camera
    joints: np.ndarray  # float32 [21, 3], palm to the camera, mm


@dataclass(frozen=True, slots=True)
class SpaceReady:
    """A network is loaded: what there is to explore.

    Its latent space, its directions, the most visible first, its prior's density, the known poses,
    and Dec(z) for pictures in the panel.
    """

    space: LatentSpace
    directions: tuple[Direction, ...]
    density: PriorDensity
    references: tuple[Reference, ...]
    decode: Callable[[np.ndarray], np.ndarray]  # z [N, D] -> joints_norm [N, 21, 3], 0.1 ms each
    weights: str = ""


class Explorer:
    """A thread that answers requests with results every view can show.

    results: where the hands of latents go; scores: what is thought of each hand once it is shown.
    """

    def __init__(
        self,
        engine: Callable[[], Engine | None],
        results: Mailbox[FrameResult],
        scores: Mailbox[LatentScore],
        tell: Callable[[Failure | SpaceReady], object],
        read_space: Callable[[Engine], LatentSpace | None],
    ):
        self._engine, self._results, self._scores, self._tell = engine, results, scores, tell
        self._read_space = read_space
        self._met: Engine | None = None  # asked for its latent space, whatever came of it
        self._known: Engine | None = None  # whose latent space has been told
        self._density: PriorDensity | None = None
        self._requests: Mailbox[Request] = Mailbox()
        self._unscored: Mailbox[HandEstimate] = Mailbox()
        self._thread = OwnThread("explorer")
        self._count = 0
        self._anatomy_s = 0.0
        self._brief: HandEstimate | None = None  # scored, but for its anatomy

    @property
    def engine(self) -> Engine | None:
        """The network whose latent space was told last; None until then."""
        return self._known

    def start(self) -> None:
        self._thread.start(self._run)

    def ask(self, request: Request) -> None:
        """Returns at once; a request that was not begun yet gives way to this one."""
        self._requests.put(request)

    def ask_score(self, hand: HandEstimate) -> None:
        """Of a hand that is seen live; returns at once."""
        if hand.synthesised is not None:
            self._unscored.put(hand)

    def stop(self, timeout_s: float = 2.0) -> bool:
        """True: the thread has ended."""
        self._thread.ending.set()
        self._requests.close()
        return self._thread.stop(timeout_s)

    def _run(self) -> None:
        waiting: Request | None = None
        while not self._thread.ending.is_set():
            waiting = self._requests.get(0.0 if self._can_score() else WAIT_S) or waiting
            engine = self._engine()
            if engine is None:
                continue
            try:
                self._greet(engine)
                if engine is self._known and waiting is not None:
                    self._show(engine, waiting)
                elif engine is self._known:  # else what is asked for are another one's latents
                    self._score(engine)
            except Exception as error:  # the one place: a fault of the network becomes data
                text = f"this latent cannot be shown: {error}"
                self._tell(Failure("explorer", text, traceback.format_exc(), fatal=False))
            waiting = None

    def _can_score(self) -> bool:
        """A hand waits for its score, and the network is there."""
        known = self._density is not None and self._engine() is self._known
        return known and len(self._unscored) > 0

    def _show(self, engine: Engine, asked: Request) -> None:
        self._count += 1
        when = asked.t_s or time.monotonic()
        hand = decode_to_estimate(engine, asked.z, asked.crop, asked.mirrored)
        self._results.put(picture_of(hand, self._count, when, when))
        self._unscored.put(hand)

    def _score(self, engine: Engine) -> None:
        """Only where no request waits: the picture comes first."""
        if self._density is None:
            return
        now = time.monotonic()
        anatomy = now - self._anatomy_s >= ANATOMY_S
        hand = self._unscored.get(0.0) or (self._brief if anatomy else None)
        if hand is None or len(hand.z) != self._density.space.neutral().size:
            return
        self._anatomy_s = now if anatomy else self._anatomy_s
        self._brief = None if anatomy else hand
        self._scores.put(score_latent(engine, self._density, hand, anatomy))

    def _greet(self, engine: Engine) -> None:
        """Tell the latent space of a network not met before; it is known once that is done."""
        if engine is self._met:
            return
        self._met = engine
        try:
            space = self._read_space(engine)
            ready = None if space is None else describe_space(engine, space, PriorDensity(space))
        except Exception as error:  # a fault of the network or of its file becomes data
            text = str(error) if isinstance(error, AppError) else f"no latent space: {error}"
            self._tell(Failure("latents", text, traceback.format_exc(), fatal=False))
            return
        if ready is not None:
            self._known, self._density = engine, ready.density
            self._tell(ready)


def describe_space(engine: Engine, space: LatentSpace, density: PriorDensity) -> SpaceReady:
    """What the panel needs to know of a network."""
    poses = reference_poses()
    joints = np.stack([pose.joints_mm for pose in poses]) @ FACING.T
    codes = engine.encode((joints / (CUBE_MM / 2)).astype(np.float32))
    references = tuple(
        Reference(pose.name, pose.origin, z, own)
        for pose, z, own in zip(poses, codes, joints, strict=True)
    )
    directions = describe_directions(space, engine.decode)
    rest = space.neutral()
    clear_share(rest, rest, engine.decode)  # compiled here, before a slider asks for it
    return SpaceReady(space, directions, density, references, engine.decode, engine.weights)
