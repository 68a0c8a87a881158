"""Shares of kinds as people write them."""

import pytest

from app.errors import AppError
from app.synthetic.kinds import MIXTURE, WILD_KINDS, parse_kinds


def test_shares_are_read():
    assert parse_kinds("held=0.35, egocentric=.1") == {"held": 0.35, "egocentric": 0.1}
    assert parse_kinds("") == {}
    assert parse_kinds("wild") == MIXTURE
    assert set(MIXTURE) == set(WILD_KINDS)
    assert sum(MIXTURE.values()) < 0.75  # plain crops stay


@pytest.mark.parametrize("text", ["held", "held=x", "held=-0.1", "cat=0.1", "held=0.7,two=0.4"])
def test_nonsense_is_named(text):
    with pytest.raises(AppError):
        parse_kinds(text)
