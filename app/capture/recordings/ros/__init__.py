"""Recordings by ROS 1 and ROS 2, in whatever container: depth, its camera, and colour beside it."""
