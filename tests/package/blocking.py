"""Packages that cannot be imported, as if they were not installed."""

from __future__ import annotations

from pathlib import Path

FINDER = """
import sys


class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)


sys.meta_path.insert(0, Blocked())
"""


def block(folder: Path, names: set[str]) -> Path:
    """Write `blocked.py` into a folder of its own, and return that.

    Importing the module hides these packages; a Python with the folder in PYTHONPATH does so by
    itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "blocked.py").write_text(FINDER.format(names=names), "utf-8")
    (folder / "sitecustomize.py").write_text("import blocked\n", "utf-8")
    return folder
