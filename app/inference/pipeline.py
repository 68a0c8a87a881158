"""One hand from frame to frame, in order and on the caller's thread.

Each frame: find, crop, estimate, synthesise, filter. What does not look back is `single_frame`'s.
"""

from __future__ import annotations

import time
from functools import partial

import numpy as np

from app.capture.camera_presets import corrected_frame
from app.config import EstimatorConfig
from app.engine.engine import Engine
from app.engine.load import load_engine
from app.frames import DepthFrame, Frame, FrameResult, HandEstimate, HandRegion, read_only
from app.inference.crop_estimate import (
    CropEstimate,
    complete,
    cut_crop,
    estimate_both_sides,
    estimate_crop,
    is_hand,
    settle,
)
from app.inference.filters import LONGEST_GAP_S, OneEuro
from app.inference.hand_size import HandSize
from app.inference.handedness import Handedness
from app.inference.refiners import make_refiner
from app.inference.single_frame import DOUBTFUL, PASSES, RECENTRE_MM, make_locator
from app.inference.timing import Stopwatch
from app.segmentation.sparse import fill_sparse
from app.segmentation.tracker import HandTracker

RECENTRE_FOLLOWED_MM = 20.0  # a followed hand is cropped once more beyond, a new one sooner
CENTRE_CUTOFF_HZ = 3.0  # One-Euro, of the place of a crop round a hand at rest
KEEP = 0.6  # of the presence a new hand needs is enough for one that is followed
MOST_LOOKS = 3  # places in a frame at which a hand of the side that was chosen is looked for
OF_THE_JOINTS = ("hand", "cube_mm", "hand_scale", "smoothing")  # settings that move them


