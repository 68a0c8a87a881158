"""A walk through the latent space as a file: GIF, MP4, PNG strip, joints CSV, latents JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from app.engine.engine import Engine
from app.errors import OutputError
from app.explore.decode import UNIT_MM, decode_to_estimate, picture_of, virtual_camera
from app.export import make_header
from app.export.drawing import draw_depth, draw_skeleton
from app.export.film import GIF_FPS, make_film
from app.export.joints import CsvJoints
from app.frames import CROP_SIZE, CUBE_MM
from app.latent import path as paths
from app.latent.file import write_walk
from app.latent.space import LatentSpace
from app.outputs import OutputFile

KINDS = {
    ".gif": "Animated GIF",
    ".mp4": "MP4 film",
    ".png": "PNG strip",
    ".csv": "Joints as CSV",
    ".json": "Latents as JSON",
}
FPS = 30.0
STRIP_FRAMES = 9
SOURCE = "a walk through the latent space"  # what the joints' header says
SIDE = 256  # px of a film's two pictures; a strip's are half as large


class Cancelled(Exception):
    """The user changed their mind; nothing was written."""


def export_walk(
    path: Path,
    walk: paths.Path,
    seconds: float,
    engine: Engine,
    space: LatentSpace,
    mirrored: bool = False,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Write `seconds` of a walk by the path's suffix, one of `KINDS`.

    Returns the frames written. A film shows the synthesised depth and the skeleton beside it, a
    strip the one above the other. Raises OutputError, and Cancelled; the file is then as it was.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise OutputError(f"cannot write {path}", "the kinds are " + ", ".join(KINDS))
    fps = GIF_FPS if kind == ".gif" else FPS
    count = STRIP_FRAMES if kind == ".png" else paths.count_frames(seconds, fps)
    points = _watched(walk, count, progress, cancelled)
    if kind == ".json":
        write_walk(path, np.stack(list(points)), FPS, space, engine.weights)
    elif kind == ".csv":
        _write_joints(path, points, engine, mirrored)
    else:
        film = make_film(path, fps)
        try:
            for z in points:
                film.add(draw_frame(engine, z, kind == ".png", mirrored))
            film.finish()
        finally:
            film.abandon()
    return count


def draw_frame(engine: Engine, z: np.ndarray, stacked: bool, mirrored: bool = False) -> np.ndarray:
    """uint8 [H, W, 3] RGB: depth and skeleton of z [D], side by side or one above the other."""
    side = SIDE // 2 if stacked else SIDE
    z = np.asarray(z, np.float32)[None]
    pair = [draw_depth(engine.synthesise(z)[0], side), draw_skeleton(engine.decode(z)[0], side)]
    pair = [picture[:, ::-1] for picture in pair] if mirrored else pair
    return np.ascontiguousarray(np.concatenate(pair, 0 if stacked else 1))


def _watched(
    walk: paths.Path, count: int, progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> Iterator[np.ndarray]:
    """The latent of each frame, from one end of the walk to the other."""
    for k in range(count):
        if cancelled():
            raise Cancelled
        yield walk.at(k / (count - 1))
        progress((k + 1) / count)


def _write_joints(path: Path, points: Iterator[np.ndarray], engine: Engine, mirrored: bool) -> None:
    """The columns of every joints file, in the frame of the virtual camera."""
    header = make_header(SOURCE, virtual_camera(CROP_SIZE, CUBE_MM), UNIT_MM, engine.weights)
    with OutputFile(path) as output:
        writer = CsvJoints(output, header)
        for k, z in enumerate(points):
            hand = decode_to_estimate(engine, z, mirrored=mirrored)
            writer.add(picture_of(hand, k, k / FPS, k / FPS))
        writer.finish()
