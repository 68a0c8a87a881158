"""The numbers behind training crops, drawn 256 at a time:
who, how posed, seen by what, among what."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from app.hand.asset import Identities
from app.hand.pool import N_SHAPES, choose_identities
from app.hand.prior import PosePrior
from app.hand.rotations import sample_rotations
from app.hand.shape import SPLITS, Split
from app.synthetic import clutter as things
from app.synthetic.crops.render import N_DRESS
from app.synthetic.crops.wristbands import sample_bands
from app.synthetic.motion_blur import sample_motion
from app.synthetic.scenes.body import body_of_pool, load_body, triangles_without
from app.synthetic.sensor_noise import Kind, model_row, sample_sensor

BLOCK = 256
N_PEOPLE = 40
LARGEST_WINDOW = 144  # px; nearer hands are drawn at a coarser pitch, as nearest sampling would
NEGATIVE_SHARE = 0.08
NEGATIVES = ("arm", "person", "head", "things")
NEGATIVE_SHARES = (0.25, 0.35, 0.12, 0.28)
CLUTTER_SHARE = 0.5
PERSON_SHARE = 0.18  # a clothed body behind the hand
PLANE_SHARE = 0.22
SECOND_HAND_SHARE = 0.12
BORDER_SHARE = 0.1  # the frame ends within the cube
# Focal length in px, kind of sensor, nearest and farthest mm (docs/design/hand.md, section 5)
CAMERAS: tuple[tuple[float, Kind, float, float], ...] = (
    (475.0, "structured", 250, 900),  # SR300, SR305
    (580.0, "structured", 450, 1500),  # Kinect v1
    (385.0, "stereo", 250, 1300),  # D435
    (610.0, "stereo", 400, 1500),  # D415, L515 (its noise is milder)
    (241.4, "flight", 250, 700),  # the small time-of-flight cameras
    (365.0, "flight", 400, 1500),  # Kinect v2
    (504.0, "flight", 300, 1300),  # Azure Kinect, narrow
    (252.0, "flight", 300, 900),  # Azure Kinect, binned
    (430.0, "mixed", 250, 1200),
)


@dataclass(frozen=True)
class CropNumbers:
    """256 samples before anything is drawn; every array has 256 rows, floats are float32."""

    theta: np.ndarray  # [31] rad
    rotation: np.ndarray  # [3, 3] rest axes -> camera
    identity: np.ndarray  # which of the meshes that may appear
    shape: np.ndarray  # row of that mesh's shape pool
    focal: np.ndarray  # px
    numbers: np.ndarray  # distance mm, cube mm, border side (-1 none), border share
    target: np.ndarray  # [3] mm where the joints' mean (or the forearm) lies
    at_forearm: np.ndarray  # > 0: cube on the forearm, no hand in it
    phase: np.ndarray  # [2] px, sub-pixel place of the window
    sensor: np.ndarray  # [15] a SensorModel
    seed: np.ndarray  # uint64 of the sensor's noise
    motion: np.ndarray  # [5] for `motion.blur`, of time-of-flight cameras
    dress: np.ndarray  # [5] for `crop_render.dress`
    band: np.ndarray  # [9] for `bands.draw_band`
    solids: np.ndarray  # [4, 13], kind -1: none
    planes: np.ndarray  # [1, 4], margin 0: none
    present: np.ndarray  # bool: a hand is there
    drawn: np.ndarray  # bool: the hand mesh is drawn, if only its forearm shows
    second: np.ndarray  # row whose hand stands in as the second one, -1 none
    second_at: np.ndarray  # [3] mm
    person: np.ndarray  # number of a clothed body, -1 none
    person_point: np.ndarray  # the body's vertex that lies at person_at
    person_turn: np.ndarray  # [3, 3] body -> camera
    person_at: np.ndarray  # [3] mm


def draw_numbers(
    seed: int,
    split: Split,
    block: int,
    prior: PosePrior,
    cube_mm: float,
    clutter: bool,
    identities: Identities,
) -> CropNumbers:
    """Block `block` of a generator; depends on its arguments alone."""
    key = [seed, SPLITS.index(split), block]
    rng = np.random.default_rng(key)
    n = BLOCK
    present = rng.random(n) >= NEGATIVE_SHARE * clutter
    kind = np.where(present, "hand", rng.choice(NEGATIVES, n, p=NEGATIVE_SHARES))
    focal, distance, sensor = sample_cameras(rng)
    cube = cube_mm * rng.uniform(0.88, 1.12, n)
    target = _sample_jitter(rng, n) + distance[:, None] * np.array([0, 0, 1.0])
    border = np.where(rng.random(n) < BORDER_SHARE, rng.integers(0, 4, n), -1)
    second = (rng.random(n) < SECOND_HAND_SHARE) & present & clutter
    aside = rng.normal(size=(n, 3)) * np.array([1, 1, 0.7])
    aside *= rng.uniform(90, 190, (n, 1)) / np.linalg.norm(aside, axis=1, keepdims=True)
    solids, planes = _sample_things(rng, target, kind)
    if not clutter:
        solids[..., 0], planes[..., 3] = -1, 0
    numbers = CropNumbers(
        theta=prior.sample(rng, n, split),
        rotation=sample_rotations(rng, n),
        identity=choose_identities(key, n, identities),
        shape=rng.integers(0, N_SHAPES, n),
        focal=np.minimum(focal, LARGEST_WINDOW * distance / cube),
        numbers=np.stack([distance, cube, border, rng.uniform(0.03, 0.35, n)], 1),
        target=target,
        at_forearm=np.where(kind == "arm", rng.uniform(0.85, 1.1, n), 0),
        phase=rng.uniform(-0.5, 0.5, (n, 2)),
        sensor=sensor,
        seed=rng.integers(0, 1 << 62, n, dtype=np.uint64),
        motion=sample_motion(key, _measures_flight(sensor) & clutter, focal, distance),
        dress=_sample_dress(rng, n),
        band=sample_bands(key, n) * clutter,
        solids=solids,
        planes=planes,
        present=present,
        drawn=present | (kind == "arm"),
        second=np.where(second, rng.integers(0, n, n), -1),
        second_at=target + aside,
        **_sample_people(rng, target, kind, clutter),
    )
    return _as_float32(numbers)


def _sample_jitter(rng: np.random.Generator, n: int) -> np.ndarray:
    """[n, 3] mm: how far the hand's centre lies from the cube's."""
    jitter = rng.normal(0, 8, (n, 3))
    wide = rng.random(n) < 0.15
    jitter[wide] = rng.uniform(-30, 30, (wide.sum(), 3))
    return jitter


def sample_cameras(
    rng: np.random.Generator, cameras: tuple[tuple[float, Kind, float, float], ...] = CAMERAS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Focal lengths [n] px,
    distances [n] mm (log-uniform: hands are mostly near), sensors [n, 15]."""
    chosen = rng.integers(0, len(cameras), BLOCK)
    focal, kinds, low, high = ([row[k] for row in cameras] for k in range(4))
    bounds = np.log(np.array([low, high], np.float64))[:, chosen]
    distance = np.exp(bounds[0] + (bounds[1] - bounds[0]) * rng.random(BLOCK))
    sensors = np.stack([model_row(sample_sensor(rng, kinds[c])) for c in chosen])
    return np.array(focal)[chosen] * rng.uniform(0.95, 1.05, BLOCK), distance, sensors