class FramePipeline:
    """Follows one hand from frame to frame. Not thread-safe: the estimator's thread calls it.

    synthesise: False leaves the synthesised map out; the confidence then lacks its residual.
    """

    def __init__(
        self,
        engine: Engine,
        config: EstimatorConfig | None = None,
        tracker: HandTracker | None = None,
        synthesise: bool = True,
    ):
        self.engine, self.synthesise = engine, synthesise
        self.config = config or EstimatorConfig()
        self.tracker = tracker or HandTracker(make_locator(engine))
        self.handedness = Handedness(self.config.hand)
        self.hand_size = HandSize(self.config.hand_scale)
        self._refiner = make_refiner(engine, self.config)
        self._joint_filter = OneEuro(self.config.min_cutoff_hz, self.config.beta_per_mm)
        self._centre_filter = OneEuro(CENTRE_CUTOFF_HZ, self.config.beta_per_mm)
        self._epoch: int | None = None
        self._t_s = 0.0
        self._index = -1
        self._gap = True
        self._confidence = 0.0
        self._track, self._new = 0, True  # number of the hand that is followed; it is another one

    # What the user may change between two frames.

    def point_at(self, pixel: tuple[float, float]) -> None:
        """Follow the hand at this pixel (x, y) from the next frame on."""
        self.reset()
        self.tracker.point_at(pixel)

    def apply(self, config: EstimatorConfig) -> None:
        """Work by this configuration from the next frame on.

        Another network is the caller's business: weights, backend and threads are only noted.
        Raises WeightsError where these weights cannot be refined with; nothing has changed then.
        """
        before = self.config
        if (config.refine, config.refine_by) != (before.refine, before.refine_by):
            self._refiner = make_refiner(self.engine, config)
        self.config = config
        if config.hand != before.hand:
            self.handedness.choose(config.hand)
        if config.hand_scale != before.hand_scale:
            self.hand_size.fix(config.hand_scale)
        self._centre_filter.configure(CENTRE_CUTOFF_HZ, config.beta_per_mm)
        self._joint_filter.configure(config.min_cutoff_hz, config.beta_per_mm)
        if config.camera != before.camera:
            self.reset()  # places told before mean nothing now
        elif any(getattr(config, name) != getattr(before, name) for name in OF_THE_JOINTS):
            self._joint_filter.reset()

    def reset(self) -> None:
        """Forget the hand: look for one anew."""
        self.tracker.reset()
        self._forget()
        self.hand_size.reset()

    def _forget(self) -> None:
        self.handedness.reset()
        self._joint_filter.reset()
        self._centre_filter.reset()
        self._confidence = 0.0

    # One frame.

    def process(self, frame: Frame) -> FrameResult:
        """Depth in, hand out; in a frame without depth there is no hand."""
        watch = Stopwatch()
        frame = corrected_frame(frame, self.config.camera)
        self._step_time(frame)
        found = self._look(fill_sparse(frame), watch) if isinstance(frame, DepthFrame) else None
        if found is None or not isinstance(frame, DepthFrame):
            self._forget()
            return _result(frame, None, watch, self.tracker.passed_over)
        region, seen = found
        seen = complete(self.engine, self._refiner, seen, watch, self.synthesise)
        self._confidence = seen.confidence()
        self.tracker.confirm(seen.centre_mm, seen.belief())
        return _result(frame, self._follow(frame, region, seen, watch), watch)

    def _look(self, frame: DepthFrame, watch: Stopwatch) -> tuple[HandRegion, CropEstimate] | None:
        """The hand that is followed or a new one; of two the one of the side that was chosen."""
        for _ in range(MOST_LOOKS):
            region = self.tracker.update(frame)
            watch.lap("segment")
            if region is None:
                return None
            seen = self._estimate(frame, region, watch)
            if seen is None or not self._present(seen):
                self.tracker.confirm(region.centre_mm, 0.0)
                return None
            if not self.handedness.refused:
                doubtful = not region.tracked and seen.confidence() < DOUBTFUL
                if doubtful and self.tracker.passed_over:  # a thing beside the other hand
                    self.tracker.confirm(region.centre_mm, 0.0)
                    return None
                return region, seen
            self.tracker.pass_over(region.centre_mm)
            self._forget()
        return None

    def _step_time(self, frame: Frame) -> None:
        """Another epoch, time that runs backwards or stands still, a long gap: forget the past.

        (The same frame once more, of a paused source, is no gap.)
        """
        dt = frame.t_s - self._t_s
        stuck = dt == 0 and frame.index != self._index
        self._gap = frame.epoch != self._epoch or not 0 <= dt <= LONGEST_GAP_S or stuck
        if self._gap:
            self._forget()
        self._new |= frame.epoch != self._epoch
        self._epoch, self._t_s, self._index = frame.epoch, frame.t_s, frame.index

    def _estimate(
        self, frame: DepthFrame, region: HandRegion, watch: Stopwatch
    ) -> CropEstimate | None:
        """Estimate at the region; a new hand is settled upon, a followed one hardly moves."""
        if not region.tracked:
            self._forget()
        self._new |= not (region.tracked or region.again)
        centre_mm = region.centre_mm
        if region.tracked and self.config.smoothing:  # a crop that jitters moves the joints
            centre_mm = self._centre_filter(centre_mm[None], frame.t_s)[0]
        if region.tracked and not self._gap:
            at = partial(self._estimate_at, frame, watch, False)
            return settle(at, centre_mm, RECENTRE_FOLLOWED_MM, 1, self._present)
        at = partial(self._estimate_at, frame, watch, True)
        return settle(at, centre_mm, RECENTRE_MM, PASSES, self._present)

    def _present(self, seen: CropEstimate | None) -> bool:
        """Is there a hand? One that was there a frame ago is let go a little later."""
        kept = KEEP if self._confidence > 0 else 1.0
        return is_hand(seen, kept * self.config.min_presence)

    def _estimate_at(
        self, frame: DepthFrame, watch: Stopwatch, new: bool, centre_mm: np.ndarray
    ) -> CropEstimate | None:
        if new:
            self.handedness.reset()  # a better crop tells the side better
        crop = cut_crop(frame, centre_mm, self.config.cube_mm * self.hand_size.scale, watch)
        if crop is None:
            return None
        if not self.handedness.due(frame.t_s, self._confidence < DOUBTFUL):
            return estimate_crop(self.engine, crop, self.handedness.hand, watch)
        right, left, evidence = estimate_both_sides(self.engine, crop, watch)
        before = self.handedness.hand
        hand = self.handedness.consider(evidence, frame.t_s)
        if hand != before:
            self._joint_filter.reset()
        return right if hand == "right" else left

    def _follow(
        self, frame: DepthFrame, region: HandRegion, seen: CropEstimate, watch: Stopwatch
    ) -> HandEstimate:
        """The hand as one that is followed: filtered, its size learnt, numbered."""
        joints = seen.joints_mm
        if self.config.smoothing:
            joints = read_only(self._joint_filter(joints, frame.t_s))
        scale = self.hand_size.follow(seen.joints_mm, self._confidence)
        if self._new:
            self._new, self._track = False, self._track + 1
        watch.lap("filter")
        return seen.to_hand(joints_mm=joints, region=region, hand_scale=scale, track=self._track)


def make_pipeline(config: EstimatorConfig) -> FramePipeline:
    """Load the weights that `config` names and put the pipeline round them. Raises WeightsError."""
    return FramePipeline(load_engine(config.weights, config.backend, config.threads), config)


def _result(
    frame: Frame, hand: HandEstimate | None, watch: Stopwatch, other_side: bool = False
) -> FrameResult:
    hands = () if hand is None else (hand,)
    return FrameResult(frame, hands, watch.finish(), time.monotonic(), other_side=other_side)
