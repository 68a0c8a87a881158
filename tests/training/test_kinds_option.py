"""`--kinds` and `--rate` reach the crops and the schedule."""

from __future__ import annotations

import pytest

from app.synthetic.kinds import MIXTURE
from app.training.config import TrainingConfig
from app.training.options import config_of, make_parser
from app.training.run import Sources


def config(*words: str) -> TrainingConfig:
    parser = make_parser()
    return config_of(parser, parser.parse_args(["--out", "runs/x", *words]))


def test_kinds_reach_the_generator():
    given = config("--kinds", "held=0.4,near=0.1")
    assert dict(given.data_options)["kinds"] == {"held": 0.4, "near": 0.1}
    source = Sources.of(given).crops(1, "train")
    samples = source.generator().samples(0, 64)
    assert (samples["held"]["kind"][:, 0] >= 0).mean() > 0.2
    assert dict(config("--kinds", "wild").data_options)["kinds"] == MIXTURE
    assert "kinds" not in dict(config().data_options)


def test_the_rate_is_the_runs_own():
    assert config("--rate", "8e-4").schedule("regress").rate == 8e-4
    assert config().schedule("regress").rate == config().recipe.schedule["regress"].rate


@pytest.mark.parametrize("words", [["--kinds", "cat=1"], ["--rate", "0"], ["--kinds", "held=2"]])
def test_nonsense_is_refused(words, capsys):
    with pytest.raises(SystemExit):
        config(*words)
    assert capsys.readouterr().err
