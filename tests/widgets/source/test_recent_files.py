"""Recent recordings: their pictures are of the hand, few, small, and go with the list."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tests.widgets import fakes
from widgets.parts import settings
from widgets.parts.palette import DARK
from widgets.source.thumbnails import SIZE_PX, Thumbnails, picture_hand

BACKGROUND = int(DARK.PANEL.lstrip("#"), 16)


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "hand.npz"
    path.write_bytes(b"x")
    return path


@pytest.fixture
def pictures(application, tmp_path):
    return Thumbnails(tmp_path / "cache" / "thumbnails")


def colours_of(image):
    pixels = [
        image.pixel(column, row) & 0xFFFFFF
        for row in range(image.height())
        for column in range(image.width())
    ]
    return np.array(pixels).reshape(image.height(), image.width())


def test_a_picture_is_of_the_hand_and_of_nothing_behind_it(application):
    frame = fakes.make_frame(3)
    image = picture_hand(frame, fakes.make_hand(frame).crop)
    assert image.size() == SIZE_PX
    seen = colours_of(image) != BACKGROUND
    assert 0.08 < seen.mean() < 0.7
    middle = np.argwhere(seen).mean(0)
    assert np.abs(middle - (60, 80)).max() < 20


def test_a_hand_at_the_frames_edge_has_a_picture_of_its_own_shape(application):
    frame = fakes.make_frame(3)
    crop = fakes.make_hand(frame).crop
    for place_mm in ((-400, -300, 450), (400, 300, 450), (0, 0, 30)):
        at_edge = type(crop)(crop.image, np.float32(place_mm), crop.cube_mm, crop.rotation)
        assert picture_hand(frame, at_edge).size() == SIZE_PX


def test_a_recording_that_was_written_anew_has_no_picture(pictures, recording):
    assert pictures.take(str(recording), fakes.make_result(fakes.make_frame()))
    assert pictures.find(str(recording)) is not None
    os.utime(recording, (1, 1))
    assert pictures.find(str(recording)) is None
    pictures.keep_only([str(recording)])
    assert list(pictures.folder.iterdir()) == []


def test_a_broken_picture_and_a_folder_that_cannot_be_written_do_no_harm(pictures, recording):
    result = fakes.make_result(fakes.make_frame())
    assert pictures.take(str(recording), result)
    (path,) = pictures.folder.iterdir()
    path.write_bytes(b"no picture")
    assert pictures.find(str(recording)) is None
    blocked = Thumbnails(recording / "below_a_file")
    assert not blocked.take(str(recording), result)
    blocked.keep_only([])
    assert not pictures.take(str(recording), fakes.nothing(fakes.make_frame()))


def test_the_window_keeps_a_picture_of_what_it_has_played(make_window, recording, qtbot, tmp_path):
    window = make_window(str(recording))
    folder = tmp_path / "thumbnails"  # beside the settings that were given
    qtbot.waitUntil(lambda: len(list(folder.glob("*.png"))) == 1)
    plain = window.source.panel.recent.item(0)
    assert plain.text() == "hand.npz"
    shown = plain.icon().pixmap(48, 36).toImage()
    assert (colours_of(shown) == BACKGROUND).any()
    menu = window.actions_by_name["recent"].menu()
    menu.aboutToShow.emit()
    assert not menu.actions()[0].icon().isNull()


def test_the_list_and_its_pictures_are_cleared_together(make_window, recording, qtbot, tmp_path):
    window = make_window(str(recording))
    folder = tmp_path / "thumbnails"
    qtbot.waitUntil(lambda: len(list(folder.glob("*.png"))) == 1)
    panel = window.source.panel
    qtbot.mouseClick(panel.forget, Qt.MouseButton.LeftButton)
    assert list(folder.iterdir()) == []
    assert settings.recent_files(window.store) == []
    assert not panel.forget.isEnabled()
    assert panel.recent.item(0).text().startswith("Nothing yet")
    menu = window.actions_by_name["recent"].menu()
    menu.aboutToShow.emit()
    assert [action.isEnabled() for action in menu.actions()] == [False]


def test_only_what_is_listed_has_a_picture(make_window, qtbot, tmp_path):
    window = make_window("demo")
    result = fakes.make_result(fakes.make_frame())
    paths = [tmp_path / f"{k}.npz" for k in range(settings.RECENT + 3)]
    pictures = Thumbnails(tmp_path / "thumbnails")
    for path in paths:
        path.write_bytes(b"x")
        settings.add_recent(window.store, str(path))
        pictures.take(str(path), result)
    window.open(str(paths[0]))
    qtbot.waitUntil(lambda: "0.npz" in window.windowTitle())
    assert len(list(pictures.folder.iterdir())) <= settings.RECENT


def test_the_menu_clears_the_list(make_window, recording, qtbot):
    window = make_window(str(recording))
    qtbot.waitUntil(lambda: settings.recent_files(window.store) != [])
    menu = window.actions_by_name["recent"].menu()
    menu.aboutToShow.emit()
    menu.actions()[-1].trigger()
    assert settings.recent_files(window.store) == []
