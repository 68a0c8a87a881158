"""The dock of a whole recording: process it, see a joint over time, export."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.export.track import DOUBTFUL, Track
from app.skeleton import JOINT_NAMES
from app.threads.task import Report
from widgets.parts.buttons import CheckBox, PushButton, make_label
from widgets.recording.joint_chart import AXES, MOST_JOINTS
from widgets.recording.joint_plot import Choice, JointPlot

FIRST_JOINT = JOINT_NAMES.index("index_tip")
NOTHING = "Not processed. Processing also marks uncertain frames and allows exports."


AXIS_TIPS = {
    "x": "To the right of the camera",
    "y": "Down from the camera",
    "z": "Away from the camera",
}


class AnalysisPanel(QWidget):
    """Says what the user wants by signals; is told what is."""

    process_wanted = Signal()
    cancel_wanted = Signal()
    joints_wanted = Signal()
    video_wanted = Signal()
    seek_wanted = Signal(float)  # seconds since the recording's start

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._track: Track | None = None
        self._seconds = 0.0
        self._drawn: tuple[int, ...] = (FIRST_JOINT,)
        self.plot = JointPlot()
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 2, 10, 8)
        column.setSpacing(6)
        column.addLayout(self._make_work_row())
        column.addLayout(self._make_choice_row())
        column.addWidget(self.plot, 1)
        self._connect()
        self.show_track(None)
        self.show_idle(False)
        self._choose()

    def _make_work_row(self) -> QHBoxLayout:
        self.process = PushButton(
            "Process whole recording",
            "process",
            "Estimate every frame of the recording (Ctrl+Return)",
        )
        self.cancel = PushButton("Stop", "stop", "Stop; the frames done so far are kept (Ctrl+.)")
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress")
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(6)
        self.progress.setMinimumWidth(80)
        self.said = make_label(NOTHING, "muted")
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.export = PushButton("Export", "export", "Joints as CSV, JSON, NPZ, BVH; video")
        menu = QMenu(self.export)
        menu.addAction("Joints: CSV, JSON, NPZ, BVH…", self.joints_wanted.emit)
        menu.addAction("Overlay video…", self.video_wanted.emit)
        self.export.setMenu(menu)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self.process, self.cancel, self.progress):
            row.addWidget(widget)
        row.addWidget(self.said, 1)
        row.addWidget(self.export)
        return row

    def _make_choice_row(self) -> QHBoxLayout:
        self.joint = PushButton("", tip=f"Which joints are drawn: up to {MOST_JOINTS}")
        self.joint.setAccessibleName("Joints")
        menu = QMenu(self.joint)
        self.joints = [menu.addAction(name.replace("_", " ")) for name in JOINT_NAMES]
        for joint, action in enumerate(self.joints):
            action.setCheckable(True)
            action.setChecked(joint == FIRST_JOINT)
        self.joint.setMenu(menu)
        self.axes = {axis: CheckBox(axis, AXIS_TIPS[axis]) for axis in AXES}
        self.raw = CheckBox("raw", "The network's own output, before the filter (paler lines)")
        self.filtered = CheckBox("filtered", "After the smoothing filter, as exported and streamed")
        self.centred = CheckBox("Centre on the median", "Off: camera coordinates")
        self.value = QLabel()
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.value.setAccessibleName("Value at the cursor")
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.joint)
        for axis, box in self.axes.items():
            box.setAccessibleName(f"Axis {axis}")
            row.addWidget(box)
        for box in (*self.axes.values(), self.raw, self.filtered, self.centred):
            box.setChecked(True)
        for box in (self.raw, self.filtered, self.centred):
            row.addWidget(box)
        row.addWidget(self.value, 1)
        return row

    def _connect(self) -> None:
        self.process.clicked.connect(self.process_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.plot.seek_wanted.connect(self.seek_wanted)
        for joint, action in enumerate(self.joints):
            action.toggled.connect(lambda on, joint=joint: self._on_joint(joint, on))
        for box in (*self.axes.values(), self.raw, self.filtered, self.centred):
            box.toggled.connect(self._choose)

    # --- what is ------------------------------------------------------------------------------

    def show_idle(self, possible: bool) -> None:
        """No task runs; `possible`: the source can be processed."""
        self.process.setEnabled(possible)
        self.plot.show_possible(possible)
        self.cancel.setVisible(False)
        self.progress.setVisible(False)
        self.export.setEnabled(self._track is not None and len(self._track) > 0)

    def show_progress(self, report: Report, words: str) -> None:
        """A task runs."""
        self.process.setEnabled(False)
        self.export.setEnabled(False)
        for widget in (self.cancel, self.progress):
            widget.setVisible(True)
        self.progress.setRange(0, report.total or 0)
        self.progress.setValue(min(report.done, report.total or 0))
        self.said.setText(words)

    def show_track(self, track: Track | None, fit: bool = True) -> None:
        """What a pass has found, also on the way; None: nothing yet."""
        self._track = track
        self.plot.show_track(track, fit)
        self.said.setText(NOTHING if track is None else describe(track))
        self._show_value()

    def show_cursor(self, seconds: float) -> None:
        """Where the player is."""
        self._seconds = seconds
        if self.isVisible():
            self._show_place()

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._show_place()

    def _show_place(self) -> None:
        """The cursor stands on a frame that was processed, and its value is told."""
        track, seconds = self._track, self._seconds
        if track is not None and len(track):
            seconds = float(track.seconds[track.row_at(seconds)])
        self.plot.show_cursor(seconds)
        self._show_value()

    def choice(self) -> Choice:
        """What the controls ask for."""
        axes = tuple(axis for axis, box in self.axes.items() if box.isChecked())
        return Choice(
            self._drawn, axes, self.raw.isChecked(), self.filtered.isChecked(),
            self.centred.isChecked(),
        )  # fmt: skip

    def choose_joints(self, joints: tuple[int, ...]) -> None:
        """Draw these and no others; the first one's place is told in words."""
        self._drawn = joints[:MOST_JOINTS]
        for joint, action in enumerate(self.joints):
            with QSignalBlocker(action):
                action.setChecked(joint in self._drawn)
        self._choose()

    def _on_joint(self, joint: int, on: bool) -> None:
        """One more or one less, of the most: the one that was chosen first gives way."""
        others = tuple(j for j in self._drawn if j != joint)
        kept = (*others, joint)[-MOST_JOINTS:] if on else others
        self.choose_joints(kept or (joint,))

    def _choose(self) -> None:
        first, *others = self._drawn
        more = f" + {len(others)}" if others else ""
        self.joint.setText(JOINT_NAMES[first].replace("_", " ") + more)
        self.plot.show_choice(self.choice())
        self._show_value()

    def _show_value(self) -> None:
        """Camera coordinates of the chosen joint at the cursor."""
        track = self._track
        if track is None or not len(track):
            self.value.setText("")
            return
        row = track.row_at(self._seconds)
        if not track.detected[row]:
            self.value.setText(f"frame {track.index[row]}: no hand")
            return
        joint = self._drawn[0]
        place, raw = track.joints_mm[row, joint], track.joints_raw_mm[row, joint]
        words = [f"frame {track.index[row]}: "]
        words += [f"{axis} {value:.1f}" for axis, value in zip("xyz", place, strict=True)]
        words.append(f"mm,  raw {float(np.linalg.norm(raw - place)):.1f} mm off")
        self.value.setText("  ".join(words))


def describe(track: Track) -> str:
    """One line about a pass."""
    found, doubtful = int(track.detected.sum()), int((track.marks == DOUBTFUL).sum())
    words = [f"{len(track)} frames, {found} with a hand"]
    if doubtful:
        words.append(f"{doubtful} uncertain")
    if track.source.note:
        words.append(track.source.note)
    return ", ".join(words)
