"""Builds `assets/webxr_hand.npz`, the second hand, from the npm package of `webxr` (MIT).

    python -m app.hand.build.build_webxr [--package FILE] [--out FILE]

The mesh is brought into our axes, its joints to the labelled centres, its fingers into the rest
pose of the first hand (so that the same angles mean the same), its stub of a wrist lengthened to a
forearm, and the first hand's shape space carried over. The result is deterministic.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.geometry import unit
from app.hand import labels
from app.hand.asset import ASSET_FILES, load_asset, strongest
from app.hand.build.asset_file import write_asset
from app.hand.build.forearm import add_forearm
from app.hand.build.transfer import carry_over, lay_onto, neighbours
from app.hand.build.webxr import FINGERS, PACKAGE, SkinnedMesh, download_package, read_right_hand
from app.hand.kinematics import ELBOW, PARENT, PIVOT
from app.hand.shape import mean_shape, palm_axes

OUTPUT = ASSET_FILES["webxr"]
# How far the package's joints lie from the labelled centres, mm of its own size. A network trained
# on the first hand alone places this one's knuckles that much nearer to the webs of the fingers,
# which agrees with where the webs of both meshes lie (16-20 mm beyond the knuckle, the first: 15).
CMC_TOWARDS_WRIST_MM = 8.0
CMC_TOWARDS_LITTLE_MM = 3.0
THUMB_MCP_TOWARDS_CMC_MM = 4.0
MCP_TOWARDS_TIP_MM = {5: 4.5, 9: 2.5, 13: 3.0, 17: 4.5}
TIP_UNDER_SKIN_MM = 0.5  # the label lies at the very end of the finger, as on the first hand
# Share of the forearm in the skin at these places along the hand (mm, the wrist at 0)
FOREARM_PLACES_MM = (-45.0, -18.0, -3.0, 9.0, 15.0, 27.0)
FOREARM_SHARES = (1.0, 0.85, 0.6, 0.38, 0.19, 0.0)
# Of our 21 bones: which joints of the package move the same flesh
_LINKS = ("metacarpal", "phalanx-proximal", "phalanx-intermediate", "phalanx-distal", "tip")
BONE_JOINTS: tuple[tuple[str, ...], ...] = (
    (),  # the forearm, of which the package has nothing
    ("wrist",),
    *((f"{finger}-metacarpal",) for finger in FINGERS[1:]),
    ("thumb-metacarpal",),
    ("thumb-phalanx-proximal",),
    ("thumb-phalanx-distal", "thumb-tip"),
    *(
        tuple(f"{finger}-{link}" for link in links)
        for finger in FINGERS[1:]
        for links in (_LINKS[1:2], _LINKS[2:3], _LINKS[3:])
    ),
)
PIVOT_JOINTS = (
    "wrist",
    *(f"thumb-{link}" for link in _LINKS if link != "phalanx-intermediate"),
    *(f"{finger}-{link}" for finger in FINGERS[1:] for link in _LINKS[1:]),
    *(f"{finger}-metacarpal" for finger in FINGERS[1:]),
)


@dataclass(frozen=True)
class Hand:
    """A hand in palm axes (`shape.palm_axes`: across, along, out), its wrist at the origin, mm."""

    vertices: np.ndarray  # float64 [V, 3]
    triangles: np.ndarray  # int [T, 3]
    weights: np.ndarray  # float64 [V, 21] of our bones
    pivots: np.ndarray  # float64 [26, 3]
    palmar: np.ndarray  # float64 [5, 3, 3] the side to which each phalanx bends


def axes_of(pivots: np.ndarray) -> np.ndarray:
    """[3, 3], columns across, along and out of the palm, as `shape.palm_axes` of any hand."""
    along, normal = unit(pivots[9] - pivots[0]), labels.palm_normal(pivots)
    out = unit(normal - (normal @ along) * along)
    return np.stack([np.cross(along, out), along, out], -1)


def first_hand() -> Hand:
    """The mean MakeHuman hand in the same form: the pattern for the rest pose."""
    asset, shape, axes = load_asset(), mean_shape(), palm_axes()
    weights = np.zeros((asset.n_vertices, 21))
    for bones, shares in zip(asset.skin_bones.T, asset.skin_weights.T, strict=True):
        np.add.at(weights, (np.arange(asset.n_vertices), bones), shares)
    pivots = shape.pivots_mm.astype(np.float64)
    palmar = labels.finger_directions(pivots)[1] @ axes
    vertices = shape.vertices_mm.astype(np.float64) @ axes
    return Hand(vertices, asset.triangles, weights, pivots @ axes, palmar)


def native_hand(mesh: SkinnedMesh) -> Hand:
    """The package's hand in its own rest pose, its joints moved to the labelled centres."""
    rows = [mesh.joint(name) for name in PIVOT_JOINTS]
    pivots = np.concatenate([mesh.places_mm[rows], np.zeros((1, 3))])
    pivots[1] += CMC_TOWARDS_WRIST_MM * unit(pivots[0] - pivots[1])
    pivots[1] += CMC_TOWARDS_LITTLE_MM * unit(pivots[17] - pivots[5])
    pivots[2] += THUMB_MCP_TOWARDS_CMC_MM * unit(pivots[1] - pivots[2])
    for knuckle, shift in MCP_TOWARDS_TIP_MM.items():
        pivots[knuckle] += shift * unit(pivots[knuckle + 1] - pivots[knuckle])
    for tip in range(4, 21, 4):
        ahead = unit(pivots[tip] - pivots[tip - 1])
        reach = distance_to_skin(mesh.vertices_mm[mesh.triangles], pivots[tip], ahead)
        pivots[tip] += (reach - TIP_UNDER_SKIN_MM) * ahead
    axes, origin = axes_of(pivots), pivots[0].copy()
    vertices, pivots = (mesh.vertices_mm - origin) @ axes, (pivots - origin) @ axes
    weights = np.zeros((len(vertices), 21))
    for bone, names in enumerate(BONE_JOINTS):
        for name in names:
            weights[:, bone] += mesh.weights[:, mesh.joint(name)]
    along = unit(np.diff(pivots[1:21].reshape(5, 4, 3), axis=1))
    bones = [mesh.joint(BONE_JOINTS[bone][0]) for bone in range(6, 21)]
    down = (-mesh.frames[bones, :, 1] @ axes).reshape(5, 3, 3)
    palmar = unit(down - (down * along).sum(-1, keepdims=True) * along)
    return Hand(vertices, mesh.triangles, weights, pivots, palmar)


