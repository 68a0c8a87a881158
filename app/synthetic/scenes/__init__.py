"""Whole annotated frames: a person, a room, one hand or two, before a depth camera."""
