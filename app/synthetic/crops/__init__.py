"""Labelled crops for training: a hand in its cube, with what surrounds it."""
