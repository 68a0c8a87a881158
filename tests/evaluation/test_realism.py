"""The table of what the explorer's scores tell apart."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.evaluation import realism
from app.evaluation.__main__ import main
from app.model.weights_file import read_latents
from tests.widgets import fakes


def test_the_area_is_that_under_the_curve():
    high, low = np.array([2.0, 3.0]), np.array([0.0, 1.0])
    assert realism.area(high, low) == 1
    assert realism.area(low, high) == 0
    assert realism.area(high, high) == 0.5
    assert realism.area(np.array([1.0, 3.0]), np.array([2.0])) == 0.5


def test_a_judge_of_size_likes_whole_hands_and_the_rank_tells_far_codes():
    rows = {row.maps: row for row in realism.measure(fakes.FakeEngine(), fakes.make_space(), 24, 0)}
    assert rows["draws"].by_realism == 0.5
    assert rows["holes"].by_realism > 0.5  # the fake counts pixels of the hand
    assert rows["flat silhouette"].by_realism == 0.5
    assert rows["draws x 4"].by_rank > 0.95


@pytest.mark.parametrize("spoil", realism.SPOILT.values())
def test_a_spoilt_map_is_another_map(spoil):
    maps = fakes.FakeEngine().synthesise(np.stack([fakes.make_space().neutral()] * 2))
    maps[1] = np.roll(maps[1], 9, 0)
    spoilt = spoil(maps, np.random.default_rng(0))
    assert spoilt.shape == maps.shape
    assert np.abs(spoilt - maps).max() > 0.05


def test_the_command_prints_a_row_for_each_kind_of_map(capsys):
    assert main(["realism", "--draws", "3", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == 1 + len(realism.SPOILT) + len(realism.FAR)
    assert all(0 <= row["by_realism"] <= 1 for row in rows)


def test_weights_without_a_prior_are_refused_in_one_line(weights, capsys):
    assert read_latents(weights) is None
    assert main(["realism", "--weights", str(weights)]) == 4
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
