"""Depth pictures of hands that never were: rasteriser, sensor noise, camera models."""
