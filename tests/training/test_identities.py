"""Whose hands a run learns from: from the command line to crops, poses and card."""

import numpy as np

from app.hand.pool import mixed_pool
from app.training.__main__ import main
from app.training.card import describe_run
from app.training.config import TrainingConfig
from app.training.loop import Progress
from app.training.options import make_parser
from app.training.run import Sources
from tests.training.fakes import note_runs


def test_the_option_reaches_the_run(tmp_path, monkeypatch):
    seen = note_runs(monkeypatch)
    main(["--out", str(tmp_path), "--identities", "makehuman"])
    assert dict(seen[0].data_options) == {"identities": "makehuman"}
    assert make_parser().parse_args(["--out", "x"]).identities == "both"


def test_crops_poses_and_card_follow_it(tmp_path):
    cards, poses = {}, {}
    for whose in ("makehuman", "webxr", "both"):
        config = TrainingConfig(tmp_path, data_options=(("identities", whose),))
        sources = Sources.of(config)
        assert sources.crops(1, "train").generator().identities == whose
        poses[whose] = sources.poses(3, 256, "train")
        cards[whose] = describe_run(config, Progress(finished=[]), {}, None, 1)
    second = np.arange(256) % 4 == 3
    np.testing.assert_array_equal(poses["both"][~second], poses["makehuman"][~second])
    np.testing.assert_array_equal(poses["both"][second], poses["webxr"][second])
    assert "--identities webxr" in cards["webxr"]["training"]["command"]
    assert "identities" not in cards["both"]["training"]["command"]
    assert "WebXR" in cards["both"]["data"]["hands"]
    assert "WebXR" not in cards["makehuman"]["data"]["hands"]


def test_every_fourth_hand_is_of_the_second_mesh():
    whose = [shape.identity for shape in mixed_pool(0, 8, "train")]
    assert whose == ["makehuman", "makehuman", "makehuman", "webxr"] * 2
