import numpy as np
import pytest

from tests.inference.fixtures import own_cache, weights

__all__ = ["own_cache", "save", "weights"]


@pytest.fixture
def save(tmp_path):
    def save(**keys) -> str:
        np.savez(tmp_path / "f.npz", **{k: v for k, v in keys.items() if v is not None})
        return str(tmp_path / "f.npz")

    return save
