"""One frame by itself: the network at a place in it, without any memory of frames before."""

from __future__ import annotations

from functools import partial

import numpy as np

from app.capture.camera_presets import corrected_frame
from app.config import EstimatorConfig
from app.engine.engine import Engine
from app.engine.load import load_engine
from app.frames import DepthFrame, Hand, HandEstimate
from app.inference.crop_estimate import (
    CropEstimate,
    complete,
    cut_crop,
    estimate_both_sides,
    estimate_crop,
    hand_presence,
    is_hand,
    mirror_crop,
    settle,
)
from app.inference.handedness import is_other_side
from app.inference.refiners import make_refiner
from app.inference.timing import Stopwatch
from app.segmentation.heatmap import shipped_heatmap
from app.segmentation.locate import HandLocator
from app.segmentation.sparse import fill_sparse

RECENTRE_MM = 6.0  # a new hand is cropped again while its joints' mean lies further off the centre
DOUBTFUL = 0.4  # confidence below which a hand's side is to be looked at again
PASSES = 3  # crops of a new hand after the first


class FrameEstimator:
    """Hands of single frames, as the configuration wants them. Remembers nothing.

    locator: where to look for hands; None: with the shipped localiser.
    """

    def __init__(
        self,
        engine: Engine,
        config: EstimatorConfig | None = None,
        locator: HandLocator | None = None,
    ):
        self.engine, self.config = engine, config or EstimatorConfig()
        self.locator = locator or make_locator(engine)
        self._refiner = make_refiner(engine, self.config)

    def find(self, frame: DepthFrame, least_score: float = 0.0) -> HandEstimate | None:
        """The hand at the best place that segmentation finds; None where there is none.

        Where a side was chosen: at the best place with a hand that is not plainly of the other.
        least_score: of the place, 0..1. Cropped again while the joints lie off the crop's centre.
        """
        watch, frame = Stopwatch(), fill_sparse(corrected_frame(frame, self.config.camera))
        at, refused = partial(self._estimate, frame, watch), False
        for region in self.locator.locate(frame, cube_mm=self.config.cube_mm):
            if region.score < least_score:
                break
            seen = settle(at, region.centre_mm, RECENTRE_MM, PASSES, self._is_hand)
            if self._is_of_other_side(seen, watch):
                refused = True
                continue
            hand = self._finish(seen, watch)
            if hand is not None and refused and hand.confidence < DOUBTFUL:
                return None  # a thing beside the other hand
            return hand
        return None

    def estimate_at(self, frame: DepthFrame, centre_mm: np.ndarray) -> HandEstimate | None:
        """The hand in the cube round `centre_mm`, float [3] of the camera's frame; None: no hand.

        Cropped there and nowhere else.
        """
        watch, frame = Stopwatch(), fill_sparse(corrected_frame(frame, self.config.camera))
        return self._finish(self._estimate(frame, watch, centre_mm), watch)

    def _estimate(
        self, frame: DepthFrame, watch: Stopwatch, centre_mm: np.ndarray
    ) -> CropEstimate | None:
        scale = self.config.hand_scale or 1.0
        crop = cut_crop(frame, centre_mm, self.config.cube_mm * scale, watch)
        if crop is None:
            return None
        if self.config.hand != "auto":
            hand: Hand = "left" if self.config.hand == "left" else "right"
            return estimate_crop(self.engine, crop, hand, watch)
        right, left, evidence = estimate_both_sides(self.engine, crop, watch)
        return right if evidence > 0 else left

    def _is_of_other_side(self, seen: CropEstimate | None, watch: Stopwatch) -> bool:
        """A hand, but plainly not the one that was chosen."""
        if self.config.hand == "auto" or seen is None or not self._is_hand(seen):
            return False
        crop = mirror_crop(seen.crop) if seen.crop.mirrored else seen.crop
        evidence = estimate_both_sides(self.engine, crop, watch)[2]
        return is_other_side(evidence, seen.hand)

    def _is_hand(self, seen: CropEstimate | None) -> bool:
        return is_hand(seen, self.config.min_presence)

    def _finish(self, seen: CropEstimate | None, watch: Stopwatch) -> HandEstimate | None:
        if seen is None or not self._is_hand(seen):
            return None
        return complete(self.engine, self._refiner, seen, watch).to_hand()


def make_locator(engine: Engine) -> HandLocator:
    """Searches with the shipped localiser and asks the network whether a find is a hand."""
    return HandLocator(shipped_heatmap(), lambda crop: hand_presence(engine, crop))


def make_estimator(config: EstimatorConfig) -> FrameEstimator:
    """An estimator with the weights that `config` names. Raises WeightsError."""
    return FrameEstimator(load_engine(config.weights, config.backend, config.threads), config)
