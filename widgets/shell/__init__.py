"""The window's frame: preferences, log, performance, model, outlet, help."""
