import numpy as np
import pytest

from app.engine.engine import EngineOutput
from app.inference.handedness import (
    AGAIN,
    CLIP,
    LONGEST,
    RECHECK_S,
    SURE,
    WEIGHTS,
    Handedness,
    map_residual,
    side_evidence,
    side_features,
)

IMAGE = np.ones((128, 128), np.float32)
IMAGE[30:90, 40:70] = -0.2


def output(sigma=(0.1, 0.1), presence=(0.9, 0.9), side=(0.5, 0.5)) -> EngineOutput:
    sigmas = np.repeat(np.array(sigma, np.float32)[:, None], 21, 1)
    answers = np.zeros((2, 4)), np.zeros((2, 21, 3)), sigmas, np.array(presence), np.array(side)
    return EngineOutput(*answers)


def test_residual_of_a_map_with_itself_is_zero_and_of_no_map_is_clipped():
    assert map_residual(IMAGE, IMAGE) == 0
    assert map_residual(IMAGE, np.ones_like(IMAGE)) == pytest.approx(CLIP, rel=1e-4)
    assert map_residual(np.ones_like(IMAGE), np.ones_like(IMAGE)) == pytest.approx(CLIP)


def test_one_wild_pixel_counts_no_more_than_the_clip():
    wild = IMAGE.copy()
    wild[30, 40] = -1
    assert map_residual(wild, IMAGE) < CLIP / 100


def test_what_the_map_leaves_unexplained_counts_near_the_hand_alone():
    beside, beyond = IMAGE.copy(), IMAGE.copy()
    beside[50:60, 70:78] = -0.2  # a finger that the map lacks
    beyond[110:, 40:70] = -0.2  # a forearm
    assert map_residual(beyond, IMAGE) == 0
    assert map_residual(beside, IMAGE) > 0.003
    assert map_residual(IMAGE, beyond) > 0.05  # what the map invents counts everywhere


def test_evidence_points_to_the_side_that_explains_the_crop():
    both = np.stack([IMAGE, IMAGE[:, ::-1]])
    empty = np.ones_like(IMAGE)
    assert side_evidence(both, output(), np.stack([IMAGE, empty])) > 1
    assert side_evidence(both, output(), np.stack([empty, IMAGE[:, ::-1]])) < -1
    assert side_evidence(both, output(sigma=(0.1, 0.2)), both) > 0
    assert side_evidence(both, output(presence=(0.2, 0.9)), both) < 0
    assert side_evidence(both, output(side=(0.8, 0.3)), both) > 0


def test_decides_at_the_first_look():
    side = Handedness()
    assert side.due(0.0)
    assert side.consider(-0.5, 0.0) == "left"


def test_looks_on_while_unsure_then_about_once_a_second():
    side = Handedness()
    side.consider(0.1, 0.0)
    assert side.due(0.03)
    side.consider(SURE + 1, 0.03)
    assert not side.due(0.06)
    assert not side.due(0.9)
    assert side.due(1.1)
    assert side.due(0.4, doubtful=True)


def test_does_not_look_for_ever():
    side = Handedness()
    for i in range(50):
        side.consider(0.0, i / 30)
    assert not side.due(50 / 30)


def test_weak_evidence_in_a_doubtful_hand_costs_less_than_half_of_the_frames():
    side = Handedness()
    looks = 0
    for i in range(300):
        if side.due(i / 30, doubtful=True):
            side.consider(0.0, i / 30)
            looks += 1
    assert looks < 150


def test_one_contrary_frame_does_not_switch_but_lasting_evidence_does():
    side = Handedness()
    side.consider(40.0, 0.0)
    assert side.consider(-40.0, 1.0) == "right"
    assert side.due(1.03)  # and it is looked into at once
    for i in range(5):
        side.consider(-3.0, 2.0 + i)
    assert side.hand == "left"


def test_a_fixed_hand_is_never_overruled_but_refused_by_sure_evidence():
    side = Handedness("left")
    assert side.due(0.0)
    for evidence, refused in ((-5.0, False), (2.9, False), (2.9, True), (-5.0, False)):
        assert side.consider(evidence, 0.0) == "left"
        assert side.refused == refused
    side.choose("right")
    assert not side.refused
    assert (side.consider(-5.0, 0.0), side.refused) == ("right", True)
    side.choose("auto")
    assert (side.consider(-5.0, 0.0), side.refused) == ("left", False)


def test_a_fixed_hand_is_looked_at_more_often_lest_another_takes_its_place():
    chosen, free = Handedness("right"), Handedness()
    for side in (chosen, free):
        side.consider(5.0, 0.0)
    assert [side.due(0.3 * RECHECK_S) for side in (chosen, free)] == [True, False]
    assert not chosen.due(0.2 * RECHECK_S)
    chosen = Handedness("right")
    chosen.consider(5.0, 0.0)
    assert chosen.due(0.01 * RECHECK_S, doubtful=True)


def test_what_was_seen_for_long_does_not_keep_another_hand_for_long():
    side = Handedness("right")
    for k in range(20):
        side.consider(9.0, float(k))
    looks = 0
    while not side.refused:
        side.consider(-9.0, 20.0)
        looks += 1
    assert looks == 2


def test_time_running_backwards_asks_for_a_look():
    side = Handedness()
    side.consider(5.0, 100.0)
    assert side.due(1.0)


def test_features_are_differences_of_the_two_sides():
    both = np.stack([IMAGE, IMAGE[:, ::-1]])
    seen = output(sigma=(0.1, 0.3), presence=(0.9, 0.5), side=(0.5, 0.2))
    maps = np.stack([IMAGE, np.ones_like(IMAGE)])
    expected = [CLIP, np.log(3), np.log(9), np.log(4)]
    np.testing.assert_allclose(side_features(both, seen, maps), expected, rtol=1e-5)
    assert side_evidence(both, seen, maps) == pytest.approx(np.dot(expected, [*WEIGHTS.values()]))
    sure = output(presence=(1.0, 0.0), side=(0.0, 1.0))
    assert np.isfinite(side_features(both, sure, maps)).all()


def test_evidence_fades_and_one_look_is_bounded():
    side = Handedness()
    side.consider(100.0, 0.0)
    for k in range(2):  # 3, then 2.4 - 1.5, then 0.72 - 1.5
        side.consider(-1.5, 0.1 * k)
    assert side.hand == "right"
    assert side.consider(-1.5, 0.4) == "left"


def test_a_later_inspection_is_shorter_and_time_says_when():
    side = Handedness()
    looks = 0
    while side.due(0.0) and looks < 100:
        side.consider(0.0, 0.0)
        looks += 1
    assert looks == LONGEST
    assert not side.due(0.99 * RECHECK_S)
    assert not side.due(0.2 * RECHECK_S, doubtful=True)
    looks = 0
    while side.due(1.01 * RECHECK_S) and looks < 100:
        side.consider(0.0, 1.01 * RECHECK_S)
        looks += 1
    assert looks == AGAIN


def test_another_hand_is_decided_anew():
    side = Handedness()
    side.consider(-5.0, 0.0)
    side.reset()
    assert side.hand == "left"  # until the first look
    assert side.due(0.0)
    assert side.consider(0.2, 0.0) == "right"


def test_what_is_seen_counts_up_to_sixteen_millimetres_beside_the_map():
    empty = np.ones_like(IMAGE)
    empty[40:80, 40:60] = 0.0  # the synthesised hand
    for beside, counted in ((6, True), (8, False)):
        seen = empty.copy()
        seen[50:60, 60 + beside : 62 + beside] = 0.0
        assert (map_residual(seen, empty) > 0) == counted
