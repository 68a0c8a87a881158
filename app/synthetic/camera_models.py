"""The depth cameras that rendered pictures imitate: size, focal length, range, blind spots.

One table for the demo, for crops and for whole scenes (docs/design/hand.md, section 5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.frames import Intrinsics
from app.synthetic.sensor_models import Kind

CROP_CHANGE = 0.05  # focal lengths in crops differ from the nominal one by up to this share


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraModel:
    """One family of sensors. Lengths in mm, focal lengths in pixels."""

    name: str
    sensor: Kind  # how it measures, and so how it errs
    focal_px: float  # nominal
    crop_mm: tuple[float, float] | None = None  # a hand in a crop is so far away; None: no crops


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameCamera(CameraModel):
    """A camera whose whole picture is known."""

    width: int
    height: int
    focal: tuple[float, float]  # of single cameras
    hand_mm: tuple[float, float]  # a hand is held between these distances
    range_mm: tuple[float, float]  # nothing farther than a limit drawn between these is seen
    weight: float  # how often it is drawn
    vignette: float = 0.0  # far surfaces vanish beyond this many half diagonals; 0: never

    def nominal(self) -> Intrinsics:
        """The camera as it is meant to be: nominal focal length, axis through the middle."""
        f, middle = self.focal_px, ((self.width - 1) / 2, (self.height - 1) / 2)
        return Intrinsics(self.width, self.height, f, f, *middle)


CAMERA_MODELS: dict[str, CameraModel] = {
    model.name: model
    for model in (
        FrameCamera(  # SR300, SR305
            name="sr305",
            sensor="structured",
            focal_px=475.0,
            crop_mm=(250, 900),
            width=640,
            height=480,
            focal=(468, 484),
            hand_mm=(220, 850),
            range_mm=(900, 1700),
            weight=2.0,
        ),
        FrameCamera(  # Kinect v1
            name="kinect1",
            sensor="structured",
            focal_px=580.0,
            crop_mm=(450, 1500),
            width=640,
            height=480,
            focal=(572, 590),
            hand_mm=(450, 1400),
            range_mm=(2000, 5000),
            weight=1.5,
        ),
        FrameCamera(
            name="d435",
            sensor="stereo",
            focal_px=385.0,
            crop_mm=(250, 1300),
            width=640,
            height=480,
            focal=(382, 392),
            hand_mm=(260, 1200),
            range_mm=(1500, 6000),
            weight=1.5,
        ),
        FrameCamera(
            name="d435_wide",
            sensor="stereo",
            focal_px=424.0,
            width=848,
            height=480,
            focal=(418, 430),
            hand_mm=(260, 1200),
            range_mm=(1500, 6000),
            weight=0.5,
        ),
        # D415, L515 (its noise is milder)
        CameraModel(name="d415", sensor="stereo", focal_px=610.0, crop_mm=(400, 1500)),
        FrameCamera(  # the small time-of-flight cameras, that of ICVL among them
            name="icvl",
            sensor="flight",
            focal_px=241.4,
            crop_mm=(250, 700),
            width=320,
            height=240,
            focal=(238, 245),
            hand_mm=(220, 680),
            range_mm=(720, 1500),
            weight=0.7,
        ),
        FrameCamera(  # Kinect v2
            name="kinect2",
            sensor="flight",
            focal_px=365.0,
            crop_mm=(400, 1500),
            width=512,
            height=424,
            focal=(360, 368),
            hand_mm=(450, 1400),
            range_mm=(2500, 5500),
            weight=1.5,
            vignette=0.85,
        ),
        FrameCamera(  # Azure Kinect, narrow
            name="azure",
            sensor="flight",
            focal_px=504.0,
            crop_mm=(300, 1300),
            width=640,
            height=576,
            focal=(500, 508),
            hand_mm=(350, 1400),
            range_mm=(2500, 5500),
            weight=1.0,
            vignette=0.95,
        ),
        CameraModel(name="azure_binned", sensor="flight", focal_px=252.0, crop_mm=(300, 900)),
        CameraModel(name="any", sensor="mixed", focal_px=430.0, crop_mm=(250, 1200)),
    )
}
# In the order in which they have always been drawn: in another, every number would be another.
CROP_CAMERAS: tuple[str, ...] = (
    "sr305", "kinect1", "d435", "d415", "icvl", "kinect2", "azure", "azure_binned", "any",
)  # fmt: skip
FRAME_CAMERAS = ("sr305", "kinect2", "d435", "d435_wide", "kinect1", "icvl", "azure")


def frame_camera(name: str) -> FrameCamera:
    """The camera of that name; ValueError where its whole picture is not known."""
    model = CAMERA_MODELS.get(name)
    if not isinstance(model, FrameCamera):
        raise ValueError(f"no camera {name} with a whole picture; there are {FRAME_CAMERAS}")
    return model


def sample_camera(
    rng: np.random.Generator, names: tuple[str, ...] | None, scale: float
) -> tuple[FrameCamera, Intrinsics]:
    """A camera of one of the named kinds (all by default), its image `scale` times the true size.

    Intrinsics keep pixel centres at integers: (u + 0.5) scales, not u.
    """
    kinds = [frame_camera(name) for name in names or FRAME_CAMERAS]
    weights = np.array([kind.weight for kind in kinds])
    kind = kinds[rng.choice(len(kinds), p=weights / weights.sum())]
    focal = rng.uniform(*kind.focal) * scale
    width, height = round(kind.width * scale), round(kind.height * scale)
    middle = np.array([kind.width - 1, kind.height - 1]) / 2 + rng.normal(0, 5, 2)
    cx, cy = (middle + 0.5) * scale - 0.5
    return kind, Intrinsics(width, height, float(focal), float(focal), float(cx), float(cy))
