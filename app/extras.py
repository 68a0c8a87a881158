"""Packages that only some commands need, and the extra of pyproject.toml that brings them."""

from __future__ import annotations

from app.errors import AppError

EXTRA_OF = dict.fromkeys(("torch", "onnx", "matplotlib", "scipy", "tensorboardX"), "training")


class ExtraMissing(AppError):
    """A package of an extra is not installed; the hint says how to get it."""

    exit_code = 2


def missing_extra(error: ImportError, what: str = "this") -> ExtraMissing | None:
    """What to say where an import failed for want of an extra; None: that was not the reason.

    what: what needs the package, as the sentence begins.
    """
    package = (error.name or "").partition(".")[0]
    extra = EXTRA_OF.get(package)
    if extra is None or not isinstance(error, ModuleNotFoundError):
        return None
    return ExtraMissing(f"{what} needs {package}, which is not installed", hint_for(extra))


def hint_for(extra: str) -> str:
    """The command that installs an extra, into a checkout's environment or beside a wheel."""
    from app.resources import is_checkout  # late: every command imports this module

    name = "." if is_checkout() else "crossing-nets-live"
    return f'pip install "{name}[{extra}]"'
