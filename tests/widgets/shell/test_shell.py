"""Around the views: hint, preferences, log, help, crash reports, keyboard and names."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
)

from app.capture.backend import BackendStatus
from app.capture.player_state import PlayerState
from tests.widgets.pixels import grab, near
from widgets.menus import TABLE
from widgets.parts.palette import DARK, LIGHT
from widgets.shell.about import ABSENT, PACKAGES, versions
from widgets.shell.crash_report import EARLIER, FAULT, CrashReports
from widgets.source import hint_bar
from widgets.source.source_control import SAMPLE

WAIT = 60_000


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def quiet(make_window):
    """A window that is built but not started."""
    return make_window(start=False)


# --- the hint -------------------------------------------------------------------------------------


def test_the_hint_says_what_to_do_next_until_it_is_dismissed(make_window, qtbot, monkeypatch):
    window = make_window(None)
    hint = window.source.hint
    qtbot.waitUntil(hint.isVisible, timeout=WAIT)
    assert hint.text.text() == hint_bar.NO_CAMERA
    opened = []
    monkeypatch.setattr(window.hub, "open", opened.append)
    click(qtbot, hint.buttons["open_sample"])
    assert opened == [str(SAMPLE)]
    click(qtbot, hint.close_button)
    assert not hint.isVisible()
    window.close()
    second = make_window(None)
    qtbot.waitUntil(lambda: second.session.player is not None, timeout=WAIT)
    qtbot.wait(30)
    assert not second.source.hint.isVisible()
    second.actions_by_name["hint"].trigger()
    assert second.source.hint.isVisible()


def test_with_nothing_open_the_hint_opens_the_demo(make_window, qtbot):
    window = make_window("bad")
    qtbot.waitUntil(window.source.hint.isVisible, timeout=WAIT)
    assert window.source.hint.text.text() == hint_bar.NOTHING_OPEN
    click(qtbot, window.source.hint.buttons["open_demo"])
    qtbot.waitUntil(
        lambda: (
            window.session.player is not None and window.session.player.state is PlayerState.RUNNING
        ),
        timeout=WAIT,
    )


def test_exploring_ends_the_hint(make_window, qtbot):
    window = make_window(None)
    qtbot.waitUntil(lambda: window.source.hint.isVisible() and window.latents.z is not None)
    click(qtbot, window.source.hint.buttons["explore"])
    assert window.latents.exploring
    assert not window.source.hint.isVisible()


# --- the source dock ------------------------------------------------------------------------------


def test_the_source_dock_lists_what_answers(quiet, qtbot):
    """Asked only once somebody looks: it was behind a tab until now."""
    status = BackendStatus("RealSense", True, "camera 42", "by hand")
    quiet.source.watch.look = lambda in_use: [status]
    place = next(d for d in quiet.docks if d.objectName() == "Source")
    place.show()
    place.raise_()
    qtbot.waitUntil(lambda: quiet.source.panel.sensors.count() == 1, timeout=WAIT)
    assert "RealSense" in quiet.source.panel.sensors.item(0).text()


# --- preferences ----------------------------------------------------------------------------------


def test_preferences_change_the_looks_at_once_and_for_the_next_start(make_window, qtbot):
    window = make_window(start=False)
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT)
    qtbot.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = window.shell.preferences
    assert dialog.isVisible()
    assert not dialog.isModal()
    titles = [dialog.list.item(k).text() for k in range(dialog.list.count())]
    assert titles[0] == "General"
    assert "Model" in titles
    window.shell.general.theme.setCurrentIndex(window.shell.general.theme.findData("light"))
    qtbot.wait(30)
    assert near(grab(window.status), LIGHT.WINDOW).mean() > 0.5
    assert window.actions_by_name["theme_light"].isChecked()
    dialog.choose("Model")
    assert window.model.page.isVisible()
    window.close()
    second = make_window(start=False)
    assert second.shell.theme == "light"
    second.actions_by_name["theme_dark"].trigger()
    qtbot.wait(30)
    assert near(grab(second.status), DARK.WINDOW).mean() > 0.5
    assert second.shell.general.theme.currentData() == "dark"


def test_hints_can_be_turned_off_in_the_preferences(quiet, qtbot):
    quiet.shell.show_preferences()
    assert quiet.shell.general.hints.isChecked()
    quiet.shell.general.hints.click()
    assert not quiet.source.hints
    quiet.actions_by_name["hint"].trigger()
    assert quiet.shell.general.hints.isChecked()


# --- messages -------------------------------------------------------------------------------------


def test_messages_reach_the_log_and_the_log_a_file(quiet, qtbot, tmp_path, monkeypatch):
    quiet.hub.say("warning", "Something", "happened", "detail")
    assert "Something" in quiet.shell.log.list.item(0).text()
    path = tmp_path / "log.txt"
    monkeypatch.setattr("widgets.parts.file_dialogs.ask_save", lambda *args: str(path))
    quiet.shell.log.save_button.click()
    assert "detail" in path.read_text()
    assert quiet.toasts.history[-1].title == "Log written"


def test_a_log_that_cannot_be_written_is_said_in_the_window(quiet, tmp_path, monkeypatch):
    quiet.hub.say("warning", "Something")
    nowhere = str(tmp_path / "no" / "log.txt")
    monkeypatch.setattr("widgets.parts.file_dialogs.ask_save", lambda *args: nowhere)
    quiet.shell.log.save_button.click()
    assert quiet.toasts.history[-1].kind == "error"
    assert "log.txt" in quiet.toasts.history[-1].text


def test_a_crash_is_said_with_its_report(quiet, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", lambda *args: None)
    reports = CrashReports(tmp_path / "reports")
    reports.install()
    quiet.shell.watch(reports)
    try:
        raise RuntimeError("the roof is on fire")
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    reports.remove()
    card = quiet.toasts.cards[-1]
    assert "roof is on fire" in card.text.text()
    assert str(tmp_path / "reports") in card.text.text()
    card.copy_button.click()
    assert "Traceback" in QGuiApplication.clipboard().text()


def test_what_broke_off_the_last_run_is_said_with_its_file(quiet, tmp_path):
    (tmp_path / FAULT).write_text("Fatal Python error: Segmentation fault\n\nCurrent thread:\n")
    reports = CrashReports(tmp_path)
    quiet.shell.watch(reports)
    reports.remove()
    text = quiet.toasts.cards[-1].text.text()
    assert text == f"Fatal Python error: Segmentation fault. Where it was: {tmp_path / EARLIER}"
    assert "Current thread" in (tmp_path / EARLIER).read_text()


# --- help -----------------------------------------------------------------------------------------


def test_about_names_versions_licences_and_the_model(window, qtbot):
    window.actions_by_name["about"].trigger()
    about = window.shell.about
    text = versions()
    for name, _ in PACKAGES:
        assert name in text
    assert "numpy" in text
    assert f"numpy: {ABSENT}" not in text
    titles = [about.tabs.tabText(k) for k in range(about.tabs.count())]
    assert titles == ["About", "Versions", "Licence", "Notices"]
    assert "Apache License" in about.tabs.widget(2).toPlainText()
    assert "MakeHuman" in about.tabs.widget(3).toPlainText()
    click(qtbot, about.copy_button)
    assert "model: fake" in QGuiApplication.clipboard().text()
    about.close()


def test_the_sheet_names_every_key_and_fits_the_screen(quiet, qtbot):
    quiet.shell.toggle_sheet()
    sheet = quiet.shell.sheet
    texts = {label.text() for label in sheet.findChildren(type(quiet.status.source))}
    for entry in TABLE:
        if entry.key:
            assert entry.text.replace("&", "").replace("…", "") in texts
    room = sheet.screen().availableSize()
    assert sheet.height() <= room.height()
    assert sheet.width() <= room.width()
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


# --- keyboard and assistive tools -----------------------------------------------------------------


def controls(window):
    kinds = (
        QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QAbstractItemView,
        QPlainTextEdit, QTabBar,
    )  # fmt: skip
    for kind in kinds:
        yield from (w for w in window.findChildren(kind) if not is_put_away(w) and is_ours(w))


def is_put_away(widget) -> bool:
    return widget.isHidden() or widget.parentWidget().isHidden()


def is_ours(widget) -> bool:
    """Not a part that Qt makes inside its own widgets."""
    parent = widget.parentWidget()
    private = widget.objectName().startswith("qt_") or isinstance(widget, QScrollBar)
    inside = isinstance(parent, QComboBox | QAbstractSpinBox | QTabBar | QDockWidget)
    popup = widget.window().windowType() is Qt.WindowType.Popup
    return not (private or inside or popup)


def test_every_control_has_a_name_that_can_be_read_out(quiet):
    quiet.shell.show_preferences()
    quiet.shell.show_about()
    nameless = [
        f"{type(w).__name__} in {type(w.parentWidget()).__name__}"
        for w in controls(quiet)
        if not (w.accessibleName() or getattr(w, "text", str)() or isinstance(w, QTabBar))
    ]
    assert nameless == [], nameless


def test_every_control_can_be_reached_by_the_keyboard(quiet):
    """By Tab, or its command has a place in the menus."""
    in_menus = {
        "First": "home", "To the start (Home)": "home", "One frame back (Left)": "back",
        "One frame on (Right)": "forward", "Position in the recording": "home",
    }  # fmt: skip
    lost = [
        f"{type(w).__name__} {w.accessibleName() or getattr(w, 'text', str)()}"
        for w in controls(quiet)
        if not w.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not isinstance(w, QLineEdit)
        and type(w).__module__ != "PySide6.QtWidgets"
        and w.accessibleName() not in in_menus
    ]
    assert lost == []


def test_tab_walks_through_the_window(window, qtbot):
    quiet = window
    qtbot.waitUntil(quiet.isActiveWindow, timeout=WAIT)
    seen = set()
    for _ in range(120):
        qtbot.keyClick(QGuiApplication.focusObject() or quiet, Qt.Key.Key_Tab)
        focus = quiet.focusWidget()
        if focus is not None:
            seen.add(focus)
    assert quiet.depth_bar.map_box in seen
    assert quiet.transport.play in seen
    assert len(seen) > 10
