"""The one place that imports OpenCV.

The plain (not headless) wheel points Qt at its own plugins on import (opencv-python#736); that is
undone here.
"""

import os

_BEFORE = {name: os.environ.get(name) for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")}

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # a codec that is not there is no news
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # a damaged picture is told by what it returns

import cv2  # noqa: E402 - its settings above come first

for _name, _value in _BEFORE.items():
    if _value is None:
        os.environ.pop(_name, None)
    else:
        os.environ[_name] = _value

cv2.setNumThreads(1)  # live work shares its cores with the window

__all__ = ["cv2"]
