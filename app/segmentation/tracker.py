"""One hand from frame to frame: searched, found, followed, lost, found again.

Followed: the centre is predicted by the speed so far (limited), then refined on the surface there;
the mean of the network's joints, told by `confirm`, wins over it. Lost or new: every frame is
searched as a whole. A frame that comes long after the one before (a slow recording) is searched as
a whole too, but the hand near the old place is preferred; an epoch change, time running backwards
or a long gap forget everything.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from app.frames import CUBE_MM, DepthFrame, HandRegion, read_only
from app.geometry import unproject
from app.segmentation.blob import find_blob
from app.segmentation.heatmap import shipped_heatmap
from app.segmentation.locate import HandLocator

FOLLOW_GAP_S = 0.2  # no prediction is trusted for longer: the whole frame is searched
FORGET_GAP_S = 2.0  # beyond, it may be another hand altogether
MAX_SPEED_MM_S = 2500.0
MAX_STEP_MM = 250.0  # that a prediction may add between two frames
KEEP_MM = 250.0  # after a gap or a loss, a hand this near to the old place counts as the same
RECALL_S = 1.0  # how long the old place of a lost hand is remembered
SURE = 0.5  # found with this score: a hand at once; with less it must be found twice in a row
CHECK_EVERY = 15  # frames between two looks at the whole frame while nobody confirms the hand
UNSURE_CONFIDENCE = 0.3
PATIENCE = 3  # unsure frames in a row, after which a hand once confirmed counts as lost
OFFSET_LIMIT_MM = 60.0  # how far the joints' mean may lie from the surface's centre
FAR_EVERY_S = 0.15  # seconds between two looks for a hand far away, which take long
REJECTED_S = 1.0  # how long a place where the network saw no hand ranks behind others
REJECTED_MM = 100.0


@dataclass(slots=True)
class _Hand:
    """The hand that is followed or, when it was lost, was."""

    score: float
    surface_mm: np.ndarray  # [3], centre of its surface
    seen_s: float  # when that was measured
    offset: np.ndarray  # [3] mm, from there to the mean of its joints
    confirmed: bool  # the network has seen this hand
    centre_mm: np.ndarray = field(init=False)  # [3], the mean of its joints
    velocity: np.ndarray = field(default_factory=lambda: np.zeros(3))  # mm/s
    doubts: int = 0  # in a row
    unchecked: int = 0  # frames since anybody but the surface said that this is a hand

    def __post_init__(self) -> None:
        self.centre_mm = self.surface_mm + self.offset

    def measure(self, surface_mm: np.ndarray, t_s: float) -> None:
        """The surface's centre in a new frame: place and, at half weight, speed."""
        surface = np.asarray(surface_mm, float)
        if t_s > self.seen_s:
            speed = (surface - self.surface_mm) / (t_s - self.seen_s)
            speed *= min(1.0, MAX_SPEED_MM_S / max(float(np.linalg.norm(speed)), 1e-9))
            self.velocity = 0.5 * (self.velocity + speed)
        self.surface_mm, self.seen_s = surface, t_s
        self.centre_mm = surface + self.offset

    def learn(self, centre_mm: np.ndarray) -> None:
        """The mean of its joints [3] in the last frame, unless it is too far off to be believed."""
        offset = centre_mm - self.surface_mm
        length = float(np.linalg.norm(offset))
        if length < 2 * OFFSET_LIMIT_MM:
            offset *= min(1.0, OFFSET_LIMIT_MM / max(length, 1e-9))
            self.offset = 0.5 * self.offset + 0.5 * offset
            self.centre_mm = centre_mm

    def region(self, tracked: bool) -> HandRegion:
        """Where it is, for others."""
        return HandRegion(read_only(self.centre_mm.astype(np.float32)), self.score, tracked)


