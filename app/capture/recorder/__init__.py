"""The recorder: frames to a .bag that survives a kill, its joints beside it, and its repair."""
