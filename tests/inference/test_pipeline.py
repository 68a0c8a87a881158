from dataclasses import replace

import numpy as np
import pytest

from app.config import EstimatorConfig
from app.frames import ColourImage, Frame, HandRegion
from app.inference.crop_estimate import mirror_crop
from app.inference.pipeline import FramePipeline
from app.segmentation.crop import make_crop
from app.segmentation.locate import HandLocator
from app.segmentation.tracker import HandTracker
from tests.inference.fakes import (
    CAMERA,
    CENTRE_MM,
    FakeEngine,
    FakeTracker,
    empty_frame,
    hand_frame,
    mirrored_frame,
)


def region(offset_mm=(0, 0, 0), tracked=True) -> HandRegion:
    return HandRegion((CENTRE_MM + np.array(offset_mm)).astype(np.float32), 0.9, tracked)


def make(*regions, **config) -> FramePipeline:
    tracker = FakeTracker(*(regions or (region(tracked=False), region())))
    return FramePipeline(FakeEngine(), EstimatorConfig(**config), tracker)


def test_an_estimate_carries_everything():
    result = make().process(hand_frame())
    (estimate,) = result.hands
    assert result.detected
    assert result.first is estimate
    assert estimate.hand == "right"
    assert 0 < estimate.confidence <= 1
    assert estimate.joints_mm.shape == estimate.joints_raw_mm.shape == (21, 3)
    assert np.linalg.norm(estimate.joints_mm.mean(0) - CENTRE_MM) < 20
    assert estimate.synthesised.shape == (128, 128)
    assert {"segment", "crop", "network", "synthesise", "filter", "total"} <= set(result.stage_ms)
    assert result.t_done_s >= result.frame.t_host_s
    for array in (estimate.joints_mm, estimate.joints_raw_mm, estimate.synthesised, estimate.z):
        assert not array.flags.writeable


def test_no_region_is_no_hand():
    result = make(None).process(empty_frame())
    assert (result.hands, result.first) == ((), None)
    assert result.stage_ms["total"] > 0


def test_a_frame_without_depth_has_no_hand():
    pipeline = make()
    picture = ColourImage(np.zeros((48, 64, 3), np.uint8), CAMERA)
    result = pipeline.process(Frame(4, 0, 0.1, 0.1, colour=picture))
    assert (result.frame.index, result.hands) == (4, ())
    assert pipeline.process(hand_frame(5)).detected


def test_a_number_stays_with_a_hand_while_it_is_followed():
    new, same = region(tracked=False), region()
    pipeline = make(new, same, same, None, new, same, new, same)
    seen = [pipeline.process(hand_frame(i)).hands for i in range(7)]
    assert [hands[0].track if hands else None for hands in seen] == [1, 1, 1, None, 2, 2, 3]
    assert pipeline.process(hand_frame(7, epoch=1)).first.track == 4  # another recording


def test_a_hand_that_is_found_again_where_it_was_keeps_its_number():
    again = replace(region(tracked=False), again=True)
    pipeline = make(region(tracked=False), again, again, region(tracked=False))
    seen = [pipeline.process(hand_frame(i, t_s=0.7 * i)).first.track for i in range(4)]
    assert seen == [1, 1, 1, 2]


def test_a_find_that_is_no_hand_takes_no_number():
    pipeline = make(region(tracked=False))
    pipeline.engine.presence = 0.1
    pipeline.process(hand_frame(0))
    pipeline.engine.presence = 0.9
    assert pipeline.process(hand_frame(1)).first.track == 1


def test_low_presence_is_no_hand_and_the_tracker_is_told():
    pipeline = make()
    pipeline.engine.presence = 0.2
    assert not pipeline.process(hand_frame()).detected
    assert pipeline.tracker.confirmed[-1][1] == 0.0


def test_a_followed_hand_is_let_go_later_than_a_new_one_is_taken():
    pipeline = make()
    pipeline.engine.presence = 0.4
    assert not pipeline.process(hand_frame(0)).detected
    pipeline.engine.presence = 0.6
    assert pipeline.process(hand_frame(1)).detected
    pipeline.engine.presence = 0.4
    assert pipeline.process(hand_frame(2)).detected
    pipeline.engine.presence = 0.1
    assert not pipeline.process(hand_frame(3)).detected


