"""Work on whole recordings beside the live view, on a thread of its own."""
