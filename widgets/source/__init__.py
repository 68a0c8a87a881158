"""The source dock: cameras, their streams and settings."""