def test_numbers_that_are_not_finite_are_no_hand():
    pipeline = make()
    pipeline.engine.broken = True
    assert not pipeline.process(hand_frame()).detected
    pipeline.engine.broken = False
    assert pipeline.process(hand_frame(1)).detected


def test_a_new_hand_off_the_centre_is_cropped_again_round_its_joints():
    pipeline = make(region((40, 0, 0), tracked=False))
    estimate = pipeline.process(hand_frame()).first
    first = np.linalg.norm(estimate.region.centre_mm - CENTRE_MM)
    assert np.linalg.norm(estimate.crop.centre_mm - CENTRE_MM) < first / 2
    assert len(pipeline.engine.batches) == 2


def test_a_followed_hand_is_cropped_once():
    pipeline = make(region((15, 0, 0), tracked=True), hand="right")
    for i in range(5):
        pipeline.process(hand_frame(i))
    pipeline.engine.batches.clear()
    pipeline.process(hand_frame(5))
    assert pipeline.engine.batches == [1]


def test_the_crop_of_a_followed_hand_comes_to_lie_round_its_joints():
    """The middle of the surface lies beside that of the joints; the tracker learns how far."""
    finder = HandLocator()
    finder.locate = lambda frame, **options: [region(tracked=False)]
    pipeline = FramePipeline(FakeEngine(), EstimatorConfig(smoothing=False), HandTracker(finder))
    off = []
    for i in range(12):
        pipeline.engine.offset_norm = np.array([0.14 * (i > 1), 0, 0], np.float32)
        hand = pipeline.process(hand_frame(i)).first
        off.append(np.linalg.norm(hand.joints_raw_mm.mean(0) - hand.crop.centre_mm))
    assert off[2] > 12
    assert off[-1] < off[2] / 4
    assert hand.track == 1


def test_the_tracker_hears_the_joints_mean_and_whether_it_is_a_hand():
    pipeline = make()
    pipeline.engine.explains = False  # a bad map, but a hand
    estimate = pipeline.process(hand_frame()).first
    centre, belief = pipeline.tracker.confirmed[-1]
    assert np.allclose(centre, estimate.joints_raw_mm.mean(0), atol=1e-3)
    assert estimate.confidence < belief
    assert belief == pytest.approx(pipeline.engine.presence)


def test_a_left_hand_is_found_by_synthesis_and_comes_back_mirrored():
    right = make().process(hand_frame()).first
    left = make().process(mirrored_frame()).first
    assert left.hand == "left"
    assert left.crop.mirrored
    assert left.confidence == pytest.approx(right.confidence, abs=0.02)


def test_both_sides_are_run_only_now_and_then():
    pipeline = make()
    for i in range(60):
        pipeline.process(hand_frame(i))
    both = pipeline.engine.batches.count(2)
    assert pipeline.engine.batches[0] == 2
    assert 2 <= both <= 8


def test_the_side_is_kept_through_one_contrary_look_but_not_for_ever():
    pipeline = make()
    for i in range(30):
        pipeline.process(hand_frame(i))
    hands = [pipeline.process(mirrored_frame(i)).first.hand for i in range(30, 36)]
    assert hands[0] == "right"
    assert hands[-1] == "left"


def test_a_fixed_hand_is_obeyed():
    pipeline = make(hand="left")
    assert pipeline.process(mirrored_frame()).first.hand == "left"
    pipeline.apply(EstimatorConfig(hand="right"))
    assert pipeline.process(hand_frame(1)).first.hand == "right"


def test_joints_are_filtered_and_the_raw_ones_kept():
    calm, raw = [], []
    pipeline = make()
    pipeline.engine.noise_norm = 0.02
    for i in range(60):
        estimate = pipeline.process(hand_frame(i)).first
        calm.append(estimate.joints_mm)
        raw.append(estimate.joints_raw_mm)
    assert np.std(calm[20:], axis=0).mean() < 0.8 * np.std(raw[20:], axis=0).mean()


@pytest.mark.parametrize("jump", [{"epoch": 1}, {"t_s": 9.0}, {"t_s": 0.0}])
def test_a_break_in_time_resets_the_filter(jump):
    pipeline = make()
    for i in range(10):
        pipeline.process(hand_frame(i, t_s=1 + i / 30))
    pipeline.engine.offset_norm = np.array([0.05, 0, 0])
    estimate = pipeline.process(hand_frame(10, **{"t_s": 1 + 10 / 30, **jump})).first
    assert np.allclose(estimate.joints_mm, estimate.joints_raw_mm, atol=1e-3)


