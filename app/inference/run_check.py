"""What there is to warn of in the results of a source: lines for a run without a window.

The window shows the same as it goes along: notes of the source, findings of the camera check, and
what speaks against a hand. A run sums them up, one line a kind.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.engine import Engine
from app.frames import DepthFrame, FrameResult, HandEstimate
from app.inference.camera_check import ENOUGH, CameraCheck, Finding
from app.inference.camera_trial import likely_camera
from app.inference.reasons import RANGE_MM, UNSURE, ReasonKind, doubts

TRIED = 2  # frames in which other cameras are tried
TOLD_SHARE = 0.05  # of the frames with a hand: what is seen in fewer is not told
NEAREST_SHARE = 5.0  # per cent of the readings that may be nearer than the nearest thing
_SAID = {
    ReasonKind.TOO_NEAR: f"The hand is nearer than {RANGE_MM[0] / 10:.0f} cm",
    ReasonKind.TOO_FAR: f"The hand is farther than {RANGE_MM[1] / 10:.0f} cm",
    ReasonKind.CUT: "Part of the hand is outside the picture",
    ReasonKind.HIDDEN: "Something hides part of the hand",
    ReasonKind.UNLIKE: "The answer does not fit the picture",
    ReasonKind.UNSURE: f"The confidence is below {UNSURE:g}",
}
Search = Callable[[Engine, Sequence[DepthFrame]], Finding | None]


@dataclass(frozen=True, slots=True)
class RunWarning:
    """One thing the user should know about a run."""

    kind: str  # "note", "no_hand", "other_hand", or the value of a `ReasonKind`
    message: str  # one line
    frames: int = 0  # in which it was seen; 0: it is about the whole run


class RunCheck:
    """Follows the results of one source; `warnings` says what came of it.

    notes: what the source says of itself. side: the hand that was chosen, or "auto". search: finds
    a camera under which a hand is seen.
    """

    def __init__(
        self,
        engine: Engine,
        notes: Iterable[str] = (),
        side: str = "auto",
        search: Search = likely_camera,
    ):
        self._engine, self._side, self._search = engine, side, search
        self._notes = tuple(note for note in notes if note)
        self._camera = CameraCheck()
        self._kinds: Counter[ReasonKind] = Counter()
        self._unclear: deque[DepthFrame] = deque(maxlen=TRIED)  # frames without a sure hand
        self.frames = self.with_hand = self.sure = self._other_side = 0

    def add(self, result: FrameResult) -> None:
        """Take in one result, in order; a frame without depth says nothing."""
        frame = result.frame
        if not isinstance(frame, DepthFrame):
            return
        self._camera.add(result)
        self.frames += 1
        self.with_hand += result.detected
        self.sure += self._camera.unseen == 0
        self._other_side += result.other_side
        for hand in result.hands:
            self._kinds.update(_kinds_of(frame, hand))
        unclear = self.frames - self.sure
        doubling = unclear & (unclear - 1) == 0  # the 1st, 2nd, 4th, 8th ... of them are kept
        if self._camera.unseen and not result.other_side and doubling:
            self._unclear.append(frame)

    def camera(self) -> list[Finding]:
        """What is wrong or doubtful about the camera's numbers, the worst first.

        Where a sure hand is rare, other units and focal lengths are tried: that takes a second.
        """
        enough = min(ENOUGH, max(1, self.frames // 2))
        findings = [f for f in self._camera.findings(enough) if f.level != "good"]
        if self._unclear and self.sure < ENOUGH and 2 * self.sure < self.frames:
            likely = self._search(self._engine, tuple(self._unclear))
            if likely is not None:
                return [likely]
        return findings

    def warnings(self) -> list[RunWarning]:
        """Everything there is to say, the most general first."""
        told = [RunWarning("note", note) for note in self._notes]
        findings = self.camera()
        told += [RunWarning(ReasonKind.CAMERA.value, _with_cure(f)) for f in findings]
        return told + list(self._about_hands(any(f.level == "wrong" for f in findings)))

    def refusal(self) -> str:
        """Why nothing should be learnt from this source, in one line; empty: it may be."""
        wrong = [finding for finding in self.camera() if finding.level == "wrong"]
        if wrong:
            return _with_cure(wrong[0])
        if not self.with_hand:
            return self._about_no_hand().message
        return "" if self.sure else f"No hand is seen with confidence in {self.frames} frames"

    def _about_hands(self, camera_wrong: bool) -> Iterator[RunWarning]:
        if self._other_side:
            other = "left" if self._side == "right" else "right"
            share = f"{self._other_side} of {self.frames} frames"
            message = f"No {self._side} hand is in view in {share}, but a {other} one is"
            yield RunWarning("other_hand", message, self._other_side)
        elif self.frames and not self.with_hand and not camera_wrong:
            yield self._about_no_hand()
        for kind, said in _SAID.items():
            count = self._kinds[kind]
            if count and count >= TOLD_SHARE * self.with_hand:
                message = f"{said} in {count} of {self.with_hand} frames with a hand"
                yield RunWarning(kind.value, message, count)

    def _about_no_hand(self) -> RunWarning:
        """No frame has a hand: is what there is to see out of range?"""
        nearest, farthest = RANGE_MM
        within = f"hands are found from {nearest / 10:.0f} to {farthest / 10:.0f} cm"
        thing_mm = _nearest_thing_mm(self._unclear)
        if thing_mm is not None and not nearest <= thing_mm <= farthest:
            kind = ReasonKind.TOO_NEAR if thing_mm < nearest else ReasonKind.TOO_FAR
            where = f"the nearest thing is {thing_mm / 10:.0f} cm away"
            return RunWarning(kind.value, f"No hand was found: {where}; {within}", self.frames)
        return RunWarning("no_hand", f"No hand was found: {within}", self.frames)


def _kinds_of(frame: DepthFrame, hand: HandEstimate) -> set[ReasonKind]:
    kinds = {reason.kind for reason in doubts(frame, hand)}
    return kinds | {ReasonKind.UNSURE} if hand.confidence < UNSURE else kinds


def _with_cure(finding: Finding) -> str:
    return f"{finding.text} ({finding.fix_text})" if finding.fix_text else finding.text


def _nearest_thing_mm(frames: Iterable[DepthFrame]) -> float | None:
    """How far away the nearest thing of some size is in these frames; None: no readings."""
    nearest = []
    for frame in frames:
        some = frame.depth_raw[::4, ::4]
        if (some > 0).any():
            raw = float(np.percentile(some[some > 0], NEAREST_SHARE))
            nearest.append(raw * frame.depth_unit_mm)
    return float(np.median(nearest)) if nearest else None
