"""Rendered scenes: repeatable, their truth lies in their pixels, and each kind is what it says."""

import numpy as np
import pytest

from app.frames import CUBE_MM, Intrinsics
from app.geometry import project, unproject
from app.hand.shape import shape_pool
from app.skeleton import MCP, PALM, TIPS, mirror
from app.synthetic.camera_models import FRAME_CAMERAS, frame_camera
from app.synthetic.scenes.builder import N_SHAPES, SHAPE_SEED
from app.synthetic.scenes.generator import SceneGenerator
from app.synthetic.scenes.photograph import fitted_sensor, flipped

VGA = ("sr305", "d435", "kinect1")


def scenes(count, seed=4, **options):
    generator = SceneGenerator(seed, **options)
    return [generator.frame(i) for i in range(count)]


def strict(count, kind="hand", **options):
    return scenes(count, kinds={kind: 1}, cameras=VGA, strict=True, **options)


@pytest.fixture(scope="module")
def plain():
    return strict(30, split="test")


@pytest.fixture(scope="module")
def disturbed():
    return strict(25, "distractor", split="test")


def depth_at(scene, points):
    """Depth of the nearest reading within a pixel of each point; 0 where there is none."""
    found = []
    for u, v in np.rint(project(points, scene.intrinsics)).astype(int):
        patch = scene.depth_mm[max(v - 1, 0) : v + 2, max(u - 1, 0) : u + 2]
        readings = patch[patch > 0]
        found.append(np.median(readings) if readings.size else 0)
    return np.array(found)


def share_of_palm_under_the_surface(some):
    under = np.concatenate([s.joints_mm[PALM, 2] - depth_at(s, s.joints_mm[PALM]) for s in some])
    return ((under > -8) & (under < 45)).mean()


def test_a_scene_depends_on_seed_and_number_alone():
    one, two = SceneGenerator(4), SceneGenerator(4)
    forwards = [one.frame(i) for i in (0, 1, 40)]
    backwards = [two.frame(i) for i in (40, 1, 0)][::-1]
    for a, b in zip(forwards, backwards, strict=True):
        np.testing.assert_array_equal(a.depth_mm, b.depth_mm)
        assert (a.kind, a.hand, a.intrinsics) == (b.kind, b.hand, b.intrinsics)
        np.testing.assert_array_equal(a.centre_mm, b.centre_mm)
    other = SceneGenerator(5).frame(0)
    same = other.depth_mm.shape == forwards[0].depth_mm.shape
    assert not (same and np.array_equal(other.depth_mm, forwards[0].depth_mm))


def test_the_splits_differ_in_scene_and_share_no_hand():
    a, b = (strict(1, split=split)[0] for split in ("train", "test"))
    assert np.abs(a.joints_mm - b.joints_mm).max() > 1
    pools = [shape_pool(SHAPE_SEED, N_SHAPES, split) for split in ("train", "test")]
    flat = [np.array([shape.joints_mm.ravel() for shape in pool]) for pool in pools]
    nearest = np.abs(flat[0][:, None] - flat[1][None]).max(-1).min()
    assert nearest > 0.01


def test_the_palm_lies_just_under_the_surface(plain, disturbed):
    assert share_of_palm_under_the_surface(plain) > 0.75
    assert share_of_palm_under_the_surface(disturbed) > 0.75


def test_the_palm_lies_under_the_surface_in_small_images_too():
    small = scenes(30, kinds={"hand": 1}, strict=True, scale=0.25)
    assert small[0].depth_mm.shape[0] < 150
    assert share_of_palm_under_the_surface(small) > 0.65


def test_strict_scenes_show_one_whole_hand_in_view(plain, disturbed):
    for scene in plain + disturbed:
        pixels = project(scene.joints_mm, scene.intrinsics)
        assert (pixels > 0).all()
        assert (pixels < [639, 479]).all()
        assert scene.visible >= 0.85
        assert len(scene.others_mm) == 0
        assert scene.constraints_met == 1


def test_something_is_behind_the_hand_in_most_scenes(plain):
    beyond = [(s.depth_mm > s.joints_mm[:, 2].max() + 60).mean() for s in plain]
    assert np.mean(np.array(beyond) > 0.1) > 0.5


