"""Measuring: annotated frames, rendered test sets, and the public prediction files."""
