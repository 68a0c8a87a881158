"""Script: load damaged and hostile weights and report each outcome. Run in a process of its own.

read_damaged_weights.py FIRST_SEED COUNT FOLDER FILE: a JSON line for each copy, the odd seeds
damaged, the even ones hostile. The address space is bounded, so that memory asked for on a file's
word alone shows as a failure.
"""

import json
import resource
import sys
import time
from pathlib import Path

import torch

from app.errors import WeightsError
from app.model.checkpoint import load_weights
from app.model.weights_file import read_latents
from tests.capture.recordings.damage import spoil
from tests.capture.recordings.read_damaged import copy_of, peak_mb
from tests.model.hostile_weights import hostile, write_foreign

ROOM = 2 << 30  # bytes of address space beside what torch has mapped


def load(path: Path) -> dict:
    try:
        load_weights(path)
        read_latents(path)
    except WeightsError as error:
        return {"outcome": str(error.exit_code), "message": str(error)}
    except Exception as error:  # what must not happen: reported, and the test fails
        return {"outcome": type(error).__name__, "message": str(error)}
    return {"outcome": "loaded", "message": ""}


def report(path: Path, kind: str) -> None:
    began = time.process_time()
    result = load(path) | {"kind": kind, "worked_s": time.process_time() - began}
    result["peak_mb"] = peak_mb()
    print(json.dumps(result), flush=True)


def main(first: int, count: int, folder: Path, file: Path) -> None:
    torch.set_num_threads(1)
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + ROOM, mapped + ROOM))
    for seed in range(first, first + count):
        copy = copy_of(file, folder)
        if seed % 2:
            kind = spoil(copy, seed // 2)
        else:
            kind, content = hostile(file.read_bytes(), seed // 2)
            copy.write_bytes(content)
        report(copy, f"{kind} {seed}")
    for path in write_foreign(file.read_bytes(), folder):
        report(path, path.stem)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
