"""Training crops: geometry, contents, and that each depends on its number alone."""

from __future__ import annotations

import numpy as np
import pytest

from app.hand.asset import IDENTITIES_OF
from app.hand.shape import shape_pool
from app.synthetic.crops.generator import BLOCK, CropGenerator
from app.synthetic.crops.picture import draw_clean, resample
from app.synthetic.crops.sample import VIEW

SIZE = 128


def view(distance: float, cube: float) -> np.ndarray:
    """VIEW [] of a crop so far away and so large."""
    seen = np.zeros((), VIEW)
    seen["distance_mm"], seen["cube_mm"] = distance, cube
    return seen


@pytest.fixture(scope="module")
def generator() -> CropGenerator:
    return CropGenerator(seed=3)


@pytest.fixture(scope="module")
def batch(generator):
    return generator.batch(0, BLOCK)


def pixels_of(joints: np.ndarray, distance: np.ndarray, cube: np.ndarray) -> np.ndarray:
    """The crop's own projection of joints [n, 21, 3] mm: pixel = 63.5 + x / z * 128 * d / cube."""
    depth = joints[..., 2] + distance[:, None]
    return joints[..., :2] / depth[..., None] * (SIZE * distance / cube)[:, None, None] + 63.5


def test_shapes_and_ranges(batch):
    assert batch.images.shape == batch.clean.shape == (BLOCK, SIZE, SIZE)
    assert batch.images.dtype == batch.clean.dtype == batch.joints.dtype == np.float32
    for images in (batch.images, batch.clean):
        assert np.isfinite(images).all()
        assert images.min() >= -1
        assert images.max() == 1
    assert (batch.centre_mm[:, :2] == 0).all()
    assert ((batch.cube_mm > 219) & (batch.cube_mm < 281)).all()
    assert batch.centre_mm[:, 2].min() >= 250
    assert batch.centre_mm[:, 2].max() <= 1500


def test_a_sample_does_not_depend_on_its_batch(generator, batch):
    again = CropGenerator(seed=3).batch(BLOCK - 3, 6)
    np.testing.assert_array_equal(again.images[:3], batch.images[-3:])
    np.testing.assert_array_equal(again.joints[:3], batch.joints[-3:])
    one = generator.batch(BLOCK + 1, 1)
    np.testing.assert_array_equal(one.images[0], again.images[4])
    np.testing.assert_array_equal(one.clean[0], again.clean[4])


def test_seeds_and_splits_differ(batch):
    for other in (CropGenerator(seed=4), CropGenerator(seed=3, split="test")):
        few = other.batch(0, 4)
        assert (np.abs(few.theta - batch.theta[:4]).max(1) > 1e-3).all()
        assert (few.centre_mm[:, 2] != batch.centre_mm[:4, 2]).all()


def test_joints_lie_on_the_clean_hand(batch):
    rows = np.flatnonzero(batch.present)
    distance, cube = batch.centre_mm[rows, 2], batch.cube_mm[rows]
    pixels = np.rint(pixels_of(batch.joints[rows], distance, cube)).astype(int)
    inside = ((pixels >= 1) & (pixels < SIZE - 1)).all(-1)
    on_hand, behind_skin = [], []
    for k, row in enumerate(rows):
        for j in np.flatnonzero(inside[k]):
            u, v = pixels[k, j]
            window = batch.clean[row, v - 1 : v + 2, u - 1 : u + 2]
            on_hand.append(window.min() < 1)
            if window.max() < 1:
                skin = batch.clean[row, v, u] * cube[k] / 2
                behind_skin.append(batch.joints[row, j, 2] - skin)
    assert np.mean(on_hand) > 0.97
    depth = np.array(behind_skin)
    assert np.percentile(depth, 2) > -3  # a joint is under the skin, or under another finger's
    assert 5 < np.median(depth) < 20


def test_the_cube_is_centred_near_the_joints(batch):
    mean = batch.joints[batch.present].mean(1)
    assert np.abs(mean).max() <= 45
    assert 5 < np.abs(mean).mean() < 12


def test_negatives_show_something_but_no_hand(batch):
    share = 1 - batch.present.mean()
    assert 0.03 < share < 0.15
    empty = ~batch.present
    assert (batch.joints[empty] == 0).all()
    assert (batch.clean[empty] == 1).all()
    covered = (batch.images[empty] < 1).mean((1, 2))
    assert (covered > 0.02).mean() > 0.6


