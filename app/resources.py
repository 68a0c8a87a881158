"""Files that come with the program, and the folder for what it makes for itself.

In a checkout weights, samples, documents and licences lie beside `app/`; a wheel carries the
folders inside `app/`. What an installed program compiles or builds goes to the user's cache folder:
its own folder may be read-only.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from platformdirs import user_cache_path


@cache
def package_folder(package: str) -> Path:
    """The folder of one of our packages; wheels are unpacked, so it is a real one."""
    return Path(str(files(package)))


def resource(*names: str, package: str = "app") -> Path:
    """Path of a shipped file or folder, for instance `resource("weights", "live.safetensors")`.

    It lies inside `package` or, in a checkout, beside it. It need not exist: who reads it says what
    is missing.
    """
    folder = package_folder(package)
    inside = folder.joinpath(*names)
    return inside if inside.exists() else folder.parent.joinpath(*names)


def is_checkout() -> bool:
    """Does the program run from a checkout, whose folder is the user's own?"""
    return (package_folder("app").parent / "pyproject.toml").is_file()


def cache_folder(*names: str) -> Path:
    """A folder below the user's cache folder for this program; it need not exist."""
    return user_cache_path("crossing-nets", appauthor=False, opinion=False).joinpath(*names)


SHIPPED_WEIGHTS = resource("weights", "live.safetensors")
SHIPPED_LOCALISER = resource("weights", "localiser.onnx")
SAMPLE = resource("samples", "sr305_hand.bag")
DOCS = resource("docs")
