"""Fixtures for every test that runs the network."""

from __future__ import annotations

import pytest

from tests.inference.fakes import random_weights


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """A weights file of an untrained live network."""
    return random_weights(tmp_path_factory.mktemp("weights") / "random.safetensors")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """One graph cache for all tests, none of the user's."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(folder))
    return folder
