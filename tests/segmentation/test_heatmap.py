"""The shipped network that finds hands, and what is said where it is not there."""

from __future__ import annotations

import logging

import pytest

from app.segmentation import heatmap


@pytest.fixture(autouse=True)
def asked_anew():
    """Nobody is left with what a test has hidden."""
    heatmap.shipped_heatmap.cache_clear()
    yield
    heatmap.shipped_heatmap.cache_clear()


def test_the_shipped_network_is_there(caplog):
    assert heatmap.missing_localiser() == ""
    assert isinstance(heatmap.shipped_heatmap(), heatmap.OnnxHeatmap)
    assert caplog.records == []


def test_a_missing_network_is_said_once_and_done_without(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(heatmap, "GRAPH", tmp_path / "localiser.onnx")
    assert heatmap.shipped_heatmap() is None
    assert heatmap.shipped_heatmap() is None
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert f"{tmp_path / 'localiser.onnx'} is missing" in record.getMessage()
    assert "\n" not in record.getMessage()