def test_the_same_frame_once_more_is_no_gap():
    pipeline = make()
    for i in range(30):
        pipeline.process(hand_frame(i))
    pipeline.engine.batches.clear()
    for _ in range(3):
        pipeline.process(hand_frame(29))
    assert pipeline.engine.batches == [1, 1, 1]  # the side is not asked anew
    assert pipeline.process(hand_frame(30, t_s=29 / 30)).detected  # another frame, the same time
    assert pipeline.engine.batches[-1] == 2


def test_a_clock_that_stands_still_does_not_freeze_the_hand():
    pipeline = make()
    for i in range(3):
        pipeline.process(hand_frame(i, t_s=7.0))
    pipeline.engine.offset_norm = np.array([0.05, 0, 0])
    estimate = pipeline.process(hand_frame(3, t_s=7.0)).first
    assert np.allclose(estimate.joints_mm, estimate.joints_raw_mm, atol=1e-3)


def test_a_reset_forgets_the_hand_its_side_and_its_past():
    pipeline = make()
    for i in range(30):
        pipeline.process(hand_frame(i))
    pipeline.reset()
    pipeline.engine.offset_norm = np.array([0.05, 0, 0])
    pipeline.engine.batches.clear()
    estimate = pipeline.process(hand_frame(30)).first
    assert pipeline.tracker.resets == 1
    assert np.allclose(estimate.joints_mm, estimate.joints_raw_mm, atol=1e-3)
    assert max(pipeline.engine.batches) == 2  # the side is asked anew


def test_a_lost_hand_resets_the_filter():
    pipeline = make(region(), region(), None, region())
    for i in range(3):
        pipeline.process(hand_frame(i))
    pipeline.engine.offset_norm = np.array([0.05, 0, 0])
    estimate = pipeline.process(hand_frame(3)).first
    assert np.allclose(estimate.joints_mm, estimate.joints_raw_mm, atol=1e-3)


def test_without_smoothing_joints_are_the_networks():
    pipeline = make(smoothing=False)
    pipeline.engine.noise_norm = 0.02
    for i in range(5):
        estimate = pipeline.process(hand_frame(i)).first
    assert np.array_equal(estimate.joints_mm, estimate.joints_raw_mm)


def test_the_crop_of_a_followed_hand_is_calmer_than_its_region():
    rng = np.random.default_rng(4)
    regions = [region(rng.normal(0, 3, 3)) for _ in range(60)]
    pipeline = make(*regions)
    estimates = [pipeline.process(hand_frame(i)).first for i in range(60)]
    crops = np.std([e.crop.centre_mm for e in estimates], axis=0)
    found = np.std([e.region.centre_mm for e in estimates], axis=0)
    assert (crops < 0.8 * found).all()


def test_synthesis_can_be_left_out():
    pipeline = make(hand="right")
    pipeline.synthesise = False
    pipeline.process(hand_frame())  # the side of a new hand is told by maps
    result = pipeline.process(hand_frame(1))
    assert result.first.synthesised is None
    assert "synthesise" not in result.stage_ms


def test_the_cube_can_be_changed():
    pipeline = make()
    pipeline.apply(EstimatorConfig(cube_mm=300))
    assert pipeline.process(hand_frame()).first.crop.cube_mm == 300


def test_pointing_forgets_the_old_hand_and_tells_the_tracker():
    pipeline = make()
    pipeline.point_at((10, 20))
    assert pipeline.tracker.resets == 1
    assert pipeline.tracker.pointed == [(10, 20)]


def test_a_centre_behind_the_camera_is_no_hand():
    behind = HandRegion(np.array([0, 0, -100], np.float32), 0.9)
    assert not make(behind).process(hand_frame()).detected


def test_a_bad_map_lowers_the_confidence():
    good, bad = make(), make()
    bad.engine.explains = False
    good, bad = (line.process(hand_frame()).first.confidence for line in (good, bad))
    assert good > 2 * bad


def test_mirroring_twice_gives_the_crop_back():
    crop = make_crop(hand_frame(), CENTRE_MM, 250.0)
    assert np.array_equal(mirror_crop(mirror_crop(crop)).image, crop.image)
