"""How people hold and turn their hands; the names other parts use."""

from app.hand.prior import PosePrior, load_prior, load_prior_with
from app.hand.rotations import sample_rotations

__all__ = [
    "PosePrior",
    "load_prior",
    "load_prior_with",
    "sample_rotations",
]
