"""Help shows the documents inside the program."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices

from app.resources import DOCS
from widgets.shell.guide import MISSING, PAGES, Guide


def test_the_key_opens_the_guide_at_the_explorer(window, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ControlModifier)
    guide = window.shell.guide
    assert guide.isVisible()
    heading = (DOCS / "explorer.md").read_text("utf-8").splitlines()[0].lstrip("# ")
    assert guide.text.toPlainText().startswith(heading)


def test_every_page_is_there_and_links_lead_to_them(application, qtbot, monkeypatch):
    guide = Guide(None)
    qtbot.addWidget(guide)
    for row in range(len(PAGES)):
        guide.list.setCurrentRow(row)
        assert len(guide.text.toPlainText()) > 500
    guide.text.anchorClicked.emit(QUrl("exports.md"))
    assert guide.list.currentItem().text() == "Exports"
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda link: opened.append(link.host()))
    guide.text.anchorClicked.emit(QUrl("https://example.org/a"))
    assert opened == ["example.org"]


def test_a_page_that_is_missing_is_said(application, qtbot, tmp_path):
    guide = Guide(None, tmp_path)
    qtbot.addWidget(guide)
    assert guide.text.toPlainText() == MISSING