def test_in_a_distractor_scene_the_nearest_thing_is_not_the_hand(disturbed):
    for scene in disturbed:
        depth = np.where(scene.depth_mm > 0, scene.depth_mm, np.inf)
        v, u = np.unravel_index(depth.argmin(), depth.shape)
        nearest = unproject(np.array([u, v]), depth[v, u], scene.intrinsics)
        assert depth[v, u] < scene.joints_mm[:, 2].min()
        assert np.linalg.norm(scene.joints_mm - nearest, axis=1).min() > 40


def test_a_scene_without_a_hand_says_so():
    empty = scenes(6, kinds={"none": 1})
    assert all(s.joints_mm is None and s.centre_mm is None for s in empty)
    assert all(len(s.others_mm) == 0 and s.kind == "none" for s in empty)
    assert max((s.depth_mm > 0).mean() for s in empty) > 0.1


def test_all_kinds_cameras_and_hands_appear_and_readings_are_sane():
    mixed = scenes(60, scale=0.25)
    assert {s.kind for s in mixed} == {"hand", "none", "distractor"}
    assert {s.camera for s in mixed} == set(FRAME_CAMERAS)
    assert {s.hand for s in mixed} == {"left", "right"}
    assert any(len(s.others_mm) for s in mixed)
    for scene in mixed:
        assert scene.depth_mm.dtype == np.float32
        assert np.isfinite(scene.depth_mm).all()
        assert scene.depth_mm.min() >= 0
        assert scene.depth_mm.max() < 8000
        shape = (scene.intrinsics.height, scene.intrinsics.width)
        assert scene.depth_mm.shape == shape


def curl(joints):
    """Positive where the fingers bend towards the palm side of a RIGHT hand."""
    palm_side = np.cross(joints[5] - joints[0], joints[17] - joints[0])
    return float(((joints[TIPS[1:]] - joints[MCP]).mean(0)) @ palm_side)


def test_left_hands_are_mirror_images_of_right_ones(plain, disturbed):
    sign = {"right": 1, "left": -1}
    agree = [curl(s.joints_mm) * sign[s.hand] > 0 for s in plain + disturbed]
    assert np.mean(agree) > 0.85


def test_a_mirrored_world_and_a_flipped_picture_are_one():
    camera = Intrinsics(640, 480, 470.0, 470.0, 311.0, 243.0)
    points = np.random.default_rng(0).uniform((-200, -200, 300), (200, 200, 900), (50, 3))
    flipped_u = camera.width - 1 - project(points, flipped(camera))[:, 0]
    np.testing.assert_allclose(project(mirror(points), camera)[:, 0], flipped_u, atol=1e-9)


def test_a_hand_alone_is_alone_in_its_cube():
    for scene in strict(6, only_hand=True):
        v, u = np.nonzero(scene.depth_mm)
        points = unproject(np.stack([u, v], -1), scene.depth_mm[v, u], scene.intrinsics)
        assert len(points) > 1000
        assert np.abs(points - scene.centre_mm).max() <= CUBE_MM / 2 + 0.5
        assert share_of_palm_under_the_surface([scene]) > 0.5


def test_the_distance_can_be_limited():
    near = strict(12, hand_mm=(400, 450), scale=0.25)
    z = [s.centre_mm[2] for s in near]
    assert min(z) >= 399
    assert max(z) <= 451


def test_a_smaller_image_has_the_smaller_camera():
    full, quarter = (strict(1, scale=scale)[0].intrinsics for scale in (1.0, 0.25))
    assert (quarter.width, quarter.height) == (160, 120)
    assert quarter.fx == pytest.approx(full.fx / 4)
    # the ray through the middle of a block of 4 x 4 pixels is that of the one small pixel
    u_full, u_quarter = 4 * 10 + 1.5, 10
    assert (u_full - full.cx) / full.fx == pytest.approx((u_quarter - quarter.cx) / quarter.fx)


def test_far_walls_are_not_shaken_to_pieces():
    rng = np.random.default_rng(0)
    for name in FRAME_CAMERAS:
        for _ in range(20):
            model = fitted_sensor(rng, frame_camera(name), 1.0)
            assert model.axial_500_mm <= 0.8
            assert model.ripple_mm <= 0.4
