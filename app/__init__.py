"""Crossing Nets Live: everything that is not a widget.

Nothing below this package imports Qt, pyqtgraph or VTK.
"""
