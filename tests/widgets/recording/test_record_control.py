"""Recording from the window: the button and the menu, what it says, how it ends."""

from pathlib import Path

import pytest

from app.capture.recorder import recorder
from app.capture.recordings.rosbag import BagSource
from widgets.recording.record_bar import RecordBar, clock, megabytes
from widgets.recording.record_control import RecordControl
from widgets.recording.record_page import usual_folder

PATIENCE_MS = 60_000


@pytest.fixture
def said(window):
    out = []
    window.hub.said.connect(lambda *words: out.append(words))
    return out


@pytest.fixture
def record(window, tmp_path) -> RecordControl:
    window.record.page.folder.setText(str(tmp_path / "videos"))
    return window.record


def frames_of(path: Path) -> list:
    with BagSource(path) as source:
        return list(source.frames())


def end(qtbot, record, said) -> tuple[Path, str]:
    """Wait for the recording's last words: (its file, what was said)."""
    qtbot.waitUntil(lambda: any(w[1].startswith("Recorded") for w in said), timeout=PATIENCE_MS)
    _, title, path, *_ = next(w for w in said if w[1].startswith("Recorded"))
    assert record.recorder is None
    return Path(path), title


def test_the_key_records_and_stops(window, record, said, qtbot, tmp_path):
    window.actions_by_name["record"].trigger()
    taken = record.recorder
    qtbot.waitUntil(lambda: taken.stats.frames > 5, timeout=PATIENCE_MS)
    assert record.bar.button.isChecked()
    assert window.actions_by_name["record"].isChecked()
    assert record.bar.figures.isVisibleTo(record.bar)
    record.bar.button.click()
    path, title = end(qtbot, record, said)
    assert path.parent == tmp_path / "videos"
    frames = frames_of(path)
    assert f"{len(frames)} frames" in title
    assert len(frames) == taken.stats.frames > 5
    rows = [r for r in path.with_suffix(".joints.csv").read_text().splitlines() if r[0].isdigit()]
    assert 0 < len(rows) <= len(frames)
    assert "# weights: fake" in path.with_suffix(".joints.csv").read_text()
    assert not record.bar.button.isChecked()
    assert not window.actions_by_name["record"].isChecked()
    assert not record.bar.figures.isVisibleTo(record.bar)


def test_another_source_ends_it_and_none_of_its_frames_are_there(window, record, said, qtbot):
    record.toggle()
    first = record.recorder
    qtbot.waitUntil(lambda: first.stats.frames > 2, timeout=PATIENCE_MS)
    window.open("camera")
    path, _ = end(qtbot, record, said)
    with BagSource(path) as source:
        assert "demo" in source.open().name.lower()


def test_a_failure_is_said_once_and_ends_it(window, record, said, qtbot, monkeypatch, tmp_path):
    record.page.folder.setText(str(tmp_path / "here"))
    (tmp_path / "here").write_text("no folder")
    record.toggle()
    assert [w[:2] for w in said] == [("error", "Recording did not start")]
    assert record.recorder is None
    assert not record.bar.button.isChecked()
    monkeypatch.setattr(recorder, "LOOK_S", 0.0)
    record.page.folder.setText(str(tmp_path / "there"))
    record.toggle()
    taken = record.recorder
    qtbot.waitUntil(lambda: taken.stats.frames > 2, timeout=PATIENCE_MS)
    taken.path.rename(tmp_path / "moved.bag")
    qtbot.waitUntil(lambda: len(said) == 2, timeout=PATIENCE_MS)
    assert said[1][:2] == ("error", "Recording has stopped")
    assert "has gone" in said[1][2]
    assert record.recorder is None
    assert len(frames_of(tmp_path / "moved.bag")) == taken.stats.frames
    qtbot.wait(600)  # the figures are due again
    assert len(said) == 2


def test_the_command_line_records_the_first_source_and_closing_finishes_it(
    make_window, qtbot, tmp_path
):
    window = make_window(start=False)
    path = tmp_path / "first.bag"
    window.record._wanted = path
    window.start()
    qtbot.waitUntil(lambda: path.exists(), timeout=PATIENCE_MS)
    taken = window.record.recorder
    qtbot.waitUntil(lambda: taken.stats.frames > 2, timeout=PATIENCE_MS)
    window.close()
    assert not taken.alive
    assert len(frames_of(path)) == taken.stats.frames


def test_the_settings_are_kept(window, record, store, tmp_path):
    record.page.joints.setChecked(False)
    record.save(store)
    other = RecordControl(window.hub, window.actions_by_name, store)
    other.restore(store)
    assert other.page.chosen_folder() == tmp_path / "videos"
    assert not other.page.joints.isChecked()
    other.page.folder.setText("  ")
    assert other.page.chosen_folder() == usual_folder()
    other.page.folder.setText("hands")  # not beside whatever the program was started in
    assert other.page.chosen_folder() == usual_folder() / "hands"
    assert usual_folder().is_absolute()
    other.close()


def test_the_bar_says_how_long_how_large_and_what_was_lost(application):
    bar = RecordBar()
    bar.show_stats(recorder.RecorderStats(10, 3, 75.5, 34_400_000), "a.bag")
    assert bar.figures.text() == "01:15  34 MB"
    assert bar.lost.text() == "3 dropped"
    assert bar.lost.isVisibleTo(bar)
    assert (clock(3725), megabytes(2_340_000_000)) == ("1:02:05", "2.34 GB")
