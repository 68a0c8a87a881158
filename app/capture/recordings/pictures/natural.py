"""The order of names as people count: frame_2 before frame_10."""

from __future__ import annotations

import re


def natural_key(name: str) -> tuple[list[tuple[bool, int, str]], str]:
    """What to sort names by."""
    parts = re.split(r"(\d+)", name)
    return [(p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in parts], name
