"""The explorer's directions by name: which features each moves, and what moving it right does."""

from __future__ import annotations

from dataclasses import dataclass

from app.hand.features import SHAPE_FEATURES
from app.skeleton import FINGERS


@dataclass(frozen=True, slots=True)
class Plan:
    """A direction to be looked for. moved: by how much each feature changes, per unit."""

    name: str
    tip: str  # what right does, then what left does
    features: tuple[str, ...]
    moved: tuple[float, ...]
    group: str


_FOUR = FINGERS[1:]
_ONES = (1.0,) * 4
_FAN = (1.0, 1 / 3, -1 / 3, -1.0)  # lean of index .. little finger as they part
_WHOLE = (
    Plan(
        "Curl", "Right bends the four fingers into a fist, left opens the hand.",
        tuple(f"{finger} bend" for finger in _FOUR), _ONES, "Fingers",
    ),
    Plan(
        "Spread", "Right parts the fingers, left brings them together.",
        tuple(f"{finger} sideways" for finger in _FOUR), _FAN, "Fingers",
    ),
    Plan(
        "Hook", "Right bends the fingers' outer joints over straighter knuckles, left stretches "
        "them over bent ones.",
        tuple(f"{finger} hook" for finger in _FOUR), _ONES, "Fingers",
    ),
)  # fmt: skip
_THUMB = (
    Plan("Thumb bend", "Right bends the thumb, left straightens it.", ("thumb bend",), (1.0,),
         "Thumb"),
    Plan("Thumb across", "Right swings the thumb across the palm to the little finger's side, left "
         "away from the fingers.", ("thumb across",), (1.0,), "Thumb"),
    Plan("Thumb out", "Right lifts the thumb out of the palm's plane, as to grasp, left lays it "
         "beside the palm.", ("thumb out",), (1.0,), "Thumb"),
)  # fmt: skip
_SINGLE = {
    "bend": "Right bends the {finger} finger, left straightens it.",
    "sideways": "Right leans the {finger} finger to the thumb's side, left to the other side.",
    "hook": "Right bends the {finger} finger's outer joints over a straighter knuckle, left "
    "stretches them over a bent one.",
}
_FINGERS = tuple(
    Plan(f"{finger.capitalize()} {what}", tip.format(finger=finger), (f"{finger} {what}",), (1.0,),
         "Single fingers")
    for what, tip in _SINGLE.items()
    for finger in _FOUR
)  # fmt: skip
POSE_PLANS: tuple[Plan, ...] = (*_WHOLE, *_THUMB, *_FINGERS)
_EACH = (1.0,) * len(SHAPE_FEATURES)
_LENGTHS = tuple(f"{finger} length" for finger in FINGERS)
SHAPE_PLANS: tuple[Plan, ...] = (
    Plan("Hand size", "Right makes the whole hand larger, left smaller.", SHAPE_FEATURES, _EACH,
         "Shape"),
    Plan("Palm length", "Right lengthens the palm, left shortens it.", ("palm length",), (1.0,),
         "Shape"),
    Plan("Palm width", "Right widens the palm, left narrows it.", ("palm width",), (1.0,), "Shape"),
    Plan("Finger length", "Right lengthens all five fingers, left shortens them.", _LENGTHS,
         (1.0,) * 5, "Shape"),
    *(
        Plan(f"{finger.capitalize()} length", f"Right lengthens the {called}, left shortens it.",
             (f"{finger} length",), (1.0,), "Shape")
        for finger, called in zip(
            FINGERS, ("thumb", *(f"{finger} finger" for finger in _FOUR)), strict=True
        )
    ),
)  # fmt: skip
