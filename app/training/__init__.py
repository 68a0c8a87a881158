"""Training: losses, stages, the loop that runs them, and `python -m app.training`."""
