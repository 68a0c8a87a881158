"""Fixtures for every test that trains."""

from __future__ import annotations

import pytest

from tests.thin import thin_preset


@pytest.fixture(autouse=True)
def thin_networks(monkeypatch):
    """Runs that start from nothing train thin networks."""
    monkeypatch.setattr("app.training.run.preset_by_name", thin_preset)
