"""The benchmark's result as JSON or as a table."""

from __future__ import annotations

import json

from app.benchmark.timings import Timings


def print_report(timings: Timings, as_json: bool) -> None:
    """On stdout."""
    if as_json:
        print(json.dumps(timings.to_json(), indent=1))
        return
    print(f"{timings.cpu}, {timings.threads} thread(s), medians of {timings.runs} runs in ms")
    print(f"frames: {timings.frames}; a hand in {timings.frames_detected} of {timings.runs}\n")
    _row("whole frame", timings.frame_ms["median"], timings.frame_ms["p95"])
    for stage, value in timings.stage_ms.items():
        _row(f"  {stage}", value["median"], value["p95"])
    print()
    _row("network (pos head + decoder)", timings.network_ms)
    _row("generator (alignment + generator)", timings.generator_ms)
    _row("the paper's network", timings.paper_network_ms)
    _row("the paper's generator", timings.paper_generator_ms)


def _row(name: str, median: float, p95: float | None = None) -> None:
    tail = "" if p95 is None else f"   p95 {p95:7.3f}"
    print(f"{name:36} {median:7.3f}{tail}")
