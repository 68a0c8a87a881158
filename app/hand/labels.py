"""What we call a joint: the rig's pivots, moved to the field's centres (MANO, OpenPose).

MakeHuman puts its finger pivots about 4 mm under the skin of the back of the hand, the knuckles
(MCP) 10 mm too far towards the finger tip and the base of the thumb (CMC) deep in the carpus.
Labels of real recordings lie in the middle of the finger's cross-section, at the true knuckle, and
put the wrist about 9 mm under the skin of its palm side. Measured on annotated frames of a real
camera, network predictions trained on the bare rig lay 5 mm too far towards the back of the hand,
wrist and CMC 16-21 mm (docs/design/hand.md, section 2); the table below removes that.

`TOWARDS_WRIST_MM` and `TOWARDS_PALM_MM` move the pivot AND its label, so that bones keep their
length in every pose and the skin bends about the middle of the finger. The wrist alone keeps its
pivot (the middle of the carpus, which is where it turns) and only its label moves:
`WRIST_LABEL_MM`. All of it at scale 1; it scales with the hand.
"""

from __future__ import annotations

import numpy as np

from app.geometry import unit

WRIST_LABEL_MM = 10.0  # towards the palm's skin
# In our joint order: wrist; CMC, MCP, IP, TIP of the thumb; MCP, PIP, DIP, TIP of each finger.
TOWARDS_WRIST_MM = np.array([0.0, 8.0, 0.0, 0.0, 0.0] + [9.0, 0.0, 0.0, 0.0] * 4)
TOWARDS_PALM_MM = np.array([0.0, 12.0, 2.0, 3.5, 2.0] + [4.5, 4.0, 3.5, 2.5] * 4)


def palm_normal(pivots: np.ndarray) -> np.ndarray:
    """[3], out of the palm side of a right hand at rest. pivots: [26, 3]."""
    return unit(np.cross(pivots[5] - pivots[0], pivots[17] - pivots[0]))


def finger_directions(pivots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Directions (along, palmar), each [5, 3, 3], of the three phalanges of thumb .. little.

    Along points to the tip; palmar, square to it, is where flexion moves the tip. pivots: [26, 3]
    at rest.
    """
    chains = pivots[1:21].reshape(5, 4, 3)
    along = unit(np.diff(chains, axis=1))
    normal = palm_normal(pivots)
    palmar = unit(normal - (along @ normal)[..., None] * along)
    thumb = along[0]
    hinge = unit(np.cross(thumb[0], thumb[1]) + np.cross(thumb[1], thumb[2]))
    palmar[0] = unit(np.cross(hinge, thumb))  # the thumb flexes across the palm
    return along, palmar


def shift_towards_wrist(pivots: np.ndarray) -> np.ndarray:
    """Pivots [26, 3] -> the same with MCP and CMC moved proximally."""
    moved = pivots.copy()
    rows = np.flatnonzero(TOWARDS_WRIST_MM)
    moved[rows] += TOWARDS_WRIST_MM[rows, None] * unit(pivots[0] - pivots[rows])
    return moved


def palmar_offsets(pivots: np.ndarray) -> np.ndarray:
    """[21, 3] mm: how far, and which way, each pivot moves towards the palm.

    pivots: [26, 3], after `shift_towards_wrist`.
    """
    directions = np.empty((21, 3))
    directions[:] = palm_normal(pivots)
    palmar = finger_directions(pivots)[1]
    # PIP, DIP, TIP of the fingers and MCP, IP, TIP of the thumb: the direction of their own bone
    directions[1:].reshape(5, 4, 3)[:, 1:] = palmar
    return directions * TOWARDS_PALM_MM[:, None]
