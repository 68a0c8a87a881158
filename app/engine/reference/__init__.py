"""The networks themselves, in torch: the reference that the graphs are held against.

Beside `app.model` and `app.training` the one place that imports torch; slower than the graphs.
"""
