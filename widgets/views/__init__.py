"""Depth view, 3-D view, synthesised depth."""