class HandTracker:
    """Not thread-safe: it lives on the estimator's thread. Default locator: the shipped network."""

    def __init__(self, locator: HandLocator | None = None, cube_mm: float = CUBE_MM):
        self.locator = locator or HandLocator(shipped_heatmap())
        self.cube_mm = cube_mm
        self.reset()

    def reset(self) -> None:
        """Forget the hand, the clicked one too."""
        self._epoch: int | None = None  # None: no frame has been seen
        self._frame_s, self._far_s = 0.0, -np.inf  # of the last frame, of the last look far away
        self._click: tuple[float, float] | None = None
        self._maybe: np.ndarray | None = None  # an unsure find, to be seen again
        self._rejected: list[tuple[float, np.ndarray]] = []  # when and where there was no hand
        self._passed: list[tuple[float, np.ndarray]] = []  # likewise: not the hand that is wanted
        self._following = False
        self._hand: _Hand | None = None

    @property
    def following(self) -> bool:
        """True while a hand is followed."""
        return self._following

    def point_at(self, pixel: tuple[float, float]) -> None:
        """The user clicked here (column, row): follow the hand there from the next frame on."""
        self._click = (float(pixel[0]), float(pixel[1]))

    def confirm(self, centre_mm: np.ndarray, confidence: float) -> None:
        """What the network made of the last frame: its joints' mean (mm) and its belief, 0..1."""
        hand = self._hand
        if hand is None or not self._following:
            return
        hand.unchecked = 0
        if confidence < UNSURE_CONFIDENCE:
            hand.doubts += 1
            if hand.doubts >= PATIENCE or not hand.confirmed:
                self._rejected.append((self._frame_s, hand.centre_mm))
                self._following = False
            return
        hand.doubts, hand.confirmed = 0, True
        hand.learn(np.array(centre_mm, float))

    def pass_over(self, centre_mm: np.ndarray) -> None:
        """The hand of the last frame, there, is not the one that is wanted: look elsewhere.

        It is not proposed again for REJECTED_S, wherever it goes meanwhile.
        """
        self._passed.append((self._frame_s, np.array(centre_mm, float)))
        self._following, self._hand, self._maybe = False, None, None

    def update(self, frame: DepthFrame) -> HandRegion | None:
        """Where the hand is in this frame; None: no hand."""
        gap = self._step_time(frame)
        if self._click is not None:
            region = self._take_clicked(frame, self._click)
            if region is not None:
                return region
        hand = self._followed(gap)
        if hand is not None:
            hand.unchecked += 1
            if hand.unchecked <= CHECK_EVERY:
                region = self._follow(hand, frame, gap)
                if region is not None:
                    return region
        return self._search(frame, gap)

    def _step_time(self, frame: DepthFrame) -> float:
        """Seconds since the frame before; resets when the two do not belong together."""
        gap = frame.t_s - self._frame_s
        if frame.epoch != self._epoch or not 0 <= gap <= FORGET_GAP_S:
            click = self._click
            self.reset()
            self._click, gap = click, 0.0
        self._frame_s, self._epoch = frame.t_s, frame.epoch
        return gap

    def _followed(self, gap: float) -> _Hand | None:
        """The hand, if it may be followed over a gap of so many seconds."""
        return self._hand if self._following and gap <= FOLLOW_GAP_S else None

    def _follow(self, hand: _Hand, frame: DepthFrame, gap: float) -> HandRegion | None:
        step = hand.velocity * gap
        length = float(np.linalg.norm(step))
        if length > MAX_STEP_MM:
            step *= MAX_STEP_MM / length
        base = hand.centre_mm - hand.offset
        region = self.locator.follow(frame, base + step, self.cube_mm)
        if region is None and length > 10:  # it may have stopped
            region = self.locator.follow(frame, base, self.cube_mm)
        if region is None:
            return None
        hand.measure(region.centre_mm, frame.t_s)
        return hand.region(tracked=True)

    def _search(self, frame: DepthFrame, gap: float) -> HandRegion | None:
        """The hand near the old place if the frame has one, else the best one anywhere."""
        far = not 0 <= self._frame_s - self._far_s < FAR_EVERY_S
        if far:
            self._far_s = self._frame_s
        regions = self._wanted(self.locator.locate(frame, cube_mm=self.cube_mm, far=far))
        near = self._near_old_place(regions)
        hand = self._followed(gap)
        if near is not None:
            return replace(self._take(near, hand), again=hand is None)
        if hand is not None:
            hand.doubts += 1  # the surface may still be there, though the search does not name it
            hand.unchecked = CHECK_EVERY  # search again at the next frame
            region = self._follow(hand, frame, gap) if hand.doubts < PATIENCE else None
            if region is not None:
                return region
        self._following = False
        best = max(regions, key=self._rank, default=None)
        before, self._maybe = self._maybe, None
        if best is None:
            return None
        again = before is not None and np.linalg.norm(best.centre_mm - before) < KEEP_MM
        if best.score >= SURE or again:
            return self._take(best)
        self._maybe = best.centre_mm
        return None

    def _wanted(self, regions: list[HandRegion]) -> list[HandRegion]:
        """Those that were not passed over of late; the others' new places are noted."""
        passed = [p for p in self._passed if self._frame_s - p[0] <= REJECTED_S]
        self._passed, wanted = [], []
        for region in regions:
            near = [p for p in passed if np.linalg.norm(region.centre_mm - p[1]) < REJECTED_MM]
            if near:
                self._passed.append((near[0][0], region.centre_mm.astype(float)))
            else:
                wanted.append(region)
        return wanted

    @property
    def passed_over(self) -> bool:
        """A hand that was passed over is in view, as far as the last search says."""
        return bool(self._passed)

    def _rank(self, region: HandRegion) -> float:
        """The score, halved where the network has just seen no hand."""
        self._rejected = [r for r in self._rejected if self._frame_s - r[0] <= REJECTED_S]
        return region.score * (0.5 if self._is_rejected(region.centre_mm) else 1.0)

    def _is_rejected(self, centre_mm: np.ndarray) -> bool:
        return any(np.linalg.norm(centre_mm - place) < REJECTED_MM for _, place in self._rejected)

    def _near_old_place(self, regions: list[HandRegion]) -> HandRegion | None:
        hand = self._hand
        if hand is None or self._frame_s - hand.seen_s > RECALL_S or not regions:
            return None
        if self._is_rejected(hand.centre_mm):
            return None
        away = [float(np.linalg.norm(r.centre_mm - hand.centre_mm)) for r in regions]
        nearest = int(np.argmin(away))
        return regions[nearest] if away[nearest] < KEEP_MM else None

    def _take_clicked(self, frame: DepthFrame, click: tuple[float, float]) -> HandRegion | None:
        """The surface under the click, the nearest of it where the click hit an edge."""
        u, v = (round(c) for c in click)
        self._click = None
        patch = frame.depth_raw[max(v - 5, 0) : max(v + 6, 0), max(u - 5, 0) : max(u + 6, 0)]
        if not (patch > 0).any():
            return None
        z = float(np.percentile(patch[patch > 0], 25)) * frame.depth_unit_mm
        blob = find_blob(frame, unproject(np.array([u, v]), z, frame.intrinsics), self.cube_mm)
        if blob is None:
            return None
        return self._take(HandRegion(read_only(blob.centre_mm), SURE))

    def _take(self, region: HandRegion, same: _Hand | None = None) -> HandRegion:
        """Follow this one from now on; `same`: the hand followed so far, if it is that one."""
        offset, confirmed = (same.offset, same.confirmed) if same else (np.zeros(3), False)
        surface = np.asarray(region.centre_mm, float)
        self._hand = _Hand(region.score, surface, self._frame_s, offset, confirmed)
        self._following, self._maybe = True, None
        return self._hand.region(tracked=same is not None)
