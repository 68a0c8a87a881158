"""`python -m app.evaluation synthesis`: figures of pictures that are known."""

import json
from dataclasses import replace

import numpy as np
import pytest

from app.cv import cv2
from app.engine.engine import EngineOutput
from app.evaluation import __main__ as command
from app.evaluation import synthesis

HALF_MM = 125.0


class Oracle:
    """An engine whose latent is the number of a sample, drawn and estimated as told."""

    def __init__(self, batch, shift_px: int = 0, deeper: float = 0.0, off_mm: float = 0.0):
        self.batch, self.off = batch, off_mm
        made = np.roll(batch.clean, shift_px, 2)
        self.made = np.where(made < 1, made + np.float32(deeper), np.float32(1))
        self.metadata = {"preset": {"name": "live"}}
        self.asked = []

    def encode(self, joints):
        z = np.zeros((len(joints), 12), np.float32)
        z[:, 0] = np.arange(len(joints))
        return z

    def decode(self, z):
        joints = self.batch.joints[z[:, 0].astype(int)].copy()
        joints[:, :, 0] += z[:, 1:2] / HALF_MM
        return joints

    def synthesise(self, z, perspective):
        self.asked.append(perspective)
        return self.made[z[:, 0].astype(int)]

    def estimate(self, images):
        """Knows a picture among the true and the made ones; of a made one it is `off_mm` off."""
        z = np.zeros((len(images), 12), np.float32)
        for k, image in enumerate(images):
            for pictures, off in ((self.made, self.off), (self.batch.clean, 0.0)):
                same = (pictures == image).all((1, 2))
                if same.any():
                    z[k, :2] = int(same.argmax()), off
        n = len(images)
        joints, one = np.zeros((n, 21, 3), np.float32), np.ones(n, np.float32)
        return EngineOutput(z, joints, np.ones((n, 21), np.float32), one, one)


@pytest.fixture(scope="module")
def batch():
    made = synthesis.unseen_hands(6, "makehuman")
    return replace(made, cube_mm=np.full(6, 2 * HALF_MM, np.float32))


def scored(engine, batch):
    z = engine.encode(batch.joints)
    return synthesis.score(engine, batch, z, synthesis.synthesise(engine, z, batch.perspective))


def test_perfect_pictures(batch):
    engine = Oracle(batch)
    scores = scored(engine, batch)
    assert scores.silhouette_iou == scores.silhouette_iou_p10 == 1
    assert scores.depth_mm == scores.cycle_mm == scores.seen_mm == scores.decoded_mm == 0
    np.testing.assert_array_equal(np.concatenate(engine.asked), batch.perspective)


def test_errors_are_what_they_are(batch):
    scores = scored(Oracle(batch, deeper=0.02, off_mm=7.0), batch)
    assert scores.depth_mm == pytest.approx(0.02 * HALF_MM, abs=1e-3)
    assert scores.cycle_mm == pytest.approx(7.0, abs=1e-2)
    assert scores.seen_mm == scores.decoded_mm == 0
    assert scores.latent_cycle == pytest.approx(
        7.0 / 3, abs=1e-3
    )  # three dimensions, one of them is off
    assert scores.silhouette_iou == scores.silhouette_iou_forearm_free == 1
    moved = scored(Oracle(batch, shift_px=3), batch)
    assert 0.5 < moved.silhouette_iou < 0.95


def test_a_forearm_may_be_forgiven(batch):
    engine = Oracle(batch)
    engine.made = np.where(batch.clean < 1, batch.clean, batch.images)
    scores = scored(engine, batch)
    assert scores.silhouette_iou < 0.95
    assert scores.silhouette_iou_forearm_free == 1


def test_the_hands_of_the_samples_end_at_the_wrist(batch):
    assert batch.present.all()
    assert (batch.clean < 1).sum() < (batch.images < 1).sum()


def test_command_prints_and_draws(batch, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(synthesis, "load_engine", lambda _: Oracle(batch, shift_px=2))
    monkeypatch.setattr(synthesis, "unseen_hands", lambda n, who: batch)
    sheet = tmp_path / "sheet.png"
    arguments = ["synthesis", "--frames", "6", "--json", "--sheet", str(sheet)]
    assert command.main(arguments) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["frames"] == 6
    picture = cv2.imread(str(sheet), cv2.IMREAD_GRAYSCALE)
    assert picture.shape == (3 * 128, 6 * 128)
    assert picture[:128].max() > 100  # a hand
    assert abs(int(np.median(picture[256:])) - 127) <= 1  # no difference beside it
