"""Kinds of pictures beside the plain one, and shares of them as people write them."""

from __future__ import annotations

from typing import Literal, get_args

from app.errors import AppError

WildKind = Literal["held", "two", "egocentric", "near", "sparse", "border"]
WILD_KINDS: tuple[WildKind, ...] = get_args(WildKind)
# what training sees beside plain crops, where it is asked for "wild"
MIXTURE: dict[WildKind, float] = {
    "held": 0.3,
    "two": 0.08,
    "egocentric": 0.14,
    "near": 0.06,
    "sparse": 0.05,
    "border": 0.05,
}


def parse_kinds(text: str) -> dict[WildKind, float]:
    """Shares as in "held=0.3,near=0.1"; "wild" is `MIXTURE`, "" none. Raises AppError."""
    if text in ("", "wild"):
        return dict(MIXTURE) if text else {}
    shares: dict[WildKind, float] = {}
    for part in text.split(","):
        name, _, share = part.partition("=")
        kind = next((kind for kind in WILD_KINDS if kind == name.strip()), None)
        try:
            value = float(share)
        except ValueError:
            value = -1.0
        if kind is None or not 0 <= value <= 1:
            raise AppError(
                f"{part} is no share of a kind of pictures",
                f"kinds: {', '.join(WILD_KINDS)}; a share from 0 to 1, as held=0.3",
            )
        shares[kind] = value
    if sum(shares.values()) > 1 + 1e-9:
        raise AppError("the shares of the kinds of pictures are more than 1 in all")
    return shares
