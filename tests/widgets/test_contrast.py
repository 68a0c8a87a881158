"""Every text can be read and every control be seen, in both themes, measured from pixels."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QLineEdit, QMenu, QSpinBox, QWidget

from tests.widgets.contrast import (
    EDGE,
    TEXT,
    cut,
    edge_contrast,
    grab_fine,
    text_contrast,
    weak_places,
)
from widgets.parts.theme import apply_theme

THEMES = pytest.mark.parametrize("theme", ["dark", "light"])


@pytest.fixture
def wear(application):
    """wear(name) puts a theme on; dark again after the test."""
    yield lambda name: apply_theme(application, name)
    apply_theme(application, "dark")


def settle(application) -> None:
    for _ in range(5):
        application.processEvents()


@THEMES
def test_every_dock_and_bar_of_the_window_can_be_read(window, application, wear, theme):
    window.shell.set_theme(theme)
    window.resize(1600, 1000)
    weak = set()
    for dock in window.docks:
        dock.show()
        dock.raise_()
        settle(application)
        weak |= set(weak_places(window))
    for page in range(window.latents.pages.count()):
        window.latents.pages.setCurrentIndex(page)
        settle(application)
        weak |= set(weak_places(window))
    assert not weak, "\n".join(sorted(weak))


@THEMES
def test_every_dialog_can_be_read(window, application, wear, theme):
    window.shell.set_theme(theme)
    preferences = window.shell.show_preferences()
    window.shell.toggle_sheet()
    window.shell.show_about()
    pages: list[tuple[QDialog, QWidget]] = [(preferences, preferences.stack)]
    pages += [(window.shell.about, window.shell.about.tabs)]
    weak = set(weak_places(window.shell.sheet))
    for dialog, turned in pages:
        for page in range(turned.count()):
            turned.setCurrentIndex(page)
            settle(application)
            weak |= set(weak_places(dialog))
    for dialog in (preferences, window.shell.sheet, window.shell.about):
        dialog.close()
    assert not weak, "\n".join(sorted(weak))


@THEMES
def test_every_row_of_a_menu_can_be_read(window, application, wear, theme):
    window.shell.set_theme(theme)
    menus = [menu for menu in window.menuBar().findChildren(QMenu) if menu.actions()]
    assert len(menus) > 8
    for menu in menus:
        menu.popup(QPoint(0, 0))
        action = next(a for a in menu.actions() if not a.isSeparator())
        menu.setActiveAction(action)
        settle(application)
        picture = grab_fine(menu)
        for action in menu.actions():
            if not action.isSeparator():
                assert text_contrast(cut(picture, menu.actionGeometry(action))) >= TEXT, action
        menu.close()


@THEMES
def test_every_row_of_a_list_that_drops_down_can_be_read(application, wear, qtbot, theme):
    wear(theme)
    box = QComboBox()
    box.addItems(["ONNX Runtime", "PyTorch", "Others"])
    qtbot.addWidget(box)
    box.show()
    box.showPopup()
    settle(application)
    view = box.view()
    for current in range(3):
        view.setCurrentIndex(box.model().index(current, 0))
        settle(application)
        picture = grab_fine(view.viewport())
        rows = [cut(picture, view.visualRect(box.model().index(row, 0))) for row in range(3)]
        assert min(text_contrast(row) for row in rows) >= TEXT, (current, rows)
        grounds = [np.median(row.reshape(-1, 3), 0) for row in rows]
        others = [g for k, g in enumerate(grounds) if k != current]
        assert all((g != grounds[current]).any() for g in others)  # the current one is marked
    box.hidePopup()


@THEMES
def test_what_is_measured_is_what_is_seen(application, wear, qtbot, theme):
    """The same widgets without the style sheet's edges are found to be weak."""
    wear(theme)
    form = QWidget()
    qtbot.addWidget(form)
    form.resize(260, 140)
    places: dict[QWidget, int] = {QLineEdit("text", form): 10, QSpinBox(form): 50}
    places[QCheckBox("box", form)] = 90
    for widget, top in places.items():
        widget.move(20, top)
        widget.adjustSize()
    form.show()
    settle(application)
    assert weak_places(form) == []
    ground = form.palette().window().color().name()
    form.setStyleSheet(
        f"QLineEdit, QSpinBox, QCheckBox::indicator {{ border: 1px solid {ground}; "
        f"background: {ground}; }} QLineEdit, QSpinBox {{ color: {ground}; }}"
    )
    settle(application)
    weak = weak_places(form)
    assert sum("edge" in place for place in weak) >= 3
    assert sum("text" in place for place in weak) >= 2


def test_contrast_is_that_of_the_standard():
    page = np.full((20, 60, 3), 255, np.uint8)
    page[8:10, 10:50] = 0
    assert text_contrast(page) == pytest.approx(21)
    box = np.full((80, 160, 3), 255, np.uint8)
    box[10:70, 10:150] = 240
    assert edge_contrast(box, QRect(5, 5, 70, 30)) < EDGE
    box[10:70, [10, 149]] = 118
    assert edge_contrast(box, QRect(5, 5, 70, 30)) < EDGE  # above and below there is none
    box[[10, 69], 10:150] = 118
    assert edge_contrast(box, QRect(5, 5, 70, 30)) == pytest.approx(4.54, abs=0.01)


@THEMES
def test_the_legends_of_the_plots_can_be_read(window, application, wear, theme):
    for dock in window.docks:
        dock.setVisible(dock.objectName() in ("Performance", "Latent explorer"))
    window.shell.set_theme("light" if theme == "dark" else "dark")
    settle(application)
    window.shell.set_theme(theme)  # one that changes under it
    settle(application)
    chart = window.performance.chart
    assert chart is not None
    legend, picture = chart._legend, grab_fine(chart.plot)
    for _, label in legend.items:
        corner = chart.plot.mapFromScene(label.mapToScene(label.rect().topLeft()))
        place = QRect(corner, label.rect().size().toSize())
        assert text_contrast(cut(picture, place)) >= TEXT, label.text
