"""The performance dock: what it remembers, what it draws, and that hidden it does nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.inference.timing import Tally
from tests.widgets import fakes
from widgets.shell.performance_view import TILES, Figures, PerformanceView
from widgets.shell.timing_chart import SPAN_S


def estimate(done_s: float, total_ms: float = 4.0, latency_ms: float = 9.0):
    frame = replace(fakes.make_frame(), t_host_s=done_s - latency_ms / 1e3)
    whole = fakes.make_result(frame)
    return replace(whole, frame=frame, stage_ms={"total": total_ms}, t_done_s=done_s)


@pytest.fixture
def view(application, qtbot):
    view = PerformanceView()
    qtbot.addWidget(view)
    view.resize(320, 300)
    return view


def test_curves_show_the_last_ten_seconds(view):
    tally = Tally()
    for done_s in np.arange(100.0, 115.0, 0.5):
        tally.add(estimate(done_s, total_ms=done_s / 10))
        view.add(estimate(done_s, total_ms=done_s / 10))
        view.add_painted(done_s, 9.0)
    view.show()
    figures = Figures(30.4, 29.6, 28.0, 7, 3, 512.0, "3 without any depth")
    view.refresh(tally.summary(30, 0), figures, now_s=115.0)
    age_s, total_ms = view.chart.curves[0].getData()
    assert age_s.min() >= -SPAN_S - 0.5
    np.testing.assert_allclose(total_ms, (115.0 + age_s) / 10)
    np.testing.assert_allclose(view.chart.curves[1].getData()[1], 9.0)
    assert view.cells["latency", "median"].text() == "9.0"
    assert view.cells["crop", "p95"].text() == "–"
    assert [view.tiles[key].text() for key, _, _ in TILES] == ["30", "30", "28", "7", "3", "512"]
    assert view.tiles["faulty"].toolTip() == "3 without any depth"


def test_a_high_latency_stays_inside_the_plot(view):
    view.show()
    for done_s in np.arange(0.0, 2.0, 0.1):
        view.add_painted(done_s, 300.0)
    view.refresh(Tally().summary(0, 0), now_s=2.0)
    assert view.chart.plot.getViewBox().viewRange()[1][1] >= 300.0


def test_hidden_it_draws_nothing_and_another_source_starts_anew(view):
    view.add(estimate(1.0))
    view.refresh(Tally().summary(0, 0))
    assert view.chart is None
    view.clear()
    view.show()
    view.refresh(Tally().summary(0, 0))
    drawn, _ = view.chart.curves[0].getData()
    assert drawn is None or len(drawn) == 0


def test_the_dock_is_in_the_view_menu_and_fed_by_the_window(window, qtbot):
    dock = next(d for d in window.docks if d.objectName() == "Performance")
    assert not dock.isVisible()
    dock.toggleViewAction().trigger()
    qtbot.waitUntil(
        lambda: window.performance.cells["total", "median"].text() != "–", timeout=20_000
    )
    assert len(window.performance.samples) > 2
    qtbot.waitUntil(lambda: window.performance.tiles["fps_painted"].text() not in ("–", "0"))
    assert 0 < window.performance.latency_ms()["median"] < 5000
    assert int(window.performance.tiles["memory_mb"].text()) > 50
    window.reset_layout()
    assert not dock.isVisible()
