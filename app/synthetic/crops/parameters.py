"""The numbers behind training crops, drawn 256 samples at a time by lot."""

from __future__ import annotations

import numpy as np

from app.hand.asset import Identities
from app.hand.pool import N_SHAPES, choose_identities
from app.hand.prior import PosePrior
from app.hand.rotations import sample_rotations
from app.hand.shape import SPLITS, Split
from app.synthetic import clutter as things
from app.synthetic.camera_models import CAMERA_MODELS, CROP_CAMERAS, CROP_CHANGE
from app.synthetic.crops.people import sample_people
from app.synthetic.crops.sample import SAMPLE
from app.synthetic.crops.sleeves import sample_sleeves
from app.synthetic.crops.wristbands import sample_bands
from app.synthetic.motion_blur import sample_motion
from app.synthetic.sensor_models import SENSOR, sample_sensor, sensor_record
from app.synthetic.solids import NOTHING

BLOCK = 256
LARGEST_WINDOW = 144  # px; nearer hands are drawn at a coarser pitch, as nearest sampling would
NEGATIVE_SHARE = 0.08
NEGATIVES = ("arm", "person", "head", "things")
NEGATIVE_SHARES = (0.25, 0.35, 0.12, 0.28)
CLUTTER_SHARE = 0.5
PLANE_SHARE = 0.22
SECOND_HAND_SHARE = 0.12
BORDER_SHARE = 0.1  # the frame ends within the cube


def draw_samples(
    seed: int,
    split: Split,
    block: int,
    prior: PosePrior,
    cube_mm: float,
    clutter: bool,
    identities: Identities,
) -> np.ndarray:
    """SAMPLE [256]: block `block` of a generator; depends on its arguments alone."""
    key, n = [seed, SPLITS.index(split), block], BLOCK
    rng = np.random.default_rng(key)
    samples = np.zeros(n, SAMPLE)
    hand, view = samples["hand"], samples["view"]
    present = rng.random(n) >= NEGATIVE_SHARE * clutter
    kind = np.where(present, "hand", rng.choice(NEGATIVES, n, p=NEGATIVE_SHARES))
    samples["held"]["kind"] = NOTHING
    samples["present"], samples["drawn"] = present, present | (kind == "arm")
    focal, distance, samples["sensor"] = sample_cameras(rng)
    cube = cube_mm * rng.uniform(0.88, 1.12, n)
    target = _sample_jitter(rng, n) + distance[:, None] * np.array([0, 0, 1.0])
    view["distance_mm"], view["cube_mm"], hand["target_mm"] = distance, cube, target
    view["focal_px"] = np.minimum(focal, LARGEST_WINDOW * distance / cube)
    cut, side = rng.random(n) < BORDER_SHARE, rng.integers(0, 4, n)
    samples["has_second"] = (rng.random(n) < SECOND_HAND_SHARE) & present & clutter
    beside = target + _sample_offset(rng, n)
    samples["solids"], samples["plane"] = _sample_things(rng, target, kind, clutter)
    hand["theta"], hand["rotation"] = prior.sample(rng, n, split), sample_rotations(rng, n)
    hand["identity"] = choose_identities(key, n, identities)
    hand["shape"] = rng.integers(0, N_SHAPES, n)
    view["beyond"][np.arange(n), side] = np.where(cut, rng.uniform(0.03, 0.35, n), 0)
    hand["at_forearm"] = np.where(kind == "arm", rng.uniform(0.85, 1.1, n), 0)
    view["phase_px"] = rng.uniform(-0.5, 0.5, (n, 2))
    samples["noise_seed"] = rng.integers(0, 1 << 62, n, dtype=np.uint64)
    flight = _measures_flight(samples["sensor"]) & clutter
    samples["motion"] = sample_motion(key, flight, focal, distance)
    samples["sleeve"], samples["band"] = sample_sleeves(rng, n), sample_bands(key, n)
    samples["band"]["width_mm"] *= clutter
    samples["second"] = hand[rng.integers(0, n, n)]
    samples["second"]["target_mm"], samples["second"]["at_forearm"] = beside, 0
    samples["person"] = sample_people(rng, target, kind, clutter)
    return samples


def _sample_jitter(rng: np.random.Generator, n: int) -> np.ndarray:
    """[n, 3] mm: how far the hand's centre lies from the cube's."""
    jitter = rng.normal(0, 8, (n, 3))
    wide = rng.random(n) < 0.15
    jitter[wide] = rng.uniform(-30, 30, (wide.sum(), 3))
    return jitter


def _sample_offset(rng: np.random.Generator, n: int) -> np.ndarray:
    """[n, 3] mm: where a second hand is held, from the first."""
    aside = rng.normal(size=(n, 3)) * np.array([1, 1, 0.7])
    return aside * (rng.uniform(90, 190, (n, 1)) / np.linalg.norm(aside, axis=1, keepdims=True))


def sample_cameras(
    rng: np.random.Generator, names: tuple[str, ...] = CROP_CAMERAS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Focal lengths [256] px, distances [256] mm, SENSOR [256] of cameras of the table.

    Distances are log-uniform: hands are mostly near.
    """
    models = [CAMERA_MODELS[name] for name in names]
    chosen = rng.integers(0, len(models), BLOCK)
    bounds = np.log(np.array([model.crop_mm for model in models], np.float64).T)[:, chosen]
    distance = np.exp(bounds[0] + (bounds[1] - bounds[0]) * rng.random(BLOCK))
    sensors = [sensor_record(sample_sensor(rng, models[c].sensor)) for c in chosen]
    change = rng.uniform(1 - CROP_CHANGE, 1 + CROP_CHANGE, BLOCK)
    return (
        np.array([model.focal_px for model in models])[chosen] * change,
        distance,
        np.array(sensors, SENSOR),
    )


def _measures_flight(sensor: np.ndarray) -> np.ndarray:
    """True [n] for neither disparity nor shadow, so time of flight. sensor: SENSOR [n]."""
    return (sensor["disparity"] == 0) & (sensor["shadow_mm"] == 0)


def _sample_things(
    rng: np.random.Generator, target: np.ndarray, kind: np.ndarray, clutter: bool
) -> tuple[np.ndarray, np.ndarray]:
    """SOLID [n, 4] and PLANE [n] behind a hand, or round the centre of a negative."""
    n, hand = len(target), kind == "hand"
    behind = things.sample_solids(rng, target, (-10, 170), 115)
    solids = things.sample_solids(rng, target, (-60, 40), 45)
    solids[hand] = behind[hand]
    solids[kind == "arm", 0] = things.sample_upper_arms(rng, target[kind == "arm"])
    solids[kind == "head"] = things.sample_heads(rng, target[kind == "head"])
    some = np.where(rng.random(n) < CLUTTER_SHARE, rng.choice(3, n, p=[0.3, 0.5, 0.2]), 0)
    count = np.where(kind == "things", rng.integers(1, 4, n), some)
    count = np.where(kind == "arm", 1 + (count > 1), np.where(kind == "head", things.SLOTS, count))
    planes = things.sample_planes(rng, n)
    planes["margin_mm"][rng.random(n) >= PLANE_SHARE] = 0
    if not clutter:
        count, planes["margin_mm"] = np.zeros_like(count), 0
    solids["kind"][np.arange(things.SLOTS) >= count[:, None]] = NOTHING
    return solids, planes
