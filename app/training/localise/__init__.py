"""Training of the network that finds hands in whole frames: `python -m app.training.localise`."""
