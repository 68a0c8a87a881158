"""Recordings made and analysed: recorder, joints over time."""
