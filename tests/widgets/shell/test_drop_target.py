"""A file dragged over the window: it is said what letting it go does, and done."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent

from tests.widgets.dropping import drop_file
from tests.widgets.pixels import grab, near
from widgets.parts import theme


@pytest.fixture
def window(make_window):
    return make_window(start=False)


def drag(window, *urls: QUrl) -> QDragEnterEvent:
    data = QMimeData()
    data.setUrls(list(urls))
    window.held = data  # Qt does not keep it
    event = QDragEnterEvent(
        QPoint(300, 300), Qt.DropAction.CopyAction, data,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    event.setAccepted(False)
    window.dragEnterEvent(event)
    return event


def local(name: str) -> QUrl:
    return QUrl.fromLocalFile(f"/far/{name}")


@pytest.mark.parametrize(
    ("name", "word"),
    [("hand.bag", "recording"), ("W.SAFETENSORS", "weights"), ("walk.json", "latents")],
)
def test_the_whole_window_says_what_would_happen(window, name, word):
    assert window.drop.isHidden()
    assert drag(window, local(name)).isAccepted()
    assert window.drop.isVisible()
    assert window.drop.geometry() == window.rect()
    assert word in window.drop.words
    assert window.drop.name == name
    rim = near(grab(window), theme.ACCENT)
    for edge in (rim[:9], rim[-9:], rim[:, :9], rim[:, -9:]):
        assert edge.mean() > 0.2
    window.dragLeaveEvent(QDragLeaveEvent())
    assert window.drop.isHidden()


def test_what_is_not_on_this_computer_is_refused(window):
    assert not drag(window, QUrl("https://example.org/hand.bag")).isAccepted()
    assert window.drop.isHidden()
    assert drag(window, QUrl("https://example.org/a"), local("hand.bag")).isAccepted()


@pytest.mark.parametrize(
    ("name", "taken"), [("a.bag", "open"), ("A.Safetensors", "weights"), ("a.json", "latents")]
)
def test_each_file_goes_where_it_belongs_and_the_window_is_itself_again(
    window, name, taken, monkeypatch, tmp_path
):
    got = []
    monkeypatch.setattr(window.drop, "_opens", lambda path: got.append(("open", path)))
    takers = {
        ".safetensors": lambda path: got.append(("weights", path)),
        ".json": lambda path: got.append(("latents", path)),
    }
    monkeypatch.setattr(window.drop, "_takers", takers)
    drag(window, local(name))
    drop_file(window, tmp_path / name)
    assert got == [(taken, str(tmp_path / name))]
    assert window.drop.isHidden()


def test_a_folder_is_opened_whatever_its_name(window, monkeypatch, tmp_path):
    folder: Path = tmp_path / "frames.json"
    folder.mkdir()
    got = []
    monkeypatch.setattr(window.drop, "_opens", got.append)
    drop_file(window, folder)
    assert got == [str(folder)]
