"""How people hold and move their hands; the names other parts use."""

from app.hand.motion import Trajectory, facing_rotation, sample_rotations, trajectory
from app.hand.prior import PosePrior, load_prior, load_prior_with

__all__ = [
    "PosePrior",
    "Trajectory",
    "facing_rotation",
    "load_prior",
    "load_prior_with",
    "sample_rotations",
    "trajectory",
]
