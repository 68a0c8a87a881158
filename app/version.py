"""The program's version, written into every export; `pyproject.toml` says the same."""

VERSION = "0.1.0"
