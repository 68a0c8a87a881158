"""From a frame to its hands: one frame by itself, a hand that is followed, the thread around."""
