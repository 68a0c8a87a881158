"""The measurements behind `python -m app.benchmark`."""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from app.capture.base import DepthSource, opened
from app.capture.demo import SyntheticSource
from app.config import EstimatorConfig
from app.engine.engine import Engine
from app.inference.pipeline import FramePipeline, make_pipeline
from app.inference.timing import median_p95
from app.onnx_session import make_session

WARM_UP = 30  # frames and runs that do not count: compilation, first allocations, finding the hand


@dataclass(frozen=True, slots=True)
class Timings:
    """Medians in ms over `runs` runs each."""

    threads: int
    frame_ms: dict[str, float]  # {"median", "p95"}
    stage_ms: dict[str, dict[str, float]]
    network_ms: float  # discriminator's pos head and pose decoder, one crop
    generator_ms: float  # alignment and generator, one latent
    paper_network_ms: float  # the paper preset's trunk and pos head, same engine and threads
    paper_generator_ms: float
    cpu: str
    runs: int
    frames: str  # what the whole frames were
    frames_detected: int

    def to_json(self) -> dict[str, Any]:
        """The form of docs/design/architecture.md, and what was run."""
        return asdict(self)


def measure(config: EstimatorConfig, runs: int) -> Timings:
    """Run everything. Raises WeightsError."""
    pipeline = make_pipeline(config)
    networks = time_networks(pipeline.engine, config.threads, runs)
    with SyntheticSource() as source:
        frame_ms, stage_ms, detected = time_frames(pipeline, source, runs)
    return Timings(
        threads=config.threads,
        frame_ms=frame_ms,
        stage_ms=stage_ms,
        **networks,
        cpu=cpu_name(),
        runs=runs,
        frames="640x480 demo, the hand followed from frame to frame",
        frames_detected=detected,
    )


def time_frames(
    pipeline: FramePipeline, source: DepthSource, runs: int
) -> tuple[dict[str, float], dict[str, dict[str, float]], int]:
    """Time whole frames of `source`, reading not counted.

    Returns ({"median", "p95"} in ms, the same by stage, frames with a hand).
    """
    totals: list[float] = []
    stages: dict[str, list[float]] = {}
    detected = 0
    for count in range(-WARM_UP, runs):
        frame = opened(source.read())
        started = time.perf_counter()
        result = pipeline.process(frame)
        elapsed = (time.perf_counter() - started) * 1e3
        if count < 0:
            continue
        totals.append(elapsed)
        detected += result.detected
        for stage, value in result.stage_ms.items():
            if stage != "total":
                stages.setdefault(stage, []).append(value)
    return (
        median_p95(totals),
        {name: median_p95(values) for name, values in stages.items()},
        detected,
    )


def time_networks(engine: Engine, threads: int, runs: int) -> dict[str, float]:
    """Medians of the live and the paper's networks on one crop, run in turn."""
    rng = np.random.default_rng(0)
    image = rng.uniform(-1, 1, (1, 128, 128)).astype(np.float32)
    z = engine.estimate(image).z
    calls: dict[str, Callable[[], object]] = {
        "network_ms": lambda: engine.estimate(image),
        "generator_ms": lambda: engine.synthesise(z),
        **_paper_calls(threads, image, rng),
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for count in range(-WARM_UP, runs):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            if count >= 0:
                times[name].append((time.perf_counter() - started) * 1e3)
    return {name: round(float(np.median(values)), 3) for name, values in times.items()}


def _paper_calls(
    threads: int, image: np.ndarray, rng: np.random.Generator
) -> dict[str, Callable[[], object]]:
    """The paper preset with random weights: its time does not depend on them."""
    from app.model.onnx import export_paper

    with tempfile.TemporaryDirectory() as folder:
        graphs = {name: path.read_bytes() for name, path in export_paper(Path(folder)).items()}
    calls: dict[str, Callable[[], object]] = {}
    for name, graph in graphs.items():
        session = make_session(graph, threads)
        entry = session.get_inputs()[0]
        width = entry.shape[-1]
        feed = image[:, None] if len(entry.shape) == 4 else rng.normal(size=(1, width)).astype("f4")
        calls[name + "_ms"] = partial(session.run, None, {entry.name: feed})
    return calls


def cpu_name() -> str:
    """The processor's name as the system gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()