def test_the_hand_stays_in_sight(batch):
    """Where the clean hand is, the noisy image mostly shows a surface, and mostly the same one."""
    hands = batch.clean[batch.present] < 1
    noisy = batch.images[batch.present]
    read = np.array([(n[h] < 1).mean() for n, h in zip(noisy, hands, strict=True)])
    close = np.abs(noisy - batch.clean[batch.present]) < 0.12
    same = np.array([c[h].mean() for c, h in zip(close, hands, strict=True)])
    assert np.median(read) > 0.9
    assert np.median(same) > 0.75
    assert (same > 0.3).mean() > 0.9


def test_without_clutter_there_is_only_the_hand():
    plain = CropGenerator(seed=3, clutter=False).batch(0, 64)
    assert plain.present.all()
    beyond = np.array(
        [
            (image[clean == 1] < 1).mean()
            for image, clean in zip(plain.images, plain.clean, strict=True)
        ]
    )
    assert np.median(beyond) < 0.1  # the forearm and ragged edges only


def test_shapes_come_from_the_pool_of_the_split(batch):
    pools = [shape_pool(0, 512, "train", identity) for identity in IDENTITIES_OF["both"]]
    people = zip(batch.identity, batch.shape_index, strict=True)
    np.testing.assert_allclose(batch.scale, [pools[i][k].scale for i, k in people], rtol=1e-6)


def test_identities_change_whose_hand_it_is_and_nothing_else(batch):
    """A quarter are hands of the second mesh; the other samples are those of the first alone."""
    alone = CropGenerator(seed=3, identities="makehuman").batch(0, BLOCK)
    second = batch.identity == 1
    assert 0.17 < second.mean() < 0.33
    for name in ("theta", "centre_mm", "cube_mm", "present", "shape_index"):
        np.testing.assert_array_equal(getattr(batch, name), getattr(alone, name))
    np.testing.assert_array_equal(batch.joints[~second], alone.joints[~second])
    np.testing.assert_array_equal(batch.clean[~second], alone.clean[~second])
    same = (batch.images == alone.images).all((1, 2))
    assert same[~second].mean() > 0.9  # but where a second hand stands by
    assert not same[second & batch.present].any()
    assert (CropGenerator(seed=3, identities="webxr").batch(0, 8).identity == 0).all()


def test_clean_crop_of_a_sphere_is_exact():
    """A fine sphere of radius 60 mm at the centre: each pixel has the depth of its own ray."""
    steps = 80
    polar, around = np.meshgrid(np.linspace(0, np.pi, steps), np.linspace(0, 2 * np.pi, 2 * steps))
    ring = np.stack(
        [np.sin(polar) * np.cos(around), np.cos(polar), np.sin(polar) * np.sin(around)], -1
    )
    distance, cube, radius = 420.0, 230.0, 60.0
    vertices = (ring.reshape(-1, 3) * radius + [0, 0, distance]).astype(np.float32)
    index = np.arange(2 * steps * steps).reshape(2 * steps, steps)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    triangles = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])
    out = np.empty((SIZE, SIZE), np.float32)
    for order in (triangles, triangles[:, ::-1]):
        faces = np.ascontiguousarray(order, dtype=np.int32)
        draw_clean(vertices, faces, view(distance, cube), out)
        if out.min() < -0.4:
            break
    expected = ray_sphere(distance, cube, radius)
    agree = (out < 1) == (expected < 1)
    assert (~agree).sum() < 60  # the polygon's rim
    both = (out < 1) & (expected < 0.9)
    assert np.abs(out - expected)[both].max() < 0.03
    assert np.abs(out - expected)[both].mean() < 0.003


def ray_sphere(distance: float, cube: float, radius: float) -> np.ndarray:
    """The crop [128, 128] of a sphere in its centre, by formula."""
    axis = (np.arange(SIZE) - 63.5) / SIZE * cube / distance
    x, y = np.meshgrid(axis, axis)
    a = x * x + y * y + 1
    root = distance**2 - a * (distance**2 - radius**2)
    z = (distance - np.sqrt(np.maximum(root, 0))) / a
    return np.where(root > 0, (z - distance) / (cube / 2), 1.0)


def test_resampling_takes_the_nearest_native_pixel():
    native = np.arange(40 * 40, dtype=np.float32).reshape(40, 40) * 0.01 + 500
    out = np.empty((SIZE, SIZE), np.float32)
    f, cx, cy, distance, cube = 60.0, 19.7, 19.2, 500.0, 250.0
    resample(native, (f, f, cx, cy), view(distance, cube)[()], out)
    for v, u in ((0, 0), (30, 90), (64, 64), (127, 5)):
        x = round((u - 63.5) / SIZE * cube / distance * f + cx)
        y = round((v - 63.5) / SIZE * cube / distance * f + cy)
        assert out[v, u] == pytest.approx((native[y, x] - distance) / (cube / 2), abs=1e-5)
