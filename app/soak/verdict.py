"""What a run amounts to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from app.soak.holdings import growth
from app.soak.run import AFTER_S, Outcome

MOST_MB = 20.0  # of growth after the warm-up
MOST_MS = 100.0  # p99 from arrival to estimate, outside the faults' windows
LEAST_S = 600.0  # of a shorter run growth says little: each fault's first time makes its buffers
SPARE = 2  # threads or files that may be in the making at a moment


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the verdict. passed None: not judged."""

    what: str
    passed: bool | None
    found: str


def uncounted(outcome: Outcome) -> dict[str, int]:
    """Frames whose fate nobody knows, at each place that they pass."""
    player, estimator = outcome.player, outcome.estimator
    taken = estimator.frames_in - estimator.frames_dropped
    finished = taken - estimator.frames_failed
    return {
        "camera": abs(outcome.made - player.frames_in - player.faults.refused),
        "player": abs(player.frames_in - player.discarded - player.shown),
        "mailbox": abs(player.shown - estimator.frames_in - outcome.waiting),
        "results": abs(finished - len(outcome.seen) - outcome.results_dropped),
        "recordings": outcome.recordings.uncounted,
    }


def quiet_latencies(outcome: Outcome) -> np.ndarray:
    """Float [n] ms: of frames that came outside every fault's window."""
    seen = outcome.seen
    quiet = np.ones(len(seen), bool)
    for happened in outcome.faults:
        until_s = happened.ended_s + max(AFTER_S, (happened.recovered_s or 0.0) + 0.5)
        quiet &= (seen[:, 0] < happened.began_s - 0.1) | (seen[:, 0] > until_s)
    return seen[quiet, 1]


def recoveries(outcome: Outcome) -> dict[str, dict[str, float]]:
    """By kind of fault: how many, and the longest time to the next hand in seconds."""
    by_kind: dict[str, dict[str, float]] = {}
    for happened in outcome.faults:
        row = by_kind.setdefault(
            happened.fault.kind, {"faults": 0, "not_recovered": 0, "most_s": 0.0}
        )
        row["faults"] += 1
        if happened.recovered_s is None:
            row["not_recovered"] += 1
        else:
            row["most_s"] = round(max(row["most_s"], happened.recovered_s), 3)
    return by_kind


def judge(outcome: Outcome, timing: bool = True) -> list[Check]:
    """Timing False: latency is told, not judged, for instance on a busy machine."""
    lost = uncounted(outcome)
    recordings, faults = outcome.recordings, recoveries(outcome)
    memory, threads, files = (
        growth(outcome.holdings, what) for what in ("memory_mb", "threads", "files")
    )
    latencies = quiet_latencies(outcome)
    p99 = float(np.percentile(latencies, 99)) if len(latencies) else float("nan")
    crashes = {kind: faults.get(kind, {}).get("faults", 0) for kind in ("crash", "estimator")}
    restarts = sum(n for told, n in outcome.told.items() if "was started again" in told)
    long_enough = outcome.seconds >= LEAST_S
    stuck = sum(row["not_recovered"] for row in faults.values())
    return [
        Check("every frame is counted", not any(lost.values()), f"uncounted {lost}"),
        Check("results come in order", not outcome.out_of_order, f"{outcome.out_of_order} do not"),
        Check(
            "recordings hold what they were given",
            not (recordings.missing or recordings.wrong or recordings.unrepaired),
            f"{recordings.files} files, {recordings.written} frames, {recordings.missing} missing, "
            f"{recordings.wrong} wrong, {recordings.unrepaired} files not readable",
        ),
        Check("every fault is recovered from", not stuck, f"{stuck} of {len(outcome.faults)} not"),
        Check(
            "what crashed was started again, once each",
            restarts == sum(crashes.values()),
            f"{restarts} times, {sum(crashes.values())} crashes",
        ),
        Check("threads stay", threads.grown <= SPARE, f"{threads.before:g} to {threads.after:g}"),
        Check("no thread is left", not outcome.threads_left, f"{outcome.threads_left or 'none'}"),
        Check("files stay", files.grown <= SPARE, f"{files.before:g} to {files.after:g}"),
        Check(
            f"memory grows by less than {MOST_MB:g} MB",
            memory.grown < MOST_MB if long_enough else None,
            f"{memory.before:g} to {memory.after:g} MB, at most {memory.most:g}",
        ),
        Check(
            f"p99 of the latency outside faults is below {MOST_MS:g} ms",
            p99 < MOST_MS if timing and len(latencies) else None,
            f"{p99:.1f} ms of {len(latencies)} frames",
        ),
    ]


def to_json(outcome: Outcome, checks: list[Check]) -> dict[str, Any]:
    """Everything, for `--json`."""
    player, estimator = outcome.player, outcome.estimator
    latencies = quiet_latencies(outcome)
    return {
        "passed": all(check.passed is not False for check in checks),
        "checks": [asdict(check) for check in checks],
        "minutes": round(outcome.seconds / 60, 2),
        "source": outcome.plan.source,
        "fps_asked": outcome.plan.fps,
        "seed": outcome.plan.seed,
        "frames": {
            "made": outcome.made,
            "lost_by_the_camera": player.lost,
            "refused": player.faults.refused,
            "discarded": player.discarded,
            "dropped": estimator.frames_dropped,
            "failed": estimator.frames_failed,
            "waiting": outcome.waiting,
            "results_dropped": outcome.results_dropped,
            "results": len(outcome.seen),
            "with_a_hand": outcome.hands,
        },
        "frame_faults": asdict(player.faults),
        "spoilt": outcome.spoilt,
        "recordings": asdict(outcome.recordings),
        "faults": recoveries(outcome),
        "latency_ms": {
            f"p{p:g}": round(float(np.percentile(latencies, p)), 2) if len(latencies) else None
            for p in (50, 95, 99, 99.9)
        },
        "memory_mb": asdict(growth(outcome.holdings, "memory_mb")),
        "threads": asdict(growth(outcome.holdings, "threads")),
        "files": asdict(growth(outcome.holdings, "files")),
        "told": outcome.told,
    }
