"""Cameras that are attached: RealSense, Kinect v1, Azure Kinect, and what is plugged in."""
