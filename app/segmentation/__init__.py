"""Find the hand in a full depth frame, follow it, and cut it out as a metric cube."""