def _measures_flight(sensor: np.ndarray) -> np.ndarray:
    """bool [n]: neither disparity nor shadow, so time of flight. sensor: [n, 15]."""
    return (sensor[:, 3] == 0) & (sensor[:, 4] == 0)


def _sample_things(
    rng: np.random.Generator, target: np.ndarray, kind: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Solids [n, 4, 13] and planes [n, 1, 4] behind a hand, or round the centre of a negative."""
    n, hand = len(target), kind == "hand"
    behind = things.sample_solids(rng, target, (-10, 170), 115)
    close = things.sample_solids(rng, target, (-60, 40), 45)
    solids = np.where(hand[:, None, None], behind, close)
    solids[kind == "arm", 0] = things.sample_upper_arms(rng, target[kind == "arm"])
    solids[kind == "head"] = things.sample_heads(rng, target[kind == "head"])
    some = np.where(rng.random(n) < CLUTTER_SHARE, rng.choice(3, n, p=[0.3, 0.5, 0.2]), 0)
    count = np.where(kind == "things", rng.integers(1, 4, n), some)
    count = np.where(kind == "arm", 1 + (count > 1), np.where(kind == "head", things.SLOTS, count))
    solids[np.arange(things.SLOTS) >= count[:, None], 0] = -1
    planes = things.sample_planes(rng, n)
    planes[rng.random(n) >= PLANE_SHARE, 3] = 0
    return solids, planes[:, None]


def _sample_people(
    rng: np.random.Generator, target: np.ndarray, kind: np.ndarray, clutter: bool
) -> dict[str, np.ndarray]:
    """A point of somebody's front, half of the time of the head,
    behind the hand or at the centre."""
    n, hand = len(target), kind == "hand"
    front, face = _front_vertices()
    behind = np.concatenate([rng.normal(0, 70, (n, 2)), rng.uniform(10, 170, (n, 1))], 1)
    close = rng.normal(0, 20, (n, 3))
    there = np.where(hand, rng.random(n) < PERSON_SHARE, kind == "person") & clutter
    point = np.where(rng.random(n) < 0.5, rng.choice(front, n), rng.choice(face, n))
    turn = things.random_turns(rng, n, 0.35) @ np.diag([1.0, -1, -1])  # facing the camera, upright
    return {
        "person": np.where(there, rng.integers(0, N_PEOPLE, n), -1),
        "person_point": point,
        "person_turn": turn,
        "person_at": target + np.where(hand[:, None], behind, close),
    }


@lru_cache(maxsize=1)
def _front_vertices() -> tuple[np.ndarray, np.ndarray]:
    """Vertices of the body's front without forearms and hands, and those of the head among them."""
    asset = load_body()
    bone = asset.skin_bones[:, 0]
    arms = [k for k, name in enumerate(asset.bones) if name.startswith(("forearm", "hand", "shin"))]
    place = asset.mean_mm[:, 2] > asset.mean_mm[:, 2].mean() + 20
    front = place & ~np.isin(bone, arms)
    head = front & (bone == asset.bones.index("head"))
    return np.flatnonzero(front), np.flatnonzero(head)


@lru_cache(maxsize=2)
def people(split: Split) -> np.ndarray:
    """float32 [N_PEOPLE, V, 3] mm: clothed bodies at rest, body frame."""
    return np.stack([body_of_pool(split, k).vertices_mm for k in range(N_PEOPLE)])


def people_triangles() -> np.ndarray:
    """int32 [T, 3]: the body without its hands, which would need labels of their own."""
    return triangles_without(("hand.R", "hand.L"))


def _sample_dress(rng: np.random.Generator, n: int) -> np.ndarray:
    """[n, 5]: half wear a sleeve; some forearms are lost to the camera."""
    how = np.zeros((n, N_DRESS))
    how[:, 0] = np.where(rng.random(n) < 0.5, rng.uniform(3, 130, n), 0)
    how[:, 1] = rng.uniform(2, 20, n)
    how[:, 2] = rng.uniform(0, 6, n)
    how[:, 3] = rng.uniform(0, 6.3, n)
    how[:, 4] = np.where(rng.random(n) < 0.08, rng.uniform(5, 100, n), 0)
    return how


def _as_float32(numbers: CropNumbers) -> CropNumbers:
    """The same with float arrays as float32, which the compiled code expects."""
    arrays = {f.name: getattr(numbers, f.name) for f in fields(numbers)}
    floats = {k: v.astype(np.float32) for k, v in arrays.items() if v.dtype == np.float64}
    return CropNumbers(**{**arrays, **floats})
