"""Recording what the source gives, while it is shown: the button, the menu, `--record`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from app.capture.base import StreamInfo
from app.capture.recorder.recorder import Recorder
from app.errors import reason_of
from app.frames import Failure, Frame
from app.threads.takers import Takers
from widgets.controller import Controller
from widgets.hub import Hub
from widgets.menus import Actions
from widgets.parts import settings
from widgets.parts.bridge import Bridge
from widgets.recording.record_bar import RecordBar, clock, megabytes
from widgets.recording.record_page import RecordPage


class RecordControl(Controller):
    """Owns the record button and the recorder.

    A recording is of one source: where another one is opened, it ends.
    """

    def __init__(self, hub: Hub, actions: Actions, store: QSettings):
        super().__init__(hub, actions)
        self._store = store
        self.bar, self.page = RecordBar(), RecordPage()
        self.recorder: Recorder | None = None
        self._frames: Takers[Frame] = Takers()  # of the player that is recorded
        self._leaving: list[Recorder] = []  # still writing their last frames
        self._wanted: Path | None = hub.options.record  # as soon as there is a source
        self._failures: Bridge[Failure] = Bridge(capacity=4)
        self._failures.connect(self._on_failure)
        self.bar.wanted.connect(self.toggle)
        hub.source_changed.connect(self._on_source)
        hub.figures_due.connect(self._show)

    def commands(self) -> dict[str, Callable[[], object]]:
        return {"record": self.toggle}

    def pages(self) -> list[tuple[str, QWidget]]:
        return [("Recording", self.page)]

    def restore(self, store: QSettings) -> None:
        folder = str(store.value("recording/folder", "") or "")
        if folder:
            self.page.folder.setText(folder)
        self.page.joints.setChecked(
            bool(settings.like(True, store.value("recording/joints", "true")))
        )

    def save(self, store: QSettings) -> None:
        store.setValue("recording/folder", self.page.folder.text())
        store.setValue("recording/joints", self.page.joints.isChecked())

    def close(self) -> None:
        """The recording that runs is finished."""
        self.stop()
        self._failures.close()
        for recorder in self._leaving:
            recorder.stop()

    # --- what the user does -------------------------------------------------------------------

    def toggle(self) -> None:
        """Record from now on, or stop."""
        if self.recorder is not None:
            self.stop()
        else:
            self.start()

    def start(self, path: Path | None = None) -> None:
        """Record the source that is shown; None: to a new file in the folder of the page."""
        info, player = self.hub.info, self.hub.session.player
        if info is None or player is None:
            self.hub.say("info", "Nothing to record", "Open a source first.")
        elif self.recorder is None and (path := path or self._new_path()) is not None:
            session, joints = self.hub.session, self.page.joints.isChecked()
            weights = "" if session.estimator.engine is None else session.estimator.engine.weights
            self.recorder = Recorder(path, info, joints, self._failures.mailbox.put, weights)
            self.recorder.start()
            self._frames = player.takers
            self._frames.add(self.recorder.take)
            session.estimator.takers.add(self.recorder.add_joints)
        self._show()

    def stop(self) -> None:
        """No more frames; what was taken is written without being waited for."""
        recorder, self.recorder = self.recorder, None
        if recorder is not None:
            self._frames.remove(recorder.take)
            self.hub.session.estimator.takers.remove(recorder.add_joints)
            recorder.close()
            self._leaving.append(recorder)
        self._show()

    # --- inside -------------------------------------------------------------------------------

    def _new_path(self) -> Path | None:
        folder = self.page.chosen_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.hub.say("error", "Recording did not start", f"{folder}: {reason_of(error)}")
            return None
        name = f"hand {datetime.now():%Y-%m-%d %H.%M.%S}"
        path, number = folder / f"{name}.bag", 2
        while path.exists():
            path, number = folder / f"{name} ({number}).bag", number + 1
        return path

    def _on_source(self, _: StreamInfo) -> None:
        self.stop()
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            self.start(wanted)

    def _on_failure(self) -> None:
        for failure in self._failures.take_all():
            self.stop()
            self.hub.say("error", "Recording has stopped", failure.message, failure.detail)

    def _show(self) -> None:
        recorder = self.recorder
        if recorder is None:
            self.bar.show_stats(None)
        else:
            self.bar.show_stats(recorder.stats, recorder.path.name)
        self.actions["record"].setChecked(recorder is not None)
        for done in [one for one in self._leaving if not one.alive]:
            self._leaving.remove(done)
            if done.error is None:
                self._tell(done)

    def _tell(self, done: Recorder) -> None:
        """What a recording that has ended holds."""
        stats = done.stats
        if not stats.frames:
            self.hub.say("info", "Nothing was recorded", "The source delivered no frames.")
            return
        settings.add_recent(self._store, str(done.path))
        lost = f", {stats.dropped} frames dropped" if stats.dropped else ""
        length = f"{clock(stats.seconds)}, {stats.frames} frames, {megabytes(stats.size)}{lost}"
        self.hub.say("info", f"Recorded {length}", str(done.path))
