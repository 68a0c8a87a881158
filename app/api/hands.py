"""What a program gets: the hands of a frame, each with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.frames import BACKGROUND, Frame, FrameResult, Hand, HandCrop, HandEstimate, read_only


@dataclass(frozen=True, slots=True)
class FoundHand:
    """One hand. Arrays are read-only."""

    side: Hand  # "right" or "left"
    track: int  # stays with a hand while it is followed, from 1 on; 0: of a single image
    confidence: float  # 0..1
    joints_mm: np.ndarray  # float32 [21, 3], camera frame, in the order of JOINT_NAMES
    latent: np.ndarray  # float32 [D], its place in the shared latent space
    # float32 [128, 128], mm: the cube round the hand as the camera sees it and as the network
    # believes it to be, by the distance along the line to the cube's centre; 0: nothing there
    seen_mm: np.ndarray
    synthesised_mm: np.ndarray
    crop: HandCrop  # that cube: its centre, size and direction


@dataclass(frozen=True, slots=True)
class FrameHands:
    """One frame of a source and the hands in it, the one followed longest first."""

    frame: Frame  # a `DepthFrame` where there is depth: index, t_s, depth_mm, intrinsics
    hands: tuple[FoundHand, ...]


def frame_hands(result: FrameResult) -> FrameHands:
    """What a program is told of this frame."""
    return FrameHands(result.frame, tuple(_found(hand) for hand in result.hands))


def _found(hand: HandEstimate) -> FoundHand:
    if hand.synthesised is None:
        raise ValueError("this estimate comes without its synthesised depth")
    return FoundHand(
        side=hand.hand,
        track=hand.track,
        confidence=hand.confidence,
        joints_mm=hand.joints_mm,
        latent=hand.z,
        seen_mm=distances_mm(hand.crop.image, hand.crop),
        synthesised_mm=distances_mm(hand.synthesised, hand.crop),
        crop=hand.crop,
    )


def distances_mm(image: np.ndarray, crop: HandCrop) -> np.ndarray:
    """float32 [128, 128] mm of an image in the crop's frame; not mirrored, 0: nothing there."""
    mm = crop.distance_mm + image * (crop.cube_mm / 2)
    mm = np.where(image < BACKGROUND, mm, 0.0).astype(np.float32)
    return read_only(np.ascontiguousarray(mm[:, ::-1] if crop.mirrored else mm))
