"""Docks: their first places, saved layouts, floating, full screen, small and large screens."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QByteArray, QPoint, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QScrollArea,
    QTabBar,
    QWidget,
)

from widgets import layout
from widgets.parts import theme

ALWAYS = ("Latent explorer", "Synthesis", "Source", "Performance", "Log")


def dock(window, title):
    return next(d for d in window.docks if d.objectName() == title)


def cut_off(window) -> list[str]:
    """Texts and controls that are there but not wholly seen, scrolled ones left out."""
    kinds = (QAbstractButton, QComboBox, QAbstractSpinBox, QLabel)
    return [
        f"{type(w).__name__} {getattr(w, 'text', str)()!r} {w.accessibleName()}"
        for w in window.findChildren(QWidget)
        if isinstance(w, kinds)
        and w.isVisibleTo(window)
        and w.window() is window
        and not scrolled(w)
        and w.parentWidget().isVisible()
        and not hidden_behind_a_tab(w)
        and (w.visibleRegion().boundingRect() != w.rect() or too_small(w))
    ]


def scrolled(widget) -> bool:
    while widget is not None:
        if isinstance(widget, QScrollArea):
            return True
        widget = widget.parentWidget()
    return False


def hidden_behind_a_tab(widget) -> bool:
    return widget.visibleRegion().isEmpty()


def too_small(widget) -> bool:
    if isinstance(widget, QLabel) and not widget.wordWrap() and widget.text():
        return widget.width() < widget.minimumSizeHint().width()
    return isinstance(widget, QAbstractButton) and widget.width() < widget.minimumSizeHint().width()


def test_every_dock_is_there_and_the_view_menu_shows_it(make_window, qtbot):
    window = make_window(start=False)
    titles = [d.objectName() for d in window.docks]
    assert set(ALWAYS) <= set(titles)
    assert len(set(titles)) == len(titles)
    for title in ALWAYS:
        place = dock(window, title)
        place.hide()
        place.toggleViewAction().trigger()
        assert not place.isHidden()


def test_reset_brings_back_what_was_moved(make_window, qtbot):
    window = make_window(start=False)
    before = {d.objectName(): (window.dockWidgetArea(d), d.isHidden()) for d in window.docks}
    for place in window.docks:
        place.setFloating(True)
        place.setVisible(place.isHidden())
    window.actions_by_name["reset_layout"].trigger()
    after = {d.objectName(): (window.dockWidgetArea(d), d.isHidden()) for d in window.docks}
    assert after == before
    assert not any(d.isFloating() for d in window.docks)


def test_reset_leaves_no_tab_bar_behind(make_window, qtbot):
    window = make_window(start=False)
    for _ in range(3):
        for place in window.docks:
            place.show()
        window.reset_layout()
    qtbot.wait(50)
    bars = [b for b in window.findChildren(QTabBar) if b.parent() is window and b.isVisible()]
    seen = [b for b in bars if window.rect().intersects(b.geometry())]
    tabbed = {d.property("plan").with_tab for d in window.docks} - {""}
    assert len(seen) == len(tabbed)


def test_a_layout_comes_back_and_one_of_another_version_does_not(make_window, monkeypatch):
    first = make_window(start=False)
    dock(first, "Log").show()
    dock(first, "Synthesis").hide()
    first.close()
    second = make_window(start=False)
    assert not dock(second, "Log").isHidden()
    assert dock(second, "Synthesis").isHidden()
    second.close()
    monkeypatch.setattr(layout, "LAYOUT_VERSION", layout.LAYOUT_VERSION + 1)
    third = make_window(start=False)
    assert dock(third, "Log").isHidden()
    assert not dock(third, "Synthesis").isHidden()


def test_a_damaged_layout_is_not_taken(make_window, store):
    store.setValue("window/state", QByteArray(b"nonsense"))
    store.setValue("window/geometry", "what")
    window = make_window(start=False)
    assert not dock(window, "Synthesis").isHidden()


def test_a_floating_dock_comes_back_to_the_screens_there_are(make_window, qtbot):
    window = make_window(start=False)
    place = dock(window, "Synthesis")
    place.setFloating(True)
    place.move(QPoint(90_000, 50_000))
    layout.keep_on_screen(window, window.docks)
    assert window.screen().availableGeometry().intersects(place.geometry())
    here = place.pos()
    layout.keep_on_screen(window, window.docks)
    assert place.pos() == here


def test_a_floating_dock_goes_on_painting(window, qtbot):
    place = dock(window, "Synthesis")
    place.setFloating(True)
    made = window.synthesis.comparison
    qtbot.waitUntil(lambda: window.synthesis.comparison is not made, timeout=20_000)
    assert place.isVisible()
    assert window.synthesis.visibleRegion().boundingRect().width() > 50


def test_full_screen_and_back(make_window, qtbot):
    window = make_window(start=False)
    qtbot.waitUntil(window.isActiveWindow, timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert not window.isFullScreen()


@pytest.mark.parametrize(
    ("screen", "expected"),
    [((1024, 700), (1024, 700)), ((1920, 1080), (1280, 800)), ((3840, 2160), (2304, 1296))],
)
def test_the_first_size_suits_the_screen(screen, expected):
    assert layout.first_size(QSize(*screen)) == QSize(*expected)


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("size", [(1024, 700), (1280, 800), (3840, 2160)])
def test_nothing_is_cut_off(make_window, application, size, name, qtbot):
    window = make_window(start=False)
    theme.apply_theme(application, name)
    window.resize(*size)
    window.reset_layout()
    qtbot.wait(30)
    assert (window.width(), window.height()) == size
    for title in (None, *ALWAYS):
        if title is not None:
            dock(window, title).show()
            dock(window, title).raise_()
        qtbot.wait(30)
        assert cut_off(window) == [], title
    theme.apply_theme(application, "dark")
