"""`python -m app.evaluation render`: annotated synthetic frames in a file that every command reads.

Frames go into the npz one by one, so memory does not grow with their number. The `test` split has
subjects and recorded poses that training never draws.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from app.errors import OutputError, reason_of
from app.hand.asset import IDENTITIES, Identity
from app.hand.shape import SPLITS, Split
from app.synthetic.camera_models import frame_camera
from app.synthetic.kinds import WILD_KINDS, WildKind
from app.synthetic.scenes.generator import Scene, SceneGenerator
from app.synthetic.scenes.options import Kind

Content = WildKind | Literal["mixed"]
CAMERAS = ("sr305", "d435", "kinect1")  # three focal lengths, one image size
WIDTH, HEIGHT = frame_camera(CAMERAS[0]).width, frame_camera(CAMERAS[0]).height
HAND_MM = (300.0, 900.0)
FPS = 30.0
COMPRESSION = 1  # zlib level: a third of the size for about a tenth more time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The sub-command's own arguments."""
    parser.add_argument("output", type=Path, metavar="OUT.npz", help="file to write")
    parser.add_argument("--split", choices=SPLITS, default="test", help="subjects and poses (test)")
    parser.add_argument("--seed", type=_natural, default=0, help="another seed, other frames (0)")
    parser.add_argument("--frames", type=_positive, default=200, metavar="N", help="how many (200)")
    parser.add_argument(
        "--identity", choices=IDENTITIES, default="makehuman", help="whose hands (makehuman)"
    )
    content = parser.add_mutually_exclusive_group()
    content.add_argument(
        "--kind",
        choices=("mixed", *WILD_KINDS),
        default="mixed",
        help="mixed: bare hands before people and rooms; else one kind alone (mixed)",
    )
    content.add_argument("--crops", action="store_true", help="the hand alone in its 250 mm cube")
    content.add_argument(
        "--distractors", action="store_true", help="an elbow, knee or object nearer than the hand"
    )


def run(arguments: argparse.Namespace) -> int:
    """Renders and writes. Raises OutputError; an interrupt leaves no file."""
    generator = frame_generator(
        arguments.split,
        arguments.seed,
        kind=arguments.kind,
        crops=arguments.crops,
        distractors=arguments.distractors,
        identity=arguments.identity,
    )
    write_frames(arguments.output, generator, arguments.frames)
    print(f"{arguments.output}: {arguments.frames} frames, {arguments.split} split")
    return 0


def frame_generator(
    split: Split,
    seed: int,
    *,
    kind: Content = "mixed",
    crops: bool = False,
    distractors: bool = False,
    identity: Identity = "makehuman",
) -> SceneGenerator:
    """Scenes for measuring: one hand, whole and in view, at 300-900 mm, where the kind allows.

    Sparse scenes have one reading of nine, and are else those that a mixed generator of the same
    seed makes.
    """
    shown: Kind = "hand" if kind == "mixed" else kind
    return SceneGenerator(
        seed,
        split,
        kinds={"distractor" if distractors else shown: 1.0},
        cameras=CAMERAS,
        strict=True,
        only_hand=crops,
        hand_mm=HAND_MM,
        identity=identity,
    )


def sound_scenes(generator: SceneGenerator, count: int) -> Iterator[Scene]:
    """The first `count` scenes in which every constraint of the generator is met."""
    number = 0
    while count:
        scene = generator.frame(number)
        number += 1
        if scene.constraints_met >= 1:
            count -= 1
            yield scene


def write_frames(path: Path, generator: SceneGenerator, count: int) -> None:
    """Writes `count` scenes to the npz format of `frames`; the file appears only when it is whole.

    Keys: depth_mm uint16 [N, 480, 640], intrinsics float64 [N, 4] fx fy cx cy, joints_mm float32
    [N, 21, 3], t_s float64 [N], hand [N] "right" or "left", visible bool [N, 21]: nothing hides the
    joint, neither the hand itself. Raises OutputError.
    """
    part = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
            labels = _write_depth(archive, sound_scenes(generator, count), count)
            for name, array in labels.items():
                archive.writestr(f"{name}.npy", _npy_bytes(array))
        os.replace(part, path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {reason_of(error)}") from None
    finally:
        with contextlib.suppress(OSError):  # gone already, or never begun
            part.unlink()


def _write_depth(
    archive: zipfile.ZipFile, scenes: Iterator[Scene], count: int
) -> dict[str, np.ndarray]:
    """Streams the depth member and returns the other arrays."""
    intrinsics, joints, hands, visible = [], [], [], []
    header = {"descr": "<u2", "fortran_order": False, "shape": (count, HEIGHT, WIDTH)}
    with archive.open("depth_mm.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array_header_1_0(member, header)
        for scene in scenes:
            member.write(np.rint(scene.depth_mm).astype("<u2").tobytes())
            c = scene.intrinsics
            intrinsics.append((c.fx, c.fy, c.cx, c.cy))
            joints.append(scene.joints_mm)
            hands.append(scene.hand)
            visible.append(scene.seen_joints)
    return {
        "intrinsics": np.array(intrinsics),
        "joints_mm": np.array(joints, np.float32),
        "t_s": np.arange(count) / FPS,
        "hand": np.array(hands),
        "visible": np.array(visible, bool),
    }


def _npy_bytes(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _natural(text: str) -> int:
    return _at_least(text, 0)


def _positive(text: str) -> int:
    return _at_least(text, 1)


def _at_least(text: str, lowest: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = lowest - 1
    if value < lowest:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least {lowest}")
    return value
