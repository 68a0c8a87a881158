"""Everything that happens to one frame, in order and on the caller's thread:
find, crop, estimate, synthesise, filter."""

from __future__ import annotations

import time

import numpy as np

from app.capture.camera_presets import corrected_frame
from app.config import EstimatorConfig
from app.engine.engine import Engine
from app.engine.load import load_engine
from app.frames import DepthFrame, Frame, FrameResult, HandEstimate, HandRegion, read_only
from app.inference.centring import CropCentre
from app.inference.crop_estimate import (
    Look,
    cut,
    hand_presence,
    look,
    look_both,
    with_refinement,
    with_synthesis,
)
from app.inference.filters import LONGEST_GAP_S, OneEuro
from app.inference.hand_size import HandSize
from app.inference.handedness import Handedness
from app.inference.refiners import make_refiner
from app.inference.timing import Stopwatch
from app.segmentation.heatmap import shipped_heatmap
from app.segmentation.locate import HandLocator
from app.segmentation.tracker import HandTracker

RECENTRE_MM = 6.0  # a new hand is cropped again while its joints' mean lies further off the centre
RECENTRE_FOLLOWED_MM = 20.0  # likewise, once, for a followed one
PASSES = 3  # crops of a new hand after the first
KEEP = 0.6  # of the presence a new hand needs is enough for one that is followed
DOUBTFUL = 0.4  # confidence below which the hand's side is checked more often
OF_THE_JOINTS = ("hand", "cube_mm", "hand_scale", "smoothing")  # settings that move them


class FramePipeline:
    """Follows one hand from frame to frame. Not thread-safe:
    one thread calls it, the estimator's."""

    def __init__(
        self,
        engine: Engine,
        config: EstimatorConfig | None = None,
        tracker: HandTracker | None = None,
    ):
        self.engine = engine
        self.config = config or EstimatorConfig()
        self.tracker = tracker or make_tracker(engine)
        self.handedness = Handedness(self.config.hand)
        self.hand_size = HandSize(self.config.hand_scale)
        self._refiner = make_refiner(engine, self.config)
        self._joint_filter = OneEuro(self.config.min_cutoff_hz, self.config.beta_per_mm)
        self._centre = CropCentre(self.config.beta_per_mm, self.config.smoothing)
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
        self._centre.configure(config.beta_per_mm, config.smoothing)
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
        self._centre.reset()
        self._confidence = 0.0

    # One frame.

    def process(
        self,
        frame: Frame,
        synthesise: bool = True,
        region: HandRegion | None = None,
        settle: bool = True,
    ) -> FrameResult:
        """Depth in, hand out; in a frame without depth there is no hand.

        region: look there, and leave the tracker out of it. settle: crop a second time where the
        joints lie off the first crop's centre.
        """
        watch = Stopwatch()
        frame = corrected_frame(frame, self.config.camera)
        self._step_time(frame)
        if not isinstance(frame, DepthFrame):
            return _nothing(frame, watch)
        tracking = region is None
        if tracking:
            region = self.tracker.update(frame)
        watch.lap("segment")
        if region is None:
            self._forget()
            return _nothing(frame, watch)
        seen = self._look(frame, region, watch, settle)
        if self._refiner is not None and self._present(seen):
            seen = with_refinement(self._refiner, seen, watch)
        if seen is not None and synthesise:
            seen = with_synthesis(self.engine, seen, watch)
        present = self._present(seen)
        self._confidence = seen.confidence() if present else 0.0
        if tracking:
            centre = seen.centre_mm if present else region.centre_mm
            self.tracker.confirm(centre, seen.belief() if present else 0.0)
        if not present:
            self._forget()
            return _nothing(frame, watch)
        return self._finish(frame, region, seen, watch)

    def _step_time(self, frame: Frame) -> None:
        """Another epoch, time that runs backwards or stands still, a long gap: the past says
        nothing about this frame. (The same frame once more, of a paused source, is no gap.)"""
        dt = frame.t_s - self._t_s
        stuck = dt == 0 and frame.index != self._index
        self._gap = frame.epoch != self._epoch or not 0 <= dt <= LONGEST_GAP_S or stuck
        if self._gap:
            self._forget()
        self._epoch, self._t_s, self._index = frame.epoch, frame.t_s, frame.index

    def _look(
        self, frame: DepthFrame, region: HandRegion, watch: Stopwatch, settle: bool
    ) -> Look | None:
        """Estimate at the region; where the joints lie off the crop's centre,
        crop again round the joints."""
        if not region.tracked:
            self._forget()
        self._new |= self._gap or not region.tracked
        seen = self._look_at(frame, self._centre.place(region, frame.t_s), watch)
        followed = region.tracked and not self._gap
        allowed = RECENTRE_FOLLOWED_MM if followed else RECENTRE_MM
        for _ in range((1 if followed else PASSES) if settle else 0):
            if not self._present(seen) or seen.off_centre_mm <= allowed:
                break
            if not followed:
                self.handedness.reset()  # a better crop tells the side better
            again = self._look_at(frame, seen.centre_mm, watch)
            if not self._present(again):
                break
            seen = again
        return seen

    def _present(self, seen: Look | None) -> bool:
        """Is there a hand? One that was there a frame ago is let go a little later."""
        kept = KEEP if self._confidence > 0 else 1.0
        return seen is not None and seen.sound and seen.presence >= kept * self.config.min_presence

    def _look_at(self, frame: DepthFrame, centre_mm: np.ndarray, watch: Stopwatch) -> Look | None:
        crop = cut(frame, centre_mm, self.config.cube_mm * self.hand_size.scale, watch)
        if crop is None:
            return None
        if not self.handedness.due(frame.t_s, self._confidence < DOUBTFUL):
            return look(self.engine, crop, self.handedness.hand, watch)
        right, left, evidence = look_both(self.engine, crop, watch)
        before = self.handedness.hand
        hand = self.handedness.consider(evidence, frame.t_s)
        if hand != before:
            self._joint_filter.reset()
        return right if hand == "right" else left

    def _finish(
        self, frame: DepthFrame, region: HandRegion, seen: Look, watch: Stopwatch
    ) -> FrameResult:
        joints = seen.joints_mm
        if self.config.smoothing:
            joints = read_only(self._joint_filter(joints, frame.t_s))
        self._centre.learn(region, seen.centre_mm)
        scale = self.hand_size.follow(seen.joints_mm, self._confidence)
        watch.lap("filter")
        if self._new:
            self._new, self._track = False, self._track + 1
        hand = HandEstimate(
            hand=seen.hand,
            confidence=self._confidence,
            joints_mm=joints,
            joints_raw_mm=seen.joints_mm,
            z=seen.z,
            crop=seen.crop,
            synthesised=seen.synthesised,
            region=region,
            hand_scale=scale,
            track=self._track,
        )
        return FrameResult(frame, (hand,), watch.finish(), time.monotonic())


def make_pipeline(config: EstimatorConfig) -> FramePipeline:
    """Load the weights that `config` names and put the pipeline round them. Raises WeightsError."""
    return FramePipeline(load_engine(config.weights, config.backend, config.threads), config)


def make_tracker(engine: Engine) -> HandTracker:
    """The tracker: it searches with the shipped localiser
    and asks the network whether a find is a hand."""
    return HandTracker(HandLocator(shipped_heatmap(), lambda crop: hand_presence(engine, crop)))


def _nothing(frame: Frame, watch: Stopwatch) -> FrameResult:
    return FrameResult(frame, (), watch.finish(), time.monotonic())
