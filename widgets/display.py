"""On which display does a window open? Asked before Qt is loaded.

Where no display answers, Qt aborts the process; and a name in the environment proves nothing:
within tmux, after ssh or under sudo it is that of a session that has ended, or lets nobody in.
"""

from __future__ import annotations

import os
import sys

from app.config import ConfigError
from widgets.display_servers import start_problem, wayland_problem, x_problem

SCREENLESS = ("offscreen", "minimal")


def choose_display() -> None:
    """Have Qt take a display that answers, whatever QT_QPA_PLATFORM and the others say.

    Where the environment is right it stays as it is. Raises ConfigError where no window can open.
    """
    if not sys.platform.startswith("linux"):
        return
    forced = [name for name in os.environ.get("QT_QPA_PLATFORM", "").split(";") if name]
    problems: dict[str, str | None] = {}
    for names in (forced, _named_displays()):
        problems |= {name: _problem_of(name) for name in names if name not in problems}
        good = [name for name in names if problems[name] is None]
        if good:
            if any(problems.values()):
                os.environ["QT_QPA_PLATFORM"] = good[0]
            return
    told = dict.fromkeys(problem for problem in problems.values() if problem)
    raise ConfigError(
        f"no display: {'; '.join(told) or 'neither DISPLAY nor WAYLAND_DISPLAY is set'}",
        "without a window: --headless, for instance --headless --frames 100",
    )


def _named_displays() -> list[str]:
    """The platforms that the environment names a display of, the session's own first."""
    named = {"xcb": ("DISPLAY",), "wayland": ("WAYLAND_DISPLAY", "WAYLAND_SOCKET")}
    found = [name for name, keys in named.items() if any(os.environ.get(key) for key in keys)]
    return found[::-1] if os.environ.get("XDG_SESSION_TYPE") == "wayland" else found


def _problem_of(name: str) -> str | None:
    """Why no window opens on this platform of QT_QPA_PLATFORM, parameters included."""
    plain = name.partition(":")[0]
    if plain in SCREENLESS:
        return None
    if plain.startswith("wayland"):
        return wayland_problem()
    return x_problem() if plain == "xcb" else start_problem(name)
