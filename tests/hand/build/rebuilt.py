"""What every committed hand must withstand: that it can be made again."""

from __future__ import annotations

import numpy as np

from app.hand.asset import ASSET_FILES, Identity


def assert_as_shipped(identity: Identity, built: dict[str, np.ndarray]) -> None:
    with np.load(ASSET_FILES[identity]) as shipped:
        assert sorted(shipped.files) == sorted(built)
        for name in shipped.files:
            if shipped[name].dtype == np.float32:
                np.testing.assert_allclose(built[name], shipped[name], atol=2e-3)
            else:
                np.testing.assert_array_equal(built[name], shipped[name])
