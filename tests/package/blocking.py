"""A Python in which some packages cannot be imported, as if they were not installed."""

from __future__ import annotations

from pathlib import Path

SITE = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
"""


def block(folder: Path, names: set[str]) -> Path:
    """Write a sitecustomize that hides these packages; returns the folder for PYTHONPATH."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(SITE.format(names=names), "utf-8")
    return folder
