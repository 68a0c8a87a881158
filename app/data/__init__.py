"""Training and evaluation data: one sample type, streams of it. Needs no torch."""