def distance_to_skin(corners: np.ndarray, point: np.ndarray, ray: np.ndarray) -> float:
    """How far along ray [3] from `point` [3] the last of the triangles [T, 3, 3] lies, mm.

    Moeller and Trumbore 1997. ValueError where it meets none.
    """
    a, b, c = corners.transpose(1, 0, 2)
    across = np.cross(ray, c - a)
    volume = ((b - a) * across).sum(1)
    volume[volume == 0] = np.nan
    turned = np.cross(point - a, b - a)
    first, second = ((point - a) * across).sum(1) / volume, turned @ ray / volume
    reach = ((c - a) * turned).sum(1) / volume
    return float(reach[(first >= 0) & (second >= 0) & (first + second <= 1) & (reach > 0)].max())


def scaled_like(hand: Hand, pattern: Hand) -> Hand:
    """The same as long as the pattern from wrist to middle finger tip, bone by bone."""
    chain = [0, 9, 10, 11, 12]
    length, wanted = (
        np.linalg.norm(np.diff(h.pivots[chain], axis=0), axis=1).sum() for h in (hand, pattern)
    )
    factor = wanted / length
    return replace(hand, vertices=hand.vertices * factor, pivots=hand.pivots * factor)


def reposed(hand: Hand, pattern: Hand) -> Hand:
    """The same with every phalanx turned to point and to bend as the pattern's."""
    turns = np.tile(np.eye(3), (21, 1, 1))
    turns[6:] = (_frames(pattern) @ _frames(hand).transpose(0, 1, 3, 2)).reshape(15, 3, 3)
    shifts = np.zeros((21, 3))  # bone: x -> turn x + shift
    for bone in range(6, 21):
        pivot, parent = hand.pivots[PIVOT[bone]], PARENT[bone]
        shifts[bone] = turns[parent] @ pivot + shifts[parent] - turns[bone] @ pivot
    moved = np.einsum("brc,vc->vbr", turns, hand.vertices) + shifts
    carrier = np.full(26, 1)  # the bone that moves each pivot
    for finger in range(5):
        carrier[2 + 4 * finger : 5 + 4 * finger] = 6 + 3 * finger + np.arange(3)
    pivots = np.einsum("jrc,jc->jr", turns[carrier], hand.pivots) + shifts[carrier]
    vertices = (moved * hand.weights[..., None]).sum(1)
    return replace(hand, vertices=vertices, pivots=pivots, palmar=pattern.palmar)


