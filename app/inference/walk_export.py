"""A walk through the latent space as a file: GIF, MP4, PNG strip, joints CSV, latents JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from app.errors import OutputError
from app.export import make_header
from app.export.drawing import draw_depth, draw_skeleton
from app.export.film import GIF_FPS, make_film
from app.export.joints import CsvJoints
from app.inference.engine import Engine
from app.inference.imagined import UNIT_MM, imagine
from app.model import path as paths
from app.model.latent import LatentSpace
from app.model.latent_file import write_walk
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
    """Write `seconds` of a walk by the path's suffix, one of `KINDS`. Returns the frames written.
    A film shows the synthesised depth and the skeleton beside it, a strip the one above the other.
    Raises OutputError, and Cancelled; the file is then as it was.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise OutputError(f"cannot write {path}", "the kinds are " + ", ".join(KINDS))
    points = _points(walk, seconds, kind)
    frames = _watched(len(points), progress, cancelled)
    if kind == ".json":
        write_walk(path, points, FPS, space, engine.weights)
    elif kind == ".csv":
        _write_joints(path, points, engine, mirrored, frames)
    else:
        film = make_film(path, GIF_FPS if kind == ".gif" else FPS)
        try:
            for k in frames:
                film.add(draw_frame(engine, points[k], kind == ".png", mirrored))
            film.finish()
        finally:
            film.abandon()
    return len(points)


def draw_frame(engine: Engine, z: np.ndarray, stacked: bool, mirrored: bool = False) -> np.ndarray:
    """uint8 [H, W, 3] RGB: depth and skeleton of z [D], side by side or one above the other."""
    side = SIDE // 2 if stacked else SIDE
    z = np.asarray(z, np.float32)[None]
    pair = [draw_depth(engine.synthesise(z)[0], side), draw_skeleton(engine.decode(z)[0], side)]
    pair = [picture[:, ::-1] for picture in pair] if mirrored else pair
    return np.ascontiguousarray(np.concatenate(pair, 0 if stacked else 1))


def _points(walk: paths.Path, seconds: float, kind: str) -> np.ndarray:
    if kind == ".png":
        return paths.sample(walk, STRIP_FRAMES - 1, 1)
    return paths.sample(walk, seconds, GIF_FPS if kind == ".gif" else FPS)


def _watched(
    count: int, progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> Iterator[int]:
    for k in range(count):
        if cancelled():
            raise Cancelled
        yield k
        progress((k + 1) / count)


def _write_joints(
    path: Path, points: np.ndarray, engine: Engine, mirrored: bool, frames: Iterator[int]
) -> None:
    """The columns of every joints file, in the frame of the virtual camera."""
    with OutputFile(path) as output:
        camera = imagine(engine, points[0]).frame.intrinsics
        header = make_header("a walk through the latent space", camera, UNIT_MM, engine.weights)
        writer = CsvJoints(output, header)
        for k in frames:
            writer.add(imagine(engine, points[k], mirrored=mirrored, index=k, t_s=k / FPS))
        writer.finish()
