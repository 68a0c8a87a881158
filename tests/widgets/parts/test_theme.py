"""Dark, light, system: contrast, tinted icons, and widgets that follow."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon

from tests.widgets.pixels import grab, near, to_array
from widgets.parts import theme
from widgets.parts.buttons import ToolButton
from widgets.parts.icons import icon
from widgets.parts.palette import DARK, LIGHT
from widgets.parts.toast import Toasts


@pytest.fixture
def dark_again(application):
    yield application
    theme.apply_theme(application, "dark")


def luminance(colour: str) -> float:
    """Relative luminance of sRGB, as WCAG 2 defines it."""
    rgb = np.array(QColor(colour).getRgbF()[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_texts_can_be_read(colours):
    for ground in (colours.WINDOW, colours.PANEL, colours.RAISED):
        for text in (colours.TEXT, colours.MUTED, colours.ACCENT, colours.WARN, colours.BAD):
            assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast(colours.TEXT, colours.CHOSEN) >= 4.5
    assert contrast(colours.ON_ACCENT, colours.ACCENT) >= 4.5


def test_a_widget_wears_the_theme_and_its_icon_follows(dark_again, qtbot):
    button = ToolButton("play", "Play")
    qtbot.addWidget(button)
    button.show()
    theme.apply_theme(dark_again, "dark")
    dark = grab(button)
    theme.apply_theme(dark_again, "light")
    light = grab(button)
    assert near(dark, DARK.WINDOW).mean() > 0.5
    assert near(light, LIGHT.WINDOW).mean() > 0.5
    assert near(dark, DARK.TEXT).sum() > 20
    assert near(light, LIGHT.TEXT).sum() > 20
    assert near(light, DARK.TEXT).sum() < 20


def test_the_system_decides_where_it_says_something(dark_again, monkeypatch):
    class Hints:
        scheme = Qt.ColorScheme.Light

        def colorScheme(self):
            return self.scheme

    hints = Hints()
    monkeypatch.setattr(type(dark_again), "styleHints", lambda self: hints)
    theme.apply_theme(dark_again, "system")
    assert theme.WINDOW == LIGHT.WINDOW
    hints.scheme = Qt.ColorScheme.Unknown
    theme.apply_theme(dark_again, "system")
    assert theme.WINDOW == DARK.WINDOW


def test_there_is_no_colour_of_another_name(application):
    with pytest.raises(AttributeError, match="PURPLE"):
        theme.PURPLE  # noqa: B018 - it raises


def test_an_icon_is_crisp_at_twice_the_scale(application):
    small, large = (icon("loop").pixmap(QSize(16, 16), scale) for scale in (1.0, 2.0))
    assert (small.width(), large.width()) == (16, 32)
    assert large.devicePixelRatio() == 2.0
    blown_up = np.repeat(np.repeat(to_array(small.toImage()), 2, 0), 2, 1)
    assert (blown_up != to_array(large.toImage())).any()


def test_a_disabled_icon_is_faint_and_a_checked_one_stands_out(application):
    def colours(mode, state):
        pixels = icon("play").pixmap(QSize(32, 32), mode, state).toImage()
        return {pixels.pixelColor(x, y).name() for x in range(32) for y in range(32)}

    assert DARK.FAINT in colours(QIcon.Mode.Disabled, QIcon.State.Off)
    assert DARK.ACCENT in colours(QIcon.Mode.Normal, QIcon.State.On)
    assert DARK.TEXT in colours(QIcon.Mode.Normal, QIcon.State.Off)


def test_a_message_changes_with_the_theme(dark_again, qtbot):
    from PySide6.QtWidgets import QWidget

    host = QWidget()
    qtbot.addWidget(host)
    host.resize(420, 200)
    host.show()
    toasts = Toasts(host)
    toasts.show("error", "Camera lost", "no answer")
    theme.apply_theme(dark_again, "light")
    assert near(grab(toasts.cards[0]), LIGHT.RAISED).mean() > 0.5
    assert near(grab(toasts.cards[0]), LIGHT.BAD, 40).sum() > 60  # its left edge
