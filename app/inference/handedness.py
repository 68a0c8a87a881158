"""Which hand is it? Of the crop and its mirror image the one that its synthesised map matches.

The network knows right hands only and is some 30-45 mm off on a left one, so this choice matters
more than any loss (docs/design/method.md, 2.8). It is made when a hand appears, looked at again
about once a second, and changed only by evidence that lasts.
"""

from __future__ import annotations

import numpy as np

from app.cv import cv2
from app.engine.engine import EngineOutput
from app.frames import Hand

NEAR = 4  # of every other pixel: 16 mm beside the synthesised hand the crop must be explained too
CLIP = 0.4  # largest depth difference that counts, half cubes (50 mm): holes and clutter weigh less
# Evidence of a difference of 1 in each of `side_features`: log odds of the side, as fitted by
# `python -m app.evaluation handedness` to rendered frames.
WEIGHTS = {"residual": 31.0, "log_sigma": 0.7, "presence": 0.1, "side": 0.42}
MOST = 3.0  # evidence of one look, at most: no single frame turns a decision round
MEMORY = 0.8  # of the accumulated evidence, from one look to the next
SURE = 2.0  # accumulated evidence that ends an inspection
SWITCH = 1.0  # accumulated evidence that is needed to change a decision
LONGEST = 12  # looks of the first inspection, where the evidence stays weak
AGAIN = 3  # looks of a later one
RECHECK_S = 1.0  # between two inspections


class Handedness:
    """Decides the hand and keeps to it: `choice` "left", "right", or "auto", by evidence.

    A choice of the user is not overruled, but looked at likewise: `refused` says that what is
    followed is the other hand.
    """

    def __init__(self, choice: str = "auto"):
        self.choose(choice)

    def choose(self, choice: str) -> None:
        """Set by the user: "auto", "left" or "right"."""
        self.choice = choice
        self.hand: Hand = "left" if choice == "left" else "right"
        self.reset()

    def reset(self) -> None:
        """A new hand appears: decide again. Until the first look the last hand is assumed."""
        self._evidence = 0.0  # positive: right
        self._decided = False
        self._looks_left = LONGEST  # of this inspection
        self._looked_s = -np.inf

    def due(self, t_s: float, doubtful: bool = False) -> bool:
        """Should this frame be run both ways? `doubtful`: the last estimate was not confident."""
        if abs(self._evidence) < SURE and self._looks_left > 0:
            return True
        if 0 <= t_s - self._looked_s < self._pause_s(doubtful):
            return False
        self._looks_left = AGAIN
        return True

    def _pause_s(self, doubtful: bool) -> float:
        """Seconds from one inspection to the next.

        A hand that was chosen must not be mixed up with another that crosses it.
        """
        if self.choice != "auto":
            return 0.0 if doubtful else RECHECK_S / 4
        return RECHECK_S / 4 if doubtful else RECHECK_S

    def consider(self, evidence: float, t_s: float) -> Hand:
        """Add the `side_evidence` of a frame run both ways; returns the hand decided on."""
        self._evidence = MEMORY * self._evidence + float(np.clip(evidence, -MOST, MOST))
        self._looks_left -= 1
        self._looked_s = t_s
        if self.choice != "auto":  # another hand may take the place of the one seen so far
            self._evidence = float(np.clip(self._evidence, -MOST, MOST))
            return self.hand
        if not self._decided or abs(self._evidence) > SWITCH:
            self.hand = "right" if self._evidence > 0 else "left"
        self._decided = True
        return self.hand

    @property
    def refused(self) -> bool:
        """The evidence is sure that this is not the hand that was chosen."""
        return self.choice != "auto" and is_other_side(self._evidence, self.hand)


def is_other_side(evidence: float, chosen: Hand) -> bool:
    """Is the evidence (positive: right) sure of the side that was not chosen?"""
    return (evidence if chosen == "right" else -evidence) <= -SURE


def side_evidence(images: np.ndarray, output: EngineOutput, synthesised: np.ndarray) -> float:
    """How much better the crop as it is [0] explains itself than its mirror image [1].

    Positive: a right hand. images, synthesised: float32 [2, 128, 128].
    """
    features = side_features(images, output, synthesised)
    return float(features @ np.array(list(WEIGHTS.values())))


def side_features(images: np.ndarray, output: EngineOutput, synthesised: np.ndarray) -> np.ndarray:
    """What speaks for a right hand, where positive: float [4], in the order of WEIGHTS.

    residual: how much worse the mirror image's map fits it. log_sigma: how much less sure its
    joints are. presence: by how much its log odds of being a hand are lower. side: likewise, of
    being a right one.
    """
    residual = [map_residual(image, map_) for image, map_ in zip(images, synthesised, strict=True)]
    log_sigma = np.log(np.maximum(output.sigma_norm, 1e-6)).mean(-1)
    presence = log_odds(output.presence)
    side = log_odds(output.side)
    return np.array(
        [
            residual[1] - residual[0],
            log_sigma[1] - log_sigma[0],
            presence[0] - presence[1],
            side[0] - side[1],
        ]
    )


def map_residual(image: np.ndarray, synthesised: np.ndarray) -> float:
    """Mean clipped depth difference in half cubes, 0..CLIP.

    Over the synthesised hand and what the crop shows near it: what lies farther off is the forearm
    or clutter, which no map explains.
    """
    image, synthesised = image[::2, ::2], synthesised[::2, ::2]
    hand = synthesised < 0.98
    near = cv2.dilate(hand.astype(np.uint8), np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)) > 0
    counted = hand | ((image < 1.0) & near)
    count = np.count_nonzero(counted)
    if count == 0:
        return CLIP
    difference = np.minimum(np.abs(image - synthesised), np.float32(CLIP))
    return float((difference * counted).sum() / count)


def log_odds(probability: np.ndarray) -> np.ndarray:
    """The logit, held within about +-7."""
    p = np.clip(probability, 1e-3, 1 - 1e-3)
    return np.log(p / (1 - p))
