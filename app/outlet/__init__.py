"""Joints to other programs while they are estimated, by OSC and WebSocket (docs/outlet.md)."""

from app.outlet.outlet import Outlet, OutletStats

__all__ = ["Outlet", "OutletStats"]
