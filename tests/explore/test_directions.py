"""Every direction of the shipped network does what its name says, measured from the decoder."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.load import load_engine
from app.explore.decode import decode_to_estimate
from app.explore.directions import coordinates, describe_directions
from app.explore.draws import draw_possible
from app.explore.reach import clear_share
from app.explore.score import score_latent
from app.frames import CUBE_MM
from app.hand.contact import overlap_mm
from app.hand.coupling import SLACK_DEG, coupling_excess_deg
from app.hand.features import POSE_FEATURES, SHAPE_FEATURES, measure_pose, measure_shape
from app.hand.plausible import OVERLAP_MM, is_plausible
from app.latent.density import PriorDensity
from app.model.weights_file import read_latents
from tests.widgets import fakes

FOUR = ("index", "middle", "ring", "little")
WHOLE = {
    "Curl": [f"{finger} bend" for finger in FOUR],
    "Hook": [f"{finger} hook" for finger in FOUR],
    "Hand size": list(SHAPE_FEATURES),
    "Finger length": [name for name in SHAPE_FEATURES if not name.startswith("palm")],
}


@pytest.fixture(scope="module")
def engine():
    return load_engine()


@pytest.fixture(scope="module")
def space(engine):
    return read_latents(engine.path)


@pytest.fixture(scope="module")
def directions(space, engine):
    return describe_directions(space, engine.decode)


def changes(one, space, engine) -> dict[str, np.ndarray]:
    """Feature -> its change at -1.5 and +1.5, degrees or percent."""
    zero = space.neutral()
    joints = engine.decode(np.stack([one.move(zero, value) for value in (-1.5, 0.0, 1.5)]))
    pose, shape = np.degrees(measure_pose(joints)), 100 * measure_shape(joints)
    names = (*POSE_FEATURES, *SHAPE_FEATURES)
    found = np.concatenate([pose, shape], 1).T
    return {name: row[[0, 2]] - row[1] for name, row in zip(names, found, strict=True)}


def test_there_is_a_direction_for_each_finger_and_length_and_no_two_share_a_name(directions):
    names = [one.name for one in directions]
    assert len(names) == len(set(names)) == 27
    assert set(WHOLE) <= set(names)
    for what in ("bend", "hook", "sideways", "length"):
        assert {f"{finger.capitalize()} {what}" for finger in FOUR} <= set(names)
    assert {"Thumb bend", "Thumb across", "Thumb out", "Spread", "Palm length"} <= set(names)
    assert all(one.tip.startswith("Right ") and "σ" in one.tip for one in directions)


def test_right_does_what_the_name_says_and_left_the_opposite(directions, space, engine):
    for one in directions:
        found = changes(one, space, engine)
        own = WHOLE.get(one.name, [one.name.lower()])
        if one.name == "Spread":
            fan = found["index sideways"] - found["little sideways"]
            assert fan[0] < -8 < 8 < fan[1]
            own = [f"{finger} sideways" for finger in FOUR]
        else:
            least = 4.0 if "sideways" in one.name else 7.0
            for name in own:
                assert found[name][0] < -least < least < found[name][1], (one.name, name)
        own = [name for given in own for name in {given, given.replace("bend", "hook")}]
        largest = max(np.abs(found[name]).max() for name in own if name in found)
        for name, change in found.items():
            same = (name in SHAPE_FEATURES) == one.shape
            if name not in own and same:
                assert np.abs(change).max() < max(0.2 * largest, 3.0), (one.name, name)


def test_from_a_fist_the_index_finger_alone_is_stretched(directions, space, engine):
    by_name = {one.name: one for one in directions}
    fist = by_name["Curl"].move(space.neutral(), 1.4)
    pointing = by_name["Index bend"].move(fist, by_name["Index bend"].low)
    before, after = np.degrees(measure_pose(engine.decode(np.stack([fist, pointing]))))
    change = dict(zip(POSE_FEATURES, after - before, strict=True))
    assert change["index bend"] < -60
    assert max(abs(change[f"{finger} bend"]) for finger in FOUR[1:]) < 12


def test_a_coordinate_is_read_as_it_was_set_and_single_ones_leave_each_other(directions, space):
    zero = space.neutral()
    assert np.allclose(coordinates(directions, zero), 0, atol=1e-5)
    single = [k for k, one in enumerate(directions) if one.name not in {*WHOLE, "Spread"}]
    for k in single:
        moved = coordinates(directions, directions[k].move(zero, 1.3))[single]
        expected = np.where(np.array(single) == k, 1.3, 0.0)
        assert np.allclose(moved, expected, atol=1e-3), directions[k].name


def test_sizes_of_people_do_not_change_the_pose(directions, space, engine):
    for one in directions:
        if one.shape:
            found = changes(one, space, engine)
            assert max(np.abs(found[name]).max() for name in POSE_FEATURES) < 12, one.name


def test_no_slider_leads_a_finger_into_the_hand(directions, space, engine):
    zero, stopped = space.neutral(), 0
    for one in directions:
        for end in (one.low * 1.4, one.high * 1.4):
            wanted = one.move(zero, end)
            share = clear_share(zero, wanted, engine.decode)
            stopped += share < 1
            reached = (zero + share * (wanted - zero)).astype(np.float32)[None]
            assert overlap_mm(engine.decode(reached) * (CUBE_MM / 2))[0] <= OVERLAP_MM + 0.2
    assert stopped > 0


def test_a_hand_inside_itself_may_be_led_out(directions, space, engine):
    across = next(one for one in directions if one.name == "Thumb across")
    out = next(one for one in directions if one.name == "Thumb out")
    inside = out.move(across.move(space.neutral(), 3.0), -3.0)
    assert overlap_mm(engine.decode(inside[None]) * (CUBE_MM / 2))[0] > OVERLAP_MM
    assert clear_share(inside, space.neutral(), engine.decode) == 1


def test_three_sliders_at_their_ends_give_a_hand_or_a_warning(directions, space, engine):
    rng, density, warned = np.random.default_rng(3), PriorDensity(space), 0
    poses = [one for one in directions if not one.shape]
    for _ in range(40):
        z = space.neutral()
        for k in rng.choice(len(poses), 3, replace=False):
            one = poses[k]
            wanted = one.move(z, one.high if rng.random() < 0.5 else one.low)
            z = (z + clear_share(z, wanted, engine.decode) * (wanted - z)).astype(np.float32)
        hand = decode_to_estimate(engine, z)
        found = score_latent(engine, density, hand).anatomy
        assert found.overlap_mm <= OVERLAP_MM + 0.2
        joints = hand.joints_mm[None]
        fine = is_plausible(joints)[0] and coupling_excess_deg(joints)[0] <= SLACK_DEG
        assert found.possible == bool(fine) or found.overlap_mm > OVERLAP_MM
        warned += not found.possible
    assert 0 < warned < 30


def test_draws_are_hands_and_a_seeds_first_one_where_that_is_possible(space, engine):
    kept = 0
    for seed in range(48):
        code = draw_possible(space, seed, engine.decode)
        joints = engine.decode(space.compose(code)[None]) * (CUBE_MM / 2)
        assert is_plausible(joints)[0]
        assert coupling_excess_deg(joints)[0] <= SLACK_DEG
        kept += np.array_equal(code, space.draw(np.random.default_rng(seed), 1)[0])
    assert 40 <= kept < 48


def test_a_network_lacks_the_directions_of_what_it_cannot_do():
    """The fake one curls and bends its fingers, and nothing else."""
    space, decode = fakes.make_space(), fakes.FakeEngine().decode
    found = describe_directions(space, decode)
    assert [one.name for one in found] == [
        "Curl", "Thumb bend", "Index bend", "Middle bend", "Ring bend", "Little bend",
    ]  # fmt: skip
    still = describe_directions(space, lambda z: decode(np.tile(space.neutral(), (len(z), 1))))
    assert [one.name for one in still] == [f"Direction {k + 1}" for k in range(fakes.N_CODE)]
