"""The builders' command lines: what they make goes where the program reads it."""

from __future__ import annotations

import numpy as np
import pytest

from app.hand.asset import ASSET_FILES
from app.hand.build import build_asset, build_body, build_webxr, fit_poses
from app.hand.prior import PRIOR_FILE
from app.synthetic.scenes.body import ASSET

COMMANDS = {
    build_asset: (ASSET_FILES["makehuman"], "build", ("--wheel", "given")),
    build_webxr: (ASSET_FILES["webxr"], "build", ("--package", "given")),
    build_body: (ASSET, "build", ("--wheel", "given")),
    fit_poses: (PRIOR_FILE, "fit_prior", ("--recorded", "given")),
}


@pytest.mark.parametrize("builder", COMMANDS, ids=lambda builder: builder.__name__.split(".")[-1])
def test_a_builder_writes_what_it_made(builder, tmp_path, monkeypatch, capsys):
    shipped, maker, arguments = COMMANDS[builder]
    assert shipped.samefile(builder.OUTPUT)
    asked = []
    monkeypatch.setattr(
        builder, maker, lambda source, *rest: asked.append(source) or {"rows": np.arange(5)}
    )
    out = tmp_path / "new" / "made.npz"
    builder.main([*arguments, "--out", str(out)])
    assert [path.name for path in asked] == ["given"]
    with np.load(out) as file:
        np.testing.assert_array_equal(file["rows"], np.arange(5))
    assert str(out) in capsys.readouterr().out
