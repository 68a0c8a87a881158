"""The localiser's training: windows with their hands, one short run, what is kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from app.errors import DataError
from app.segmentation.canvas import Canvas
from app.segmentation.heatmap import OnnxHeatmap
from app.training.localise.__main__ import main
from app.training.localise.fit import save, train
from app.training.localise.plan import HEIGHT, WIDTH, LocaliserPlan
from app.training.localise.windows import (
    Windows,
    cut_window,
    is_seen,
    load_windows,
    render_windows,
)


def windows(count: int) -> Windows:
    """A hand's worth of near surface in the middle of a wall, in every window."""
    depth = np.full((count, HEIGHT, WIDTH), 1500, np.uint16)
    depth[:, 62:82, 78:98] = 600
    middle = np.tile(np.float32([WIDTH / 2, HEIGHT / 2]), (count, 1))
    centres = np.full((count, 4, 3), np.nan, np.float32)
    centres[:, 0] = [0, 0, 600]
    return Windows(depth, middle, centres)


def test_a_run_makes_a_network_that_opens(tmp_path):
    plan = LocaliserPlan(tmp_path, minutes=0.02, batch=2, channels=(4, 4, 4, 4))
    model, took = train(plan, windows(4), None)
    assert took["samples"] == 2 * took["steps"] > 0
    save(model, tmp_path / "found.safetensors", took, 4)
    heat = OnnxHeatmap(tmp_path / "found.onnx")(np.zeros((1, 2, HEIGHT, WIDTH), np.float32))
    assert heat.shape == (1, 2, HEIGHT // 4, WIDTH // 4)
    assert "4 scenes" in (tmp_path / "found.md").read_text("utf-8")
    again, longer = train(plan, windows(4), tmp_path / "found.safetensors")
    assert longer["steps"] > took["steps"]
    assert [p.shape for p in again.parameters()] == [p.shape for p in model.parameters()]


def test_fewer_windows_than_a_batch_are_said(tmp_path, capsys):
    with pytest.raises(DataError, match="3 windows do not fill a batch of 4"):
        train(LocaliserPlan(tmp_path, batch=4), windows(3), None)
    assert main(["--folder", str(tmp_path), "--frames", "1"]) == DataError.exit_code
    assert capsys.readouterr().err.count("\n") == 1


def test_every_window_has_its_target():
    images, target = windows(1)[0]
    assert images.shape == (2, HEIGHT, WIDTH)
    assert target.shape == (2, HEIGHT // 4, WIDTH // 4)
    assert images.dtype == target.dtype == torch.float32
    row, column = divmod(int(target[0].argmax()), WIDTH // 4)
    assert abs(row - HEIGHT / 8) <= 2
    assert abs(column - WIDTH / 8) <= 2


def test_scenes_are_rendered_once(tmp_path, monkeypatch):
    plan = LocaliserPlan(tmp_path, frames=2)
    first = load_windows(plan)
    monkeypatch.setattr("app.training.localise.windows.render_windows", pytest.fail)
    again = load_windows(plan)
    np.testing.assert_array_equal(again.depth_mm, first.depth_mm)
    np.testing.assert_array_equal(again.centres, first.centres)
    assert again.depth_mm.shape == (len(first), HEIGHT, WIDTH)


def test_a_window_keeps_what_lies_in_it_in_its_place():
    depth = np.arange(200 * 300, dtype=np.float32).reshape(200, 300) + 500
    canvas = Canvas(depth, 150.0, 100.0)
    window = cut_window(np.random.default_rng(3), canvas, [])
    x, y = canvas.cx - window.cx, canvas.cy - window.cy
    assert window.depth_mm.shape == (HEIGHT, WIDTH)
    i, j = HEIGHT // 2, WIDTH // 2
    assert window.depth_mm[i, j] == depth[int(i + y), int(j + x)]


def test_a_hidden_hand_is_not_asked_for():
    depth = np.full((HEIGHT, WIDTH), 600, np.float32)
    canvas = Canvas(depth, WIDTH / 2, HEIGHT / 2)
    assert is_seen(canvas, np.array([0.0, 0.0, 610.0]))
    assert not is_seen(canvas, np.array([0.0, 0.0, 900.0]))


def test_other_kinds_take_their_share_from_the_plain_ones(tmp_path):
    plan = LocaliserPlan(tmp_path, kinds={"egocentric": 0.3, "near": 0.1})
    shares = plan.scene_kinds()
    assert shares is not None
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["egocentric"] == 0.3
    assert shares["hand"] / shares["none"] == pytest.approx(0.65 / 0.15)
    assert LocaliserPlan(tmp_path).scene_kinds() is None


def test_windows_of_own_views_have_their_hand(tmp_path):
    made = render_windows(LocaliserPlan(tmp_path, kinds={"egocentric": 1.0}), 0, 4)
    assert len(made["depth_mm"]) > 0
    assert (made["centres"][:, 0, 2] < 650).all()
