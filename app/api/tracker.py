"""Hands found in depth images and followed from one to the next."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from app.api.arguments import as_intrinsics, as_raw_depth, checked_unit
from app.api.hands import FoundHand, FrameHands, frame_hands
from app.capture.frame_check import CheckedSource
from app.capture.registry import open_source
from app.config import EstimatorConfig
from app.frames import DepthFrame, Intrinsics
from app.inference.pipeline import make_pipeline


class HandTracker:
    """Finds hands in depth images and follows them. For one thread at a time.

    It loads the network (a second) when it is made, and compiles for half a minute at the first
    image it ever sees on a computer.
    """

    def __init__(self, config: EstimatorConfig | None = None):
        """config: side, weights, refinement, threads and so on; None: as the program does.

        Raises WeightsError, ExtraMissing.
        """
        self._pipeline = make_pipeline(config or EstimatorConfig())
        self._epoch, self._count = 0, 0
        self._camera: tuple[Intrinsics, float] | None = None  # of the image before, and its unit

    def watch(
        self, source: str | Path | None = None, frames: int | None = None
    ) -> Iterator[FrameHands]:
        """Every frame of a source in order, none dropped, with its hands.

        source: what the command line takes (`demo`, `realsense`, a file, a folder); None: the first
        sensor that answers, else the demo, which never ends. frames: stop after so many. The source
        is closed at the end, and where the caller leaves early.

        Raises BadSource or another CaptureError where it cannot be read at all, EndedEarly or
        Disconnected after the last frame that could be.
        """
        if frames is not None and frames < 1:
            raise ValueError(f"frames: {frames} is no number of frames")
        return self._watch(None if source is None else str(source), frames)

    def _watch(self, source: str | None, frames: int | None) -> Iterator[FrameHands]:
        with CheckedSource(open_source(source)) as checked:
            self.reset()
            for frame in islice(checked.frames(), frames):
                # Where a camera went and came back its clock, and with it the past, means nothing.
                epoch = self._epoch + checked.generation
                result = self._pipeline.process(replace(frame, epoch=epoch))
                yield frame_hands(result)
            self._epoch += checked.generation

    def follow(
        self,
        depth: np.ndarray,
        intrinsics: Intrinsics | Sequence[float],
        t_s: float,
        depth_unit_mm: float = 1.0,
    ) -> tuple[FoundHand, ...]:
        """The hands in the next image of a stream, followed from the one before.

        depth: [H, W] in steps of `depth_unit_mm`, 0, negative or not finite = no reading. Integers
        are taken as they are, up to 65535; other numbers are rounded to an eighth of a millimetre,
        and what is 8.19 m away or more counts as no reading. (Metres: depth_unit_mm=1000.)
        intrinsics: fx, fy, cx, cy in pixels, or `Intrinsics`, which know the lens too. t_s: when it
        was taken, seconds by any clock that only goes forward.

        No hand: an empty tuple. Raises ValueError for what is no depth image or no camera.
        """
        raw, unit_mm = as_raw_depth(depth, checked_unit(depth_unit_mm))
        camera = as_intrinsics(intrinsics, raw.shape)
        if not np.isfinite(t_s):
            raise ValueError(f"t_s: {t_s} is no time")
        if self._camera not in (None, (camera, unit_mm)):
            self.reset()
        self._camera = (camera, unit_mm)
        frame = DepthFrame(
            self._count, self._epoch, float(t_s), time.monotonic(), raw, camera, unit_mm
        )
        self._count += 1
        return frame_hands(self._pipeline.process(frame)).hands

    def find(
        self,
        depth: np.ndarray,
        intrinsics: Intrinsics | Sequence[float],
        depth_unit_mm: float = 1.0,
    ) -> tuple[FoundHand, ...]:
        """The hands in one image that has nothing to do with any other; arguments as for `follow`.

        What was followed before is forgotten. Raises ValueError.
        """
        self.reset()
        found = self.follow(depth, intrinsics, 0.0, depth_unit_mm)
        self.reset()
        return tuple(replace(hand, track=0) for hand in found)

    def reset(self) -> None:
        """Forget the hands that were followed: the next image is searched anew."""
        self._pipeline.reset()
        self._epoch, self._camera = self._epoch + 1, None
