"""The small public sets, written once and copied for every test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.data.small_sets import Written, write_set


@pytest.fixture(scope="session")
def set_templates(tmp_path_factory) -> Callable[[str], tuple[Path, dict[str, Written]]]:
    made: dict[str, tuple[Path, dict[str, Written]]] = {}

    def template(name: str) -> tuple[Path, dict[str, Written]]:
        if name not in made:
            root = tmp_path_factory.mktemp(name)
            made[name] = root, write_set(name, root)
        return made[name]

    return template


@pytest.fixture
def copy_set(set_templates, tmp_path) -> Callable[[str], dict[str, Written]]:
    """Puts a set into `tmp_path`; what its splits hold."""

    def copy(name: str) -> dict[str, Written]:
        root, splits = set_templates(name)
        shutil.copytree(root, tmp_path, dirs_exist_ok=True)
        return {
            split: replace(w, paths=[tmp_path / p.relative_to(root) for p in w.paths])
            for split, w in splits.items()
        }

    return copy
