"""Cameras that people ask for and that cannot be opened, with the reason."""

from __future__ import annotations

from app.capture.backend import Backend

BACKENDS = (
    Backend("Kinect v2", "not supported", reason="not supported: no driver is packaged for it"),
    Backend("Orbbec", "not supported", reason="not supported: its library forces an old numpy"),
)
