import os
import subprocess
import sys

import numpy as np
import pytest

from app.config import EstimatorConfig
from app.engine.engine import Engine
from app.engine.load import load_engine
from app.evaluation.render import frame_generator, sound_scenes
from app.frames import HandCrop, HandEstimate
from app.hand.capsules import SURFACE_RADII_MM, SURFACE_SEGMENTS
from app.inference.refinement import SurfaceRefiner
from app.inference.single_frame import make_estimator
from app.inference.surface import SurfaceFit, closest_surface, seen_points
from app.latent.space import LatentSpace
from app.segmentation.crop import camera_to_crop, crop_to_camera, make_crop
from app.skeleton import FINGER_JOINTS, mirror
from tests.inference.fakes import CENTRE_MM, hand_frame

HALF = 125.0
SIGMA = np.full(21, 12 / HALF, np.float32)


class BendingHand:
    """Dec of a hand that one knows: z = 0 is the pose given.

    3 entries move it, 3 turn it, and one for each finger swings it from its knuckle on, like a
    spring.
    """

    def __init__(self, joints_norm: np.ndarray):
        self.joints = joints_norm.astype(np.float32)
        moves = np.zeros((11, 21, 3), np.float32)
        offset = self.joints - self.joints.mean(0)
        for axis in range(3):
            moves[axis, :, axis] = 0.1
            moves[3 + axis] = np.cross(np.eye(3)[axis], offset) * 0.2
        for finger, chain in enumerate(FINGER_JOINTS):
            moves[6 + finger, chain, 2] = np.array([0, 0.06, 0.12, 0.2]) * (-1) ** finger
        self.moves = moves
        self.broken = False

    def decode(self, z: np.ndarray) -> np.ndarray:
        joints = self.joints + np.einsum("ni,ijk->njk", z, self.moves)
        return joints * (np.nan if self.broken else 1)


@pytest.fixture(scope="module")
def hands() -> list[tuple[HandCrop, np.ndarray]]:
    """Rendered hands: crop and true joints, normalised."""
    found = []
    for scene in sound_scenes(frame_generator("test", 3, crops=True), 4):
        joints = np.asarray(scene.joints_mm, np.float32)
        crop = make_crop(scene.as_frame(), joints.mean(0), 2 * HALF, mirrored=scene.hand == "left")
        found.append((crop, camera_to_crop(joints, crop)))
    return found


def start(joints: np.ndarray, seed: int) -> tuple[SurfaceRefiner, np.ndarray, np.ndarray]:
    """A refiner of the known hand, and a latent some way off with its joints."""
    engine = BendingHand(joints)
    z = np.random.default_rng(seed).normal(0, 0.8, 11).astype(np.float32)
    return SurfaceRefiner(engine, None, 10), z, engine.decode(z[None])[0]


def error_mm(joints: np.ndarray, true: np.ndarray) -> float:
    return float(np.linalg.norm(joints - true, axis=-1).mean() * HALF)


def test_a_hand_that_lies_off_its_picture_is_brought_onto_it(hands):
    before, after = [], []
    for i, (crop, true) in enumerate(hands):
        refiner, z, joints = start(true, i)
        refined, better = refiner.refine(crop, z, joints, SIGMA)
        assert np.allclose(refiner._engine.decode(refined[None])[0], better, atol=1e-5)
        before.append(error_mm(joints, true))
        after.append(error_mm(better, true))
    assert np.mean(after) < 0.6 * np.mean(before)
    assert (np.array(after) < np.array(before) + 1).all()


def test_the_objective_never_rises(hands):
    crop, true = hands[0]
    refiner, z, joints = start(true, 7)
    costs = [refiner.objective(crop, z, joints, SIGMA)]
    for refiner.steps in range(1, 8):
        refined, _ = refiner.refine(crop, z, joints, SIGMA)
        costs.append(refiner.objective(crop, refined, joints, SIGMA))
    assert (np.diff(costs) <= 0).all()
    assert costs[-1] < 0.7 * costs[0]


def test_a_step_too_far_is_not_taken(hands, monkeypatch):
    crop, true = hands[0]
    refiner, z, joints = start(true, 7)
    monkeypatch.setattr("app.inference.refinement._solve", lambda *_: np.full(11, 3.0))
    assert refiner.refine(crop, z, joints, SIGMA)[1] is joints


@pytest.mark.parametrize("what", ["z", "joints", "sigma", "decoder", "empty"])
def test_what_cannot_be_refined_stays(hands, what):
    crop, true = hands[0]
    refiner, z, joints = start(true, 1)
    sigma = SIGMA.copy()
    if what == "empty":
        crop = make_crop(hand_frame(), np.array([400, 400, 500], np.float32), 2 * HALF)
    elif what == "decoder":
        refiner._engine.broken = True
    else:
        {"z": z, "joints": joints, "sigma": sigma}[what][0] = np.nan
    refined, same = refiner.refine(crop, z, joints, sigma)
    assert refined is z
    assert same is joints


