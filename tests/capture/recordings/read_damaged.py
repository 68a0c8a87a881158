"""Script: read damaged copies of recordings and report each outcome. Run in a process of its own.

read_damaged.py FIRST_SEED COUNT FOLDER FILE [FILE ...]: a JSON line for each copy. The address
space is bounded, so that memory asked for on a file's word alone shows as a failure.
"""

import hashlib
import json
import resource
import shutil
import sys
import time
from pathlib import Path

from app.capture.registry import open_source
from app.errors import CaptureError
from tests.capture.recordings.damage import spoil

ADDRESS_SPACE = 2 << 30  # libraries alone map 1 GB; no recording here needs 100 MB


def peak_mb() -> float:
    """Most memory that this program has held.

    `ru_maxrss` counts what the one that started it held too.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def digest(frame) -> str:
    return hashlib.sha256(frame.depth_raw.tobytes()).hexdigest()[:16]


def read(path: str) -> dict:
    """What one file gives: outcome, and a digest of each frame by its index."""
    frames: dict[int, str] = {}
    outcome, message, told = "whole", "", None
    try:
        with open_source(path, colour=True) as source:
            for frame in source.frames():
                frames[frame.index] = digest(frame)
                if len(frames) > 1000:
                    return {"outcome": "endless"}
    except CaptureError as error:
        outcome, message = str(error.exit_code), str(error)
        told = getattr(error, "frames_read", None)
    except Exception as error:  # what must not happen: reported, and the test fails
        outcome, message = type(error).__name__, str(error)
    return {"outcome": outcome, "message": message, "told": told, "frames": list(frames.values())}


def copy_of(file: Path, folder: Path) -> Path:
    copy = folder / f"damaged{file.suffix}"
    if copy.is_dir() and not copy.is_symlink():
        shutil.rmtree(copy)
    copy.unlink(missing_ok=True)
    shutil.copytree(file, copy) if file.is_dir() else shutil.copyfile(file, copy)
    return copy


def main(first: int, count: int, folder: Path, files: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    for file in map(Path, files):
        for seed in range(first, first + count):
            copy = copy_of(file, folder)
            kind = spoil(copy, seed)
            began, worked = time.monotonic(), time.process_time()
            result = read(str(copy)) | {"file": file.name, "seed": seed, "kind": kind}
            result["seconds"] = time.monotonic() - began
            result["worked_s"] = time.process_time() - worked
            result["peak_mb"] = peak_mb()
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
