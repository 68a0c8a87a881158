"""The program's version, written into every export.
`pyproject.toml` says the same (a test compares)."""

VERSION = "0.1.0"
