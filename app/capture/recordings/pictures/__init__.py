"""Depth as people save it: pictures and arrays of many kinds, and what stands beside them."""