def test_seen_points_lie_on_the_surface_of_the_true_joints(hands):
    for crop, true in hands:
        joints = true.astype(np.float64) * HALF
        fit = SurfaceFit(crop, joints, SIGMA * HALF)
        points = seen_points(crop)
        distance = closest_surface(points, joints, fit._radii)[3]
        assert np.median(np.abs(distance)) < 3.5
        in_camera = crop_to_camera(points / HALF, crop)
        assert np.abs(camera_to_crop(in_camera, crop) * HALF - points).max() < 1e-2


def test_distances_to_a_cone_are_those_of_its_spheres(hands):
    """The closest of the spheres along a segment is the segment's own surface."""
    joints = hands[0][1].astype(np.float64) * HALF
    points = np.random.default_rng(0).normal(0, 60, (200, 3))
    _, share, normal, distance = closest_surface(points, joints, SURFACE_RADII_MM)
    ends = joints[SURFACE_SEGMENTS]
    along = np.linspace(0, 1, 201)[:, None, None]
    middles = (1 - along) * ends[:, 0] + along * ends[:, 1]
    radii = (1 - along[..., 0]) * SURFACE_RADII_MM[:, 0] + along[..., 0] * SURFACE_RADII_MM[:, 1]
    apart = np.linalg.norm(points[:, None, None] - middles, axis=-1) - radii
    outside = distance > 1
    assert np.abs(apart.min((1, 2)) - distance)[outside].max() < 0.5
    assert np.allclose(np.linalg.norm(normal, axis=-1), 1, atol=1e-6)
    assert ((share >= 0) & (share <= 1)).all()


def estimate(weights, **config) -> tuple[HandEstimate, Engine]:
    settings = EstimatorConfig(weights=str(weights), hand="right", **config)
    estimator = make_estimator(settings)
    return estimator.estimate_at(hand_frame(), CENTRE_MM), estimator.engine


def test_off_is_the_network_alone_and_on_changes_pose_and_map_alone(weights):
    plain, engine = estimate(weights)
    output = engine.estimate(plain.crop.image[None])
    assert np.array_equal(plain.z, output.z[0])
    assert np.array_equal(plain.joints_raw_mm, crop_to_camera(output.joints_norm[0], plain.crop))
    refined, _ = estimate(weights, refine=3)
    assert not np.array_equal(refined.z, plain.z)
    assert not np.array_equal(refined.joints_mm, plain.joints_mm)
    assert refined.hand == plain.hand
    drawn = engine.synthesise(refined.z[None], refined.crop.perspective)[0]
    assert np.array_equal(refined.synthesised, drawn)
    assert not any(a.flags.writeable for a in (refined.z, refined.joints_raw_mm))


class Rigid:
    """Decodes every latent to the same joints: nothing but the prior can move one."""

    def __init__(self, joints_norm):
        self.joints_norm = joints_norm

    def decode(self, z):
        return np.repeat(self.joints_norm[None], len(z), 0)


def test_what_the_picture_does_not_tell_comes_from_the_prior(hands):
    crop, true = hands[0]
    ones, eye = np.ones(3, np.float32), np.eye(3, dtype=np.float32)
    mean = np.array([[1.0, -2.0, 0.5]], np.float32)
    space = LatentSpace(ones[:1], mean, eye[None], mean[0], eye, ones, -9 * ones, 9 * ones)
    z = np.zeros(12, np.float32)
    refined, joints = SurfaceRefiner(Rigid(true), space, 4).refine(crop, z, true, SIGMA)
    assert np.abs(refined[:3] - mean[0]).max() < 0.05  # the likeliest code
    assert np.array_equal(refined[3:], z[3:])  # how it is turned has no prior
    assert np.array_equal(joints, true)
    bare = SurfaceRefiner(Rigid(true), None, 4).refine(crop, z, true, SIGMA)
    assert bare[0] is z


def test_a_left_hand_is_refined_as_the_mirror_image_of_a_right_one(hands):
    crop, true = hands[0]
    refiner, z, joints = start(true, 2)
    right = refiner.refine(crop, z, joints, SIGMA)[1]
    turned = HandCrop(crop.image, crop.centre_mm, crop.cube_mm, crop.rotation, not crop.mirrored)
    left = refiner.refine(turned, z, joints, SIGMA)[1]
    assert np.array_equal(left, right)
    virtual = crop_to_camera(left, turned) @ crop.rotation.T
    assert np.allclose(mirror(virtual), crop_to_camera(right, crop) @ crop.rotation.T, atol=1e-3)


def test_refinement_on_the_surface_needs_no_torch(weights):
    load_engine(weights)
    code = (
        "import sys; from app.inference.single_frame import make_estimator;"
        "from app.config import *; from tests.inference.fakes import *;"
        "estimator = make_estimator(EstimatorConfig(weights=sys.argv[1], refine=1));"
        "assert estimator.estimate_at(hand_frame(), CENTRE_MM) is not None;"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(weights)], check=True, env=os.environ)
