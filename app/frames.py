"""The values that travel between threads: frozen, slotted, their arrays read-only.

Camera frame: x right, y down, z forward, millimetres. Pixel centres lie at integer coordinates.
Times are seconds: `t_s` by the device's clock, `t_host_s` by `time.monotonic()` at arrival.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Hand = Literal["right", "left"]
DEPTH_UNIT_MM = 1.0
CUBE_MM = 250.0  # side of the crop cube for a hand of mean size
CROP_SIZE = 128  # pixels along a side of a crop
BACKGROUND = 1.0  # a crop's value where nothing is inside the cube


def read_only(array: np.ndarray) -> np.ndarray:
    """The same array, no longer writable: it may now be shared between threads."""
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """Pinhole camera with optional Brown-Conrady distortion (k1, k2, p1, p2, k3), in pixels."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)

    @property
    def distorted(self) -> bool:
        return any(self.distortion)


@dataclass(frozen=True, slots=True)
class ColourImage:
    """A colour picture with what is known of the camera that took it."""

    rgb: np.ndarray  # uint8 [H', W', 3]
    intrinsics: Intrinsics | None = None  # None: not known
    # float64 [4, 4], mm: takes homogeneous points of the depth camera's frame to the colour
    # camera's. The unit matrix where the two pictures have one camera; None: not known
    colour_from_depth: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What a source saw at one moment: depth (then it is a `DepthFrame`), colour, or both."""

    index: int  # number in the source, from 0
    epoch: int  # grows with every seek, loop or reconnect; results of an older epoch are stale
    t_s: float
    t_host_s: float
    colour: ColourImage | None = field(default=None, kw_only=True)

    @property
    def camera(self) -> Intrinsics | None:
        """The camera in whose frame the joints are: depth's, without depth that of the colour."""
        return None if self.colour is None else self.colour.intrinsics


@dataclass(frozen=True, slots=True)
class DepthFrame(Frame):
    """A frame with one depth image as the sensor gave it."""

    depth_raw: np.ndarray  # uint16 [H, W], 0 = no reading
    intrinsics: Intrinsics
    depth_unit_mm: float = DEPTH_UNIT_MM  # mm of one raw step: 1.0, or 0.125 for an SR305

    @property
    def camera(self) -> Intrinsics:
        """The depth camera."""
        return self.intrinsics

    @property
    def depth_mm(self) -> np.ndarray:
        """float32 [H, W], mm, 0 = no reading."""
        return self.depth_raw.astype(np.float32) * np.float32(self.depth_unit_mm)


@dataclass(frozen=True, slots=True)
class HandRegion:
    """Where the hand is in a frame, before the crop."""

    centre_mm: np.ndarray  # float32 [3], camera frame
    score: float  # 0..1, how sure the locator is that this is a hand
    tracked: bool = False  # True: followed from the frame before; False: found anew
    again: bool = False  # found anew, near the place where the same hand was a moment ago


@dataclass(frozen=True, slots=True)
class HandCrop:
    """A metric cube round the hand, seen by a virtual camera turned to face the cube's centre.

    `image` is float32 [128, 128] in [-1, 1]: (z' - distance) / (cube_mm / 2) with z' along the
    virtual camera's axis; background and everything outside the cube is +1.
    """

    image: np.ndarray  # float32 [128, 128]
    centre_mm: np.ndarray  # float32 [3], camera frame
    cube_mm: float
    # float32 [3, 3]: p_virtual = rotation @ p_camera; takes the centre to (0, 0, distance)
    rotation: np.ndarray
    mirrored: bool = False  # True: flipped in x, so that a left hand looks like a right one

    @property
    def distance_mm(self) -> float:
        return float(np.linalg.norm(self.centre_mm))

    @property
    def perspective(self) -> float:
        """Half the cube over its distance: how much larger the near face looks than the middle."""
        return self.cube_mm / 2 / self.distance_mm


@dataclass(frozen=True, slots=True)
class HandEstimate:
    """One hand in a frame, as the network believes it to be."""

    hand: Hand
    confidence: float  # 0..1
    joints_mm: np.ndarray  # float32 [21, 3], camera frame, filtered
    joints_raw_mm: np.ndarray  # float32 [21, 3], camera frame, before the filter
    z: np.ndarray  # float32 [latent], the shared latent
    crop: HandCrop
    synthesised: np.ndarray | None = None  # float32 [128, 128] in [-1, 1], in the crop's own frame
    region: HandRegion | None = None  # where it was found; None: not looked for
    hand_scale: float = 1.0  # this hand's size over the mean hand's
    track: int = 0  # stays with a hand while it is followed, from 1 on; 0: nobody follows it


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What was made of one frame: no hand, one, or several, the one followed longest first."""

    frame: Frame
    hands: tuple[HandEstimate, ...] = ()
    stage_ms: dict[str, float] = field(default_factory=dict)
    t_done_s: float = 0.0  # monotonic
    explored: bool = False  # the hand of a latent, seen by no sensor
    other_side: bool = False  # a hand is in view, but not of the side that was chosen

    @property
    def detected(self) -> bool:
        """There is a hand."""
        return bool(self.hands)

    @property
    def first(self) -> HandEstimate | None:
        """The hand that a view shows which has room for one; None: there is none."""
        return self.hands[0] if self.hands else None

    @property
    def latency_ms(self) -> float:
        """From the frame's arrival to this result."""
        return (self.t_done_s - self.frame.t_host_s) * 1e3


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as data: which stage, one line for the user, the detail for the log."""

    stage: str
    message: str
    detail: str = ""
    fatal: bool = True
