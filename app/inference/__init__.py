"""From a depth frame to a hand: engine, handedness, filters,
the pipeline of one frame and the thread around it."""
