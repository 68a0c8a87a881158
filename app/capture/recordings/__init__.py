"""Readers of recordings and pictures; damage costs the damaged part alone."""
