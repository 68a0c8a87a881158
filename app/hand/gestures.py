"""Hand shapes that people make on purpose: open hand, fist, pointing, counting, signs, grips.

Recorded motion and anatomical draws leave a gap where users spend much time: fingers laid straight
side by side, true fists, some fingers straight and the others closed, the thumb across the palm.
Each draw gives every finger one of five states, by the patterns below, and the thumb one of five
places, all with jitter. Angles are in the rig's degrees (`kinematics.DOF_TABLE`).
"""

from __future__ import annotations

import numpy as np

from app.hand import kinematics as kin

FINGERS = ("index", "middle", "ring", "little")
# Flexion of MCP, PIP, DIP and their standard deviations, degrees
STATES = {
    "straight": ((12, -2, 1), (8, 6, 5)),
    "closed": ((78, 93, 50), (9, 9, 12)),
    "hooked": ((14, 82, 45), (11, 13, 12)),
    "folded": ((58, 12, 6), (13, 10, 8)),
    "half": ((36, 45, 25), (13, 14, 10)),
}
Fingers = tuple[str, str, str, str]  # the states of index, middle, ring and little finger
# Share of the draws
PATTERNS: tuple[tuple[Fingers, float], ...] = (
    (("straight", "straight", "straight", "straight"), 0.22),
    (("closed", "closed", "closed", "closed"), 0.17),
    (("straight", "closed", "closed", "closed"), 0.13),
    (("straight", "straight", "closed", "closed"), 0.11),
    (("straight", "straight", "straight", "closed"), 0.05),
    (("half", "straight", "straight", "straight"), 0.06),
    (("closed", "closed", "closed", "straight"), 0.05),
    (("straight", "closed", "closed", "straight"), 0.04),
    (("folded", "folded", "folded", "folded"), 0.04),
    (("hooked", "hooked", "hooked", "hooked"), 0.04),
    (("half", "half", "half", "half"), 0.09),
)
# CMC flexion, abduction, twist; MCP flexion; IP flexion, degrees; share
THUMBS: tuple[tuple[tuple[float, ...], float], ...] = (
    ((-12, 18, 0, 2, 0), 0.18),  # away from the hand
    ((16, 24, 4, 12, 12), 0.2),  # along the index finger
    ((40, -6, 4, 38, 42), 0.27),  # across the palm or the closed fingers
    ((11, -14, 2, 14, 14), 0.23),  # at ease
    ((30, -24, 8, 28, 32), 0.12),  # opposite the finger tips
)
THUMB_SPREAD = (9, 9, 6, 11, 13)
# Abduction at which neighbours touch, and at which they are spread, degrees
TOGETHER = np.array([22.0, 4.0, -8.0, -20.0])
APART = np.array([-4.0, 0.0, 2.0, 6.0])
TOGETHER_SHARE = 0.45


def sample_gestures(rng: np.random.Generator, n: int) -> np.ndarray:
    """[n, 31] rad; the wrist at rest. Not checked for fingers inside each other, nor limits."""
    theta = np.zeros((n, kin.N_DOFS))
    shares = np.array([share for _, share in PATTERNS])
    pattern = rng.choice(len(PATTERNS), n, p=shares / shares.sum())
    spread = np.where(rng.random(n) < TOGETHER_SHARE, 0.12, 1.0) * rng.random(n)
    shared = rng.normal(0, 1, (n, 3))  # fingers of one hand bend alike
    for k, finger in enumerate(FINGERS):
        first = kin.dof(f"{finger}_mcp_flexion")
        states = [STATES[fingers[k]] for fingers, _ in PATTERNS]
        centre, deviation = (np.array([s[part] for s in states], float)[pattern] for part in (0, 1))
        noise = 0.7 * shared + 0.7 * rng.normal(0, 1, (n, 3))
        theta[:, [first, first + 3, first + 4]] = centre + deviation * noise
        aside = TOGETHER[k] + (APART[k] - TOGETHER[k]) * spread + rng.normal(0, 2.5, n)
        bent = np.clip(theta[:, first] / 80, 0, 1)  # a bent knuckle cannot spread
        theta[:, first + 1] = aside * (1 - 0.6 * bent)
        theta[:, first + 2] = rng.normal(0, 2, n)
        if finger in ("ring", "little"):
            cupping = kin.dof(f"{finger}_cupping")
            theta[:, cupping] = 2 + (3 + k) * bent + rng.normal(0, 2, n)
    _place_thumb(rng, theta)
    return np.radians(theta)


def _place_thumb(rng: np.random.Generator, theta: np.ndarray) -> None:
    """Fills the thumb's angles (degrees) in place."""
    shares = np.array([share for _, share in THUMBS])
    place = rng.choice(len(THUMBS), len(theta), p=shares / shares.sum())
    names = ("cmc_flexion", "cmc_abduction", "cmc_twist", "mcp_flexion", "ip_flexion")
    columns = [kin.dof(f"thumb_{name}") for name in names]
    centre = np.array([angles for angles, _ in THUMBS], float)[place]
    theta[:, columns] = centre + rng.normal(0, THUMB_SPREAD, centre.shape)
    theta[:, kin.dof("thumb_mcp_abduction")] = rng.normal(0, 5, len(theta))