def _frames(hand: Hand) -> np.ndarray:
    """[5, 3, 3, 3]: columns along, palmar, sideways of each phalanx."""
    along = unit(np.diff(hand.pivots[1:21].reshape(5, 4, 3), axis=1))
    palmar = unit(hand.palmar - (hand.palmar * along).sum(-1, keepdims=True) * along)
    return np.stack([along, palmar, np.cross(along, palmar)], -1)


def with_forearm(hand: Hand, pattern: Hand) -> Hand:
    """The same with a forearm that ends where the pattern's does, and skin that follows it."""
    pivots = hand.pivots.copy()
    pivots[ELBOW] = pattern.pivots[ELBOW]
    vertices, triangles = add_forearm(hand.vertices, hand.triangles, pivots[ELBOW])
    share = np.interp(hand.vertices[:, 1], FOREARM_PLACES_MM, FOREARM_SHARES)
    share[hand.weights[:, 7:].sum(1) > 0.01] = 0
    weights = np.zeros((len(vertices), 21))
    weights[: len(share)] = hand.weights * (1 - share[:, None])
    weights[: len(share), 0] += share
    new = np.arange(len(share), len(vertices))
    weights[new, 0] = np.interp(vertices[new, 1], FOREARM_PLACES_MM, FOREARM_SHARES)
    weights[new, 1] = 1 - weights[new, 0]
    return replace(hand, vertices=vertices, triangles=triangles, weights=weights, pivots=pivots)


def build(package: Path) -> dict[str, np.ndarray]:
    """The arrays of the asset file; see `app.hand.asset.HandAsset`."""
    pattern, axes, first = first_hand(), palm_axes(), load_asset()
    native = native_hand(read_right_hand(package))
    hand = with_forearm(reposed(scaled_like(native, pattern), pattern), pattern)
    laid = lay_onto(pattern.vertices, pattern.weights, pattern.pivots, hand.pivots)
    source, say = neighbours(laid, pattern.weights, hand.vertices, hand.weights)
    basis, morphs = (
        carry_over(changes @ axes, source, say) for changes in (first.basis, first.morphs)
    )
    bones, shares = strongest(hand.weights, 4)
    points = np.concatenate([hand.vertices, hand.pivots])
    return {
        "mean_mm": (points @ axes.T).astype(np.float32),
        "basis": (basis @ axes.T).astype(np.float32),
        "morphs": (morphs @ axes.T).astype(np.float32),
        "morph_names": np.array(first.morph_names),
        "triangles": hand.triangles.astype(np.int32),
        "skin_bones": bones.astype(np.int32),
        "skin_weights": shares.astype(np.float32),
    }


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m app.hand.build.build_webxr", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--package", type=Path, help=f"a local archive of {PACKAGE}; otherwise npm fetches it"
    )
    parser.add_argument("--out", type=Path, default=OUTPUT)
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        package = arguments.package or download_package(Path(folder))
        print(write_asset(arguments.out, build(package)))


if __name__ == "__main__":
    main()
