"""The window: one widget a file. Only the GUI thread touches Qt and VTK."""
