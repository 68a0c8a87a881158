"""The tour: five steps beside what they speak of, by mouse and keys, once and again by Help."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication

from widgets.shell.tour import beside


@pytest.fixture
def window(make_window, qtbot):
    window = make_window(start=False)
    window.actions_by_name["tour"].trigger()
    qtbot.wait(30)
    return window


def titles_met(tour, go_on):
    met = []
    while not tour.isHidden():
        met.append(tour.title.text())
        go_on()
    return met


def test_five_steps_by_mouse_each_beside_its_place(window, qtbot):
    tour = window.tour.tour

    def go_on():
        qtbot.wait(30)
        assert tour._place.isVisible()
        corner = tour._place.mapTo(window, QPoint(0, 0))
        assert tour.rim.geometry().topLeft() == corner
        assert window.rect().contains(tour.geometry())
        assert tour.height() >= tour.sizeHint().height() / 2
        qtbot.mouseClick(tour.next_button, Qt.MouseButton.LeftButton)

    met = titles_met(tour, go_on)
    assert len(met) == len(set(met)) == 5
    assert tour.rim.isHidden()


def test_keys_lead_through_it_and_then_mean_what_they_did(window, qtbot):
    tour = window.tour.tour
    assert len(titles_met(tour, lambda: qtbot.keyClick(tour, Qt.Key.Key_Return))) == 5
    window.actions_by_name["tour"].trigger()
    assert tour.index == 0
    qtbot.keyClick(tour, Qt.Key.Key_Return)
    qtbot.mouseClick(tour.back_button, Qt.MouseButton.LeftButton)
    assert tour.index == 0
    qtbot.keyClick(tour, Qt.Key.Key_Escape)
    assert tour.isHidden()
    assert not tour.isAncestorOf(QApplication.focusWidget() or window)


def test_the_window_can_be_used_meanwhile(window, qtbot):
    before = window.depth_bar.overlays["cube"].isChecked()
    qtbot.mouseClick(window.depth_bar.overlays["cube"], Qt.MouseButton.LeftButton)
    assert window.depth_bar.overlays["cube"].isChecked() != before
    assert QApplication.activeModalWidget() is None
    window.tour.tour.show_step(1)
    qtbot.wait(30)
    window.resize(1100, 720)
    qtbot.wait(30)
    assert window.rect().contains(window.tour.tour.geometry())
    assert window.tour.tour.rim.size() == window.depth_view.size()


def test_it_is_offered_to_somebody_new_and_never_again(make_window, monkeypatch):
    first = make_window(start=False)
    first.tour.offer()
    assert first.tour.tour is None  # nobody sits before this platform
    monkeypatch.setattr("widgets.shell.tour_control.UNSEEN", ())
    first.tour.offer()
    first.tour.tour.close_button.click()
    first.tour.offer()
    assert first.tour.tour.isHidden()
    first.close()
    second = make_window(start=False)
    second.tour.offer()
    assert second.tour.tour is None
    second.actions_by_name["tour"].trigger()
    assert second.tour.tour.isVisible()


def test_a_start_shows_no_tour_by_itself(make_window, monkeypatch, qtbot):
    monkeypatch.setattr("widgets.shell.tour_control.UNSEEN", ())
    window = make_window("demo")  # as tools and long runs make it
    qtbot.waitUntil(lambda: window.hub.info is not None)
    qtbot.wait(50)
    assert window.tour.tour is None


@pytest.mark.parametrize("place", [(0, 0, 300, 600), (700, 0, 300, 600), (0, 550, 1000, 50)])
def test_the_card_hides_nothing_that_it_speaks_of(place):
    card = beside(QRect(*place), QRect(0, 0, 340, 160), QRect(0, 0, 1000, 600))
    assert not card.intersects(QRect(*place))
    assert QRect(0, 0, 1000, 600).contains(card)
