"""Training: losses, stages, the loop that runs them, and its command line."""
