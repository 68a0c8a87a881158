"""A walk as a film, a strip, a table and a file of latents."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

from app.cv import cv2
from app.errors import OutputError
from app.explore.decode import DISTANCE_MM, decode_to_estimate
from app.explore.walk_export import FPS, KINDS, SIDE, STRIP_FRAMES, Cancelled, export_walk
from app.export import CSV_COLUMNS
from app.export.drawing import GROUND, draw_depth
from app.latent.file import read_latent_file
from app.latent.path import Between
from app.skeleton import joint_colours
from tests.widgets import fakes

SPACE = fakes.make_space()
ENGINE = fakes.FakeEngine()


@pytest.fixture
def line() -> Between:
    """From an open hand to a fist."""
    ends = [SPACE.along(SPACE.neutral(), 0, value) for value in (-1.0, 2.5)]
    return Between(*ends, SPACE)


def export(path, line, **given) -> int:
    return export_walk(path, line, 0.4, ENGINE, SPACE, **given)


def moved(frames: list[np.ndarray]) -> float:
    """Mean change between the first and the last frame, grey steps."""
    return float(np.abs(frames[0].astype(int) - frames[-1]).mean())


def test_a_gif_plays_for_ever_and_moves(line, tmp_path):
    count = export(tmp_path / "walk.gif", line)
    with Image.open(tmp_path / "walk.gif") as film:
        assert film.n_frames == count == 11
        assert film.size == (2 * SIDE, SIDE)
        assert film.info["loop"] == 0
        assert film.info["duration"] == 40
        frames = []
        for k in (0, count - 1):
            film.seek(k)
            frames.append(np.array(film.convert("RGB")))
    assert moved(frames) > 2


def test_an_mp4_has_every_frame_at_its_rate(line, tmp_path):
    count = export(tmp_path / "walk.mp4", line)
    film = cv2.VideoCapture(str(tmp_path / "walk.mp4"))
    assert film.get(cv2.CAP_PROP_FPS) == pytest.approx(FPS)
    frames = []
    while (read := film.read())[0]:
        frames.append(read[1])
    assert len(frames) == count == 13
    assert frames[0].shape == (SIDE, 2 * SIDE, 3)
    assert moved(frames) > 2


def test_a_strip_has_depth_above_and_skeletons_below(line, tmp_path):
    assert export(tmp_path / "walk.png", line) == STRIP_FRAMES
    strip = np.array(Image.open(tmp_path / "walk.png")).astype(int)
    assert strip.shape == (SIDE, STRIP_FRAMES * SIDE // 2, 3)
    index = joint_colours()[8].astype(int)
    coloured = np.abs(strip - index).sum(-1) < 60
    for k in range(STRIP_FRAMES):
        part = slice(k * SIDE // 2, (k + 1) * SIDE // 2)
        assert coloured[SIDE // 2 :, part].sum() > 20
        assert (np.abs(strip[: SIDE // 2, part] - GROUND).max(-1) > 20).mean() > 0.03


def test_joints_are_those_of_every_other_file(line, tmp_path):
    count = export(tmp_path / "walk.csv", line)
    text = (tmp_path / "walk.csv").read_text().splitlines()
    rows = list(csv.DictReader(row for row in text if not row.startswith("#")))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [int(row["index"]) for row in rows] == list(range(count))
    assert float(rows[-1]["t_s"]) == pytest.approx(0.4)
    end = decode_to_estimate(ENGINE, line.at(1.0)).joints_mm
    assert float(rows[-1]["index_tip_y_mm"]) == pytest.approx(end[8, 1], abs=0.01)
    assert abs(float(rows[0]["wrist_z_mm"]) - DISTANCE_MM) < 125
    assert any(row.startswith("# weights: fake") for row in text)


def test_latents_can_be_read_again(line, tmp_path):
    export(tmp_path / "walk.json", line)
    walk = read_latent_file(tmp_path / "walk.json", SPACE).walk
    np.testing.assert_allclose(walk.at(1.0), line.at(1.0), atol=1e-6)
    assert walk.seconds == pytest.approx(0.4)


def test_a_left_hand_is_the_mirror_image(line, tmp_path):
    for name, mirrored in (("r", False), ("l", True)):
        export(tmp_path / f"{name}.png", line, mirrored=mirrored)
    right, left = (np.array(Image.open(tmp_path / f"{n}.png"))[:, : SIDE // 2] for n in "rl")
    np.testing.assert_array_equal(left, right[:, ::-1])


@pytest.mark.parametrize("kind", [".gif", ".mp4", ".png", ".csv"])
def test_a_cancelled_export_leaves_what_was_there(line, tmp_path, kind):
    path, seen = tmp_path / f"walk{kind}", []
    path.write_text("before")
    with pytest.raises(Cancelled):
        export(path, line, progress=seen.append, cancelled=lambda: len(seen) >= 3)
    assert seen == sorted(seen)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_gives_one_line(line, tmp_path):
    (tmp_path / "file").write_text("")
    for kind in (*KINDS, ".xyz"):
        with pytest.raises(OutputError) as caught:
            export(tmp_path / "file" / f"walk{kind}", line)
        assert "\n" not in str(caught.value)


def test_near_is_brighter_than_far():
    image = np.ones((128, 128), np.float32)
    image[:, :40], image[:, 40:80] = -0.5, 0.5
    picture = draw_depth(image).astype(int)
    assert picture[60, 20].sum() > picture[60, 60].sum() + 100
    assert (picture[60, 100] == GROUND).all()
