"""Prints where the index finger's tip is in every frame of a recording or of a live camera.

python joints.py [SOURCE] [FRAMES]    # SOURCE as on the command line; nothing: the first camera
"""

import sys

from app.api import JOINT_NAMES, HandTracker

source = sys.argv[1] if len(sys.argv) > 1 else None
frames = int(sys.argv[2]) if len(sys.argv) > 2 else None
tip = JOINT_NAMES.index("index_tip")
for seen in HandTracker().watch(source, frames):
    for hand in seen.hands:
        x, y, z = hand.joints_mm[tip]
        print(f"frame {seen.frame.index}: {hand.side} index tip {x:.0f} {y:.0f} {z:.0f} mm")
