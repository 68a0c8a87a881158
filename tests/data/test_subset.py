"""Parts of a data set: who has a label, every epoch whole, shares that make up the batch."""

import pickle
from itertools import pairwise

import numpy as np
import pytest

from app.data.subset import Part, Share, labelled_samples, shared_numbers


class Numbers:
    """Sample i is the number i; counts how often samples are made."""

    layout = {"images": ((), "int64")}  # noqa: RUF012 - nobody writes to it

    def __init__(self):
        self.made = 0

    def arrays(self, start: int, n: int) -> dict[str, np.ndarray]:
        self.made += n
        return {"images": np.arange(start, start + n)}


def part(samples: int = 3000, fraction: float = 0.1, labelled: bool = True) -> Part:
    return Part(Numbers(), 4, samples, fraction, labelled)


@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.5])
def test_the_fraction_has_labels(fraction):
    count = labelled_samples(0, 100_000, fraction).sum()
    assert abs(count - 100_000 * fraction) < 4 * np.sqrt(100_000 * fraction)


def test_a_label_depends_on_seed_and_number_alone():
    some = labelled_samples(3, 1000, 0.2)
    np.testing.assert_array_equal(labelled_samples(3, 400, 0.2), some[:400])
    assert (labelled_samples(4, 1000, 0.2) != some).sum() > 100
    assert (labelled_samples(3, 1000, 0.1) <= some).all()  # more labels keep those before
    assert labelled_samples(3, 1000, 1.0).all()


def test_neighbours_are_labelled_independently():
    some = labelled_samples(1, 100_000, 0.5).astype(float)
    assert abs(np.corrcoef(some[:-1], some[1:])[0, 1]) < 0.01


def test_labelled_and_unlabelled_make_up_the_set():
    with_, without = part(), part(labelled=False)
    numbers = [p.numbers(0, len(p)) for p in (with_, without)]
    assert sorted(np.concatenate(numbers)) == list(range(3000))


def test_every_epoch_has_every_sample_once_in_another_order():
    some = part(fraction=0.5)
    first, second = some.numbers(0, len(some)), some.numbers(len(some), len(some))
    assert sorted(first) == sorted(second) == sorted(set(first))
    assert (first == second).mean() < 0.05
    assert sum(b > a for a, b in pairwise(first)) < 0.6 * len(first)  # shuffled


def test_a_part_can_be_entered_anywhere():
    whole, n = part(), len(part())
    expected = whole.arrays(0, 3 * n)["images"]
    later = pickle.loads(pickle.dumps(whole))
    for start in (2 * n - 3, 5, n - 1):
        np.testing.assert_array_equal(later.arrays(start, 7)["images"], expected[start:][:7])


def test_a_small_part_is_made_once():
    some = part()
    some.arrays(0, 3 * len(some))
    assert some.source.made == len(some)


def test_a_part_without_samples_is_refused():
    with pytest.raises(ValueError, match="no labelled one"):
        part(samples=3, fraction=1e-6)
    with pytest.raises(ValueError, match="no unlabelled one"):
        part(fraction=1.0, labelled=False)


@pytest.mark.parametrize("batch", [1, 3, 4, 8, 10, 11, 64])
@pytest.mark.parametrize("size", [2, 3])
def test_shares_make_up_the_whole_batch(batch, size):
    for k in range(3):
        shares = [shared_numbers(k * batch, batch, r, size, batch) for r in range(size)]
        whole = np.arange(k * batch * size, (k + 1) * batch * size)
        np.testing.assert_array_equal(np.sort(np.concatenate(shares)), whole)
        eighth = np.concatenate([s[: batch // 8] for s in shares])
        np.testing.assert_array_equal(np.sort(eighth), whole[: size * (batch // 8)])


def test_a_share_gives_its_own_samples():
    share = Share(Numbers(), rank=1, size=2, batch=8)
    given = share.arrays(8, 8)["images"]
    np.testing.assert_array_equal(given, shared_numbers(8, 8, 1, 2, 8))
