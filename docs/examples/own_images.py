"""Finds the hands in depth images of one's own: here those of an .npz, one after the other.

python own_images.py FILE.npz    # depth_mm [N, H, W] in mm and intrinsics = fx, fy, cx, cy
"""

import sys

import numpy as np

from app.api import HandTracker

data = np.load(sys.argv[1])
tracker = HandTracker()
for depth_mm in data["depth_mm"]:
    for hand in tracker.find(depth_mm, data["intrinsics"]):
        print(hand.side, f"{hand.confidence:.2f}", hand.joints_mm.round().astype(int).tolist())
