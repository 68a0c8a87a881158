"""Crossing Nets Live: everything that is not a widget.

Nothing below this package imports Qt, pyqtgraph or VTK.
"""

import os

# What packages would report about this computer of their own accord. They look here once, when they
# are loaded, so this comes before every other import; processes started from this one inherit it.
QUIET = {
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime from 1.29 on: a device id in ~/.cache, and events
    "RS2_RUM_CLOUD_ENABLED": "0",  # librealsense from 2.59 on: its usage report stays on the disk
}
os.environ.update(QUIET)
