"""Whole recordings: the pass over every frame, its plot, and what is written of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMainWindow

from app.analysis.overlay import write_overlay_video
from app.analysis.recording import estimate_recording, has_end
from app.capture.base import StreamInfo
from app.export.track import Track
from app.export.track_files import write_track
from app.export.video import available_codecs
from app.frames import Frame, FrameResult
from app.threads.task import Progress, Report, TaskState, Worker
from widgets.controller import Controller, DockPlan
from widgets.hub import Hub
from widgets.menus import Actions
from widgets.parts import file_dialogs
from widgets.parts.bridge import Bridge
from widgets.recording.analysis_panel import AnalysisPanel

TITLES = {  # of what is said when a task has failed
    "analysis": "The recording cannot be processed",
    "joints": "The joints could not be exported",
    "video": "The video could not be exported",
}
MOST_ROWS = 200_000  # of passes that are kept, about 120 MB
WORDS = {"analysis": "frame", "joints": "writing", "video": "drawing frame"}


class AnalysisControl(Controller):
    """Owns the analysis dock and its worker. window: parent of dialogs.

    track_changed: the Track of the source that is shown, or None.
    """

    track_changed = Signal(object)

    def __init__(self, hub: Hub, actions: Actions, window: QMainWindow):
        super().__init__(hub, actions)
        self._window = window
        self.panel = AnalysisPanel()
        self.track: Track | None = None
        self._range: tuple[int | None, int | None] = (None, None)  # frames that are played
        self._kept: OrderedDict[str, tuple[float, Track]] = OrderedDict()  # with the file's time
        self._under_way = False  # a pass over the recording that is shown
        self._spec: str | None = None  # what the present track, or the one under way, is of
        self._written: Path | None = None
        self._reports: Bridge[Report] = Bridge(capacity=16)  # the end of a task is not lost
        self._reports.connect(self._on_reports)
        self.worker = Worker(self._reports.mailbox)
        panel = self.panel
        panel.process_wanted.connect(self.process)
        panel.cancel_wanted.connect(self.worker.cancel)
        panel.joints_wanted.connect(self.export_joints)
        panel.video_wanted.connect(self.export_video)
        panel.seek_wanted.connect(self._seek)
        hub.estimated.connect(self._on_estimate)
        hub.previewed.connect(self._show_place)
        hub.source_changed.connect(self._on_source)

    # --- what the window asks of every area ---------------------------------------------------

    def docks(self) -> list[DockPlan]:
        return [DockPlan("Analysis", self.panel, "bottom", at_first=False)]

    def commands(self) -> dict[str, Callable[[], object]]:
        return {
            "process": self.process,
            "process_stop": self.worker.cancel,
            "export_joints": self.export_joints,
            "export_video": self.export_video,
        }

    def close(self) -> None:
        self._reports.close()
        self.worker.close()

    # --- what the user does -------------------------------------------------------------------

    def process(self) -> None:
        """Estimate every frame of the recording that is shown."""
        session, spec = self.hub.session, self.hub.session.spec
        if not has_end(self.hub.info) or spec is None:
            self.hub.say("info", "Nothing to process", "Open a recording first: Ctrl+O.")
        elif self._is_free():
            self._spec, self._under_way = spec, True
            config = session.estimator.config
            self.worker.start(
                "analysis",
                lambda progress: estimate_recording(
                    spec, config, progress, session.find, session.build
                ),
            )
            self._show_dock()

    def export_joints(self) -> None:
        """Ask where, and write the joints of the pass."""
        path, track = self._ask_path(file_dialogs.ask_joints, "joints"), self.track
        if path is not None and track is not None:
            self._written = path
            self.worker.start("joints", partial(_write_joints, path, track))

    def export_video(self) -> None:
        """Ask where, and draw the frames that the player plays into a video."""
        ask = partial(file_dialogs.ask_video, codecs=available_codecs())
        path = self._ask_path(ask, "overlay")
        spec, track, (first, last) = self._spec, self.track, self._range
        if path is None or spec is None or track is None:
            return
        self._written = path
        find = self.hub.session.find
        self.worker.start(
            "video",
            lambda progress: write_overlay_video(
                path, spec, track, progress, find, first or 0, last
            ),
        )

    def show_range(self, first: int | None, last: int | None) -> None:
        """The player plays these frames; None: no bound."""
        self._range = (first, last)
        if (first, last) == (None, None) or self.track is None or not len(self.track):
            self.panel.plot.show_range(None)
            return
        frames, seconds = self.track.index, self.track.seconds
        ends = (first or 0, frames[-1] if last is None else last)
        begins_s, ends_s = np.interp(ends, frames, seconds)
        self.panel.plot.show_range((float(begins_s), float(ends_s)))

    # --- inside -------------------------------------------------------------------------------

    def _is_free(self) -> bool:
        if self.worker.busy:
            self.hub.say(
                "info",
                "Another task is still running",
                "Wait for it to finish, or stop it with Ctrl+.",
            )
        return not self.worker.busy

    def _ask_path(self, ask: Callable, kind: str) -> Path | None:
        if self.track is None or not len(self.track) or self._spec is None:
            self.hub.say("info", "Nothing to export", "Process the recording first: Ctrl+Return.")
            return None
        if not self._is_free():
            return None
        name = ask(self._window, f"{Path(self._spec).stem}_{kind}")
        return Path(name) if name else None

    def _show_dock(self) -> None:
        dock = self.panel.parentWidget()
        if dock is not None and not dock.isVisible():
            dock.show()

    def _seek(self, seconds: float) -> None:
        """To the frame of the track nearest to this time; between the passes, to the time."""
        if self.track is None or not len(self.track):
            self.hub.seek_time(max(seconds, 0.0))
            return
        self.hub.seek_frame(int(self.track.index[self.track.row_at(seconds)]))

    def _on_source(self, info: StreamInfo) -> None:
        if self.hub.session.spec == self._spec and self.track is not None:
            self.track_changed.emit(_first_hands(self.track))  # opened again
        else:
            self.worker.cancel()
            self._keep()
            self._spec, self._under_way = None, False
            self._show(self._come_back(self.hub.session.spec or ""))
        if not self.worker.busy:
            self.panel.show_idle(has_end(info))

    def _keep(self) -> None:
        """A pass over a recording that is left comes back with it; the oldest make room."""
        if self._spec is not None and self.track is not None and not self._under_way:
            self._kept[self._spec] = (_changed_s(self._spec), self.track)
            self._kept.move_to_end(self._spec)
        while len(self._kept) > 1 and sum(len(t) for _, t in self._kept.values()) > MOST_ROWS:
            self._kept.popitem(last=False)

    def _come_back(self, spec: str) -> Track | None:
        """What is kept of a recording, unless its file has changed since."""
        changed_s, track = self._kept.get(spec, (0.0, None))
        if track is None or changed_s != _changed_s(spec):
            return None
        self._spec = spec
        return track

    def _on_estimate(self, result: FrameResult) -> None:
        self._show_place(result.frame)

    def _show_place(self, frame: Frame) -> None:
        info = self.hub.info
        self.panel.show_cursor(frame.t_s - (info.start_s if info else 0.0))

    def _show(self, track: Track | None) -> None:
        fit = self.track is None
        self.track = track
        self.panel.show_track(_first_hands(track), fit)
        self.show_range(*self._range)
        self.track_changed.emit(_first_hands(track))

    def _on_reports(self) -> None:
        for report in self._reports.take_all():
            self._on_report(report)

    def _on_report(self, report: Report) -> None:
        stale = report.task == "analysis" and not self._under_way  # of a source that has gone
        if isinstance(report.result, Track) and not stale:
            self._show(report.result)
        if report.state is TaskState.RUNNING:
            self.panel.show_progress(report, _describe(report))
            return
        if report.task == "analysis":
            self._under_way = False
        self.panel.show_idle(has_end(self.hub.info))
        self.panel.show_track(_first_hands(self.track))
        if not stale:
            self._tell(report)

    def _tell(self, report: Report) -> None:
        failure = report.failure
        if failure is not None:
            self.hub.say("error", TITLES[report.task], failure.message, failure.detail)
        elif report.task == "analysis":
            note = self.track.source.note if self.track is not None else ""
            kind = "warning" if note and report.state is TaskState.DONE else "info"
            self.hub.say(kind, "Recording processed", self.panel.said.text())
        elif report.state is TaskState.DONE:
            self.hub.say("info", "Written", str(self._written))
        else:
            self.hub.say("info", "Nothing was written", "You stopped it.")


def _first_hands(track: Track | None) -> Track | None:
    """What the plot and the timeline have room for."""
    return None if track is None else track.one_a_frame()


def _changed_s(spec: str) -> float:
    """When a file was written last; 0 where there is none of this name."""
    try:
        return Path(spec).stat().st_mtime
    except (OSError, ValueError):
        return 0.0


def _write_joints(path: Path, track: Track, progress: Progress) -> None:
    write_track(path, track)
    progress.stop.clear()  # it is written: too late to stop


def _describe(report: Report) -> str:
    total = f" of {report.total}" if report.total else ""
    rate = report.done / report.elapsed_s if report.elapsed_s > 0 else 0.0
    words = [f"{WORDS[report.task]} {report.done}{total}", f"{rate:.0f} a second"]
    if report.left_s is not None:
        words.append(f"{report.left_s:.0f} s left")
    return ",  ".join(words)
