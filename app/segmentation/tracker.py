"""One hand from frame to frame: searched, found, followed, lost, found again.

Followed: the centre is predicted by the speed so far (limited), then refined on the surface there;
the mean of the network's joints, told by `confirm`, wins over it. Lost or new: every frame is
searched as a whole. A frame that comes long after the one before (a slow recording) is searched as
a whole too, but the hand near the old place is preferred; an epoch change, time running backwards
or a long gap forget everything.
"""

from __future__ import annotations

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
REJECTED_S = 1.0  # how long a place where the network saw no hand ranks behind others
REJECTED_MM = 100.0


class HandTracker:
    """Not thread-safe: it lives on the estimator's thread.
    Default locator: with the shipped network.
    """

    def __init__(self, locator: HandLocator | None = None, cube_mm: float = CUBE_MM):
        self.locator = locator or HandLocator(shipped_heatmap())
        self.cube_mm = cube_mm
        self.reset()

    def reset(self) -> None:
        """Forget the hand, the clicked one too."""
        self._frame_s: float | None = None
        self._epoch: int | None = None
        self._click: tuple[float, float] | None = None
        self._maybe: np.ndarray | None = None  # an unsure find, to be seen again
        self._rejected: list[tuple[float, np.ndarray]] = []  # when and where there was no hand
        self._centre: np.ndarray | None = None  # where the hand is or, when lost, was
        self._seen_s = 0.0  # when it was there
        self._score = 0.0
        self._lose()

    def _lose(self) -> None:
        self._following = False
        self._confirmed = False  # the network has seen this hand
        self._doubts = 0  # in a row
        self._unchecked = 0  # frames since anybody but the surface said that this is a hand
        self._velocity = np.zeros(3)  # mm/s
        self._offset = np.zeros(3)  # from the surface's centre to the joints' mean, mm
        self._surface: tuple[float, np.ndarray] | None = None  # time, place of its last centre

    @property
    def following(self) -> bool:
        """True while a hand is followed."""
        return self._following

    def point_at(self, pixel: tuple[float, float]) -> None:
        """The user clicked here (column, row): follow the hand there from the next frame on."""
        self._click = (float(pixel[0]), float(pixel[1]))

    def confirm(self, centre_mm: np.ndarray, confidence: float) -> None:
        """What the network made of the last frame:
        the mean of its joints (mm) and its belief, 0..1.
        """
        if not self._following:
            return
        self._unchecked = 0
        if confidence < UNSURE_CONFIDENCE:
            self._doubts += 1
            if self._doubts >= PATIENCE or not self._confirmed:
                self._rejected.append((self._frame_s, self._centre))
                self._lose()
            return
        self._doubts, self._confirmed = 0, True
        offset = np.asarray(centre_mm, float) - self._surface[1]
        length = np.linalg.norm(offset)
        if length < 2 * OFFSET_LIMIT_MM:
            offset *= min(1.0, OFFSET_LIMIT_MM / max(length, 1e-9))
            self._offset = 0.5 * self._offset + 0.5 * offset
            self._centre = np.asarray(centre_mm, float).copy()

    def update(self, frame: DepthFrame) -> HandRegion | None:
        """Where the hand is in this frame; None: no hand."""
        gap = self._step_time(frame)
        if self._click is not None:
            region = self._take_clicked(frame)
            if region is not None:
                return region
        if self._following and gap <= FOLLOW_GAP_S:
            self._unchecked += 1
            if self._unchecked <= CHECK_EVERY:
                region = self._follow(frame, gap)
                if region is not None:
                    return region
        return self._search(frame, gap)

    def _step_time(self, frame: DepthFrame) -> float:
        """Seconds since the frame before; resets when the two do not belong together."""
        before = self._frame_s
        broken = before is None or frame.epoch != self._epoch
        if broken or not 0 <= frame.t_s - before <= FORGET_GAP_S:
            click = self._click
            self.reset()
            self._click = click
            before = frame.t_s
        self._frame_s, self._epoch = frame.t_s, frame.epoch
        return frame.t_s - before

    def _follow(self, frame: DepthFrame, gap: float) -> HandRegion | None:
        step = self._velocity * gap
        length = np.linalg.norm(step)
        if length > MAX_STEP_MM:
            step *= MAX_STEP_MM / length
        base = self._centre - self._offset
        region = self.locator.follow(frame, base + step, self.cube_mm)
        if region is None and length > 10:  # it may have stopped
            region = self.locator.follow(frame, base, self.cube_mm)
        if region is None:
            return None
        self._measure(region.centre_mm, frame.t_s)
        return HandRegion(read_only(self._centre.astype(np.float32)), self._score, tracked=True)

    def _measure(self, surface_mm: np.ndarray, t_s: float) -> None:
        """The surface's centre in a new frame: place and, at half weight, speed."""
        surface = np.asarray(surface_mm, float)
        if self._surface is not None and t_s > self._surface[0]:
            speed = (surface - self._surface[1]) / (t_s - self._surface[0])
            speed *= min(1.0, MAX_SPEED_MM_S / max(np.linalg.norm(speed), 1e-9))
            self._velocity = 0.5 * (self._velocity + speed)
        self._surface = (t_s, surface)
        self._centre, self._seen_s = surface + self._offset, t_s

    def _search(self, frame: DepthFrame, gap: float) -> HandRegion | None:
        """Look at the whole frame;
        the hand near the old place is preferred to a better one elsewhere.
        """
        regions = self.locator.locate(frame, cube_mm=self.cube_mm)
        near = self._near_old_place(regions)
        if near is not None:
            return self._take(near, same=self._following and gap <= FOLLOW_GAP_S)
        if self._following and gap <= FOLLOW_GAP_S:
            self._doubts += 1  # the surface may still be there, though the search does not name it
            self._unchecked = CHECK_EVERY  # search again at the next frame
            region = self._follow(frame, gap) if self._doubts < PATIENCE else None
            if region is not None:
                return region
        self._lose()
        best = max(regions, key=self._rank, default=None)
        before, self._maybe = self._maybe, None
        if best is None:
            return None
        again = before is not None and np.linalg.norm(best.centre_mm - before) < KEEP_MM
        if best.score >= SURE or again:
            return self._take(best, same=False)
        self._maybe = best.centre_mm
        return None

    def _rank(self, region: HandRegion) -> float:
        """The score, halved where the network has just seen no hand."""
        self._rejected = [r for r in self._rejected if self._frame_s - r[0] <= REJECTED_S]
        refused = any(np.linalg.norm(region.centre_mm - p) < REJECTED_MM for _, p in self._rejected)
        return region.score * (0.5 if refused else 1.0)

    def _near_old_place(self, regions: list[HandRegion]) -> HandRegion | None:
        if self._centre is None or self._frame_s - self._seen_s > RECALL_S or not regions:
            return None
        if any(np.linalg.norm(self._centre - p) < REJECTED_MM for _, p in self._rejected):
            return None
        nearest = min(regions, key=lambda r: float(np.linalg.norm(r.centre_mm - self._centre)))
        return nearest if np.linalg.norm(nearest.centre_mm - self._centre) < KEEP_MM else None

    def _take_clicked(self, frame: DepthFrame) -> HandRegion | None:
        """The surface under the click, the nearest of it where the click hit an edge."""
        u, v = (round(c) for c in self._click)
        self._click = None
        patch = frame.depth_raw[max(v - 5, 0) : max(v + 6, 0), max(u - 5, 0) : max(u + 6, 0)]
        if not (patch > 0).any():
            return None
        z = float(np.percentile(patch[patch > 0], 25)) * frame.depth_unit_mm
        blob = find_blob(frame, unproject(np.array([u, v]), z, frame.intrinsics), self.cube_mm)
        if blob is None:
            return None
        return self._take(HandRegion(read_only(blob.centre_mm), SURE), same=False)

    def _take(self, region: HandRegion, same: bool) -> HandRegion:
        """Follow this one from now on; `same`: it is the hand followed so far."""
        offset, confirmed = self._offset, self._confirmed
        self._lose()
        self._following, self._maybe, self._score = True, None, region.score
        if same:
            self._offset, self._confirmed = offset, confirmed
        self._measure(region.centre_mm, self._frame_s)
        return HandRegion(read_only(self._centre.astype(np.float32)), region.score, tracked=same)
