import json

import numpy as np
import pytest

from app.evaluation.__main__ import main
from app.evaluation.annotated import AnnotatedFrames
from app.evaluation.handedness import collect, fit_weights, score
from tests.evaluation.test_frames import GOOD, N
from tests.inference.fakes import FakeEngine, hand_frame, mirrored_frame

RNG = np.random.default_rng(8)


def test_the_fit_finds_the_feature_that_tells():
    right = RNG.random(2000) < 0.5
    sign = np.where(right, 1, -1)
    features = RNG.normal(0, 1, (2000, 4)) * (0.1, 2.0, 5.0, 1.0)
    features[:, 0] += 0.1 * sign
    result = score(features, right)
    by_feature = result.accuracy_by_feature
    assert by_feature["residual"] > 0.8
    assert by_feature["log_sigma"] == pytest.approx(0.5, abs=0.05)
    assert result.fitted_accuracy == pytest.approx(by_feature["residual"], abs=0.05)


def test_fitted_weights_are_log_odds():
    truth = np.array([2.0, -1.0])
    rows = RNG.normal(0, 1, (20_000, 2))
    towards = rows * np.where(RNG.random(20_000) < 1 / (1 + np.exp(-rows @ truth)), 1, -1)[:, None]
    assert np.allclose(fit_weights(towards), truth, rtol=0.1)


def test_the_sides_of_annotated_frames_are_told(save):
    depth = np.stack(
        [f().depth_raw for f in (hand_frame, mirrored_frame) * 2] + [GOOD["depth_mm"][0]]
    )
    hands = np.array(["right", "left"] * 2 + ["right"])
    path = save(**GOOD | {"depth_mm": depth, "hand": hands})
    features, right = collect(AnnotatedFrames(path), FakeEngine())
    assert right.tolist() == (hands == "right").tolist()
    assert score(features, right).accuracy == 1.0


def test_the_command(save, weights, capsys):
    hands = np.array(["right", "left"] * 2 + ["right"])
    path = save(**GOOD | {"hand": hands})
    assert main(["handedness", path, "--weights", str(weights), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == N
    assert main(["handedness", path, "--weights", str(weights)]) == 0


def test_frames_of_unknown_or_of_one_side_are_refused(save, weights, capsys):
    assert main(["handedness", save(**GOOD), "--weights", str(weights)]) == 3
    path = save(**GOOD | {"hand": np.array("left")})
    assert main(["handedness", path, "--weights", str(weights)]) == 3
    assert capsys.readouterr().err.count("\n") == 2
