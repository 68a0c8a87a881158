import numpy as np
import pytest

from app.engine.engine import EngineOutput
from app.evaluation.residual import measure
from app.frames import BACKGROUND


class Painter:
    """Synthesises one picture, moved back by z[0], whatever the crop."""

    def __init__(self, picture: np.ndarray, back: float):
        self.picture, self.back = picture, back

    def estimate(self, images: np.ndarray) -> EngineOutput:
        n = len(images)
        nothing = np.zeros(n, np.float32)
        z = np.full((n, 1), self.back, np.float32)
        return EngineOutput(z, np.zeros((n, 21, 3)), np.zeros((n, 21)), nothing, nothing)

    def synthesise(self, z: np.ndarray, perspective: np.ndarray) -> np.ndarray:
        return np.stack(
            [np.where(self.picture < BACKGROUND, self.picture + row[0], BACKGROUND) for row in z]
        )


@pytest.fixture
def picture() -> np.ndarray:
    picture = np.full((128, 128), BACKGROUND, np.float32)
    picture[40:90, 40:90] = -0.2
    return picture


def test_a_perfect_map_leaves_nothing_and_a_deeper_one_its_depth(picture):
    crops = np.repeat(picture[None], 40, 0)
    perfect = measure(crops, np.full(40, 0.2), Painter(picture, 0.0))
    assert (perfect.crops, perfect.whole_mm, perfect.inside_mm, perfect.uncovered) == (40, 0, 0, 0)
    deeper = measure(crops, np.full(40, 0.2), Painter(picture, 0.08))
    assert deeper.whole_mm == pytest.approx(10, abs=1e-3)
    assert deeper.inside_mm == pytest.approx(10, abs=1e-3)


def test_what_the_camera_did_not_see_is_told_apart(picture):
    crop = picture.copy()
    crop[40:65] = BACKGROUND
    scores = measure(crop[None], np.full(1, 0.2), Painter(picture, 0.0))
    assert scores.uncovered == pytest.approx(0.5)
    assert scores.inside_mm > 10
