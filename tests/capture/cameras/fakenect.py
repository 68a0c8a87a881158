"""Script: Debian's real libfreenect code plays a synthetic dump to `Kinect1Source`.

fakenect.py FOLDER FRAMES RATE: writes a dump of that many frames, reads it, and prints one JSON
line. In its own process: the library calls `exit` where a dump is not as it should be.
"""

import faulthandler
import json
import os
import sys
from pathlib import Path

import numpy as np

from app.capture.cameras.kinect1 import Kinect1Source, nominal_table
from app.capture.cameras.libfreenect import HEIGHT, HINT, NO_VALUE, TICKS_PER_S, WIDTH, load_library
from app.errors import Disconnected

FIRST_TICKS = 2**32 - 2_000_000  # the counter of 32 bits starts anew after the first frame


def disparity(index: int) -> np.ndarray:
    """uint16 [480, 640]: every disparity there is, other ones in each frame; none at the left."""
    ramp = np.arange(WIDTH * HEIGHT, dtype=np.uint32).reshape(HEIGHT, WIDTH)
    raw = ((ramp + 37 * index) % (NO_VALUE + 1)).astype("<u2")
    raw[:, :8] = NO_VALUE
    raw[0, 0] = index
    return raw


def write_dump(folder: Path, count: int, fps: float) -> None:
    folder.mkdir()
    names = []
    for index in range(count):
        ticks = (FIRST_TICKS + round(index * TICKS_PER_S / fps)) % 2**32
        names.append(f"d-{1000 + index / fps:.6f}-{ticks}.pgm")
        header = b"P5 %d %d 65535\n" % (WIDTH, HEIGHT)
        (folder / names[-1]).write_bytes(header + disparity(index).tobytes())
    (folder / "INDEX.txt").write_text("\n".join(names) + "\n")


def find_fakenect() -> str:
    for path in Path("/usr/lib").glob("*/fakenect/libfreenect.so.0.5"):
        return str(path)
    raise SystemExit(f"fakenect is not installed: {HINT}")


def main(folder: Path, count: int, fps: float) -> dict:
    write_dump(folder, count, fps)
    os.environ["FAKENECT_PATH"], os.environ["FAKENECT_LOOP"] = str(folder), "0"
    load_library()  # the one for real devices is there and can be declared
    source = Kinect1Source(find_fakenect())
    told = {"exact": 0, "converted": 0, "writable": 0}
    stamps, table = [], nominal_table()
    info = source.open()
    try:
        for index in range(count):  # every other frame before the conversion, the others after it
            if index % 2:
                frame = source.read(5.0)
                raw, t_s = frame.depth_raw, frame.t_s
                told["converted"] += np.array_equal(raw, table[disparity(index)])
                told["writable"] += raw.flags.writeable
            else:
                t_s, raw = source.read_disparity(5.0)
                told["exact"] += np.array_equal(raw, disparity(index))
            stamps.append(t_s)
        source.read(5.0)
    except Disconnected as error:
        told["message"] = str(error)
    source.close()
    source.close()
    source.open()  # it may be opened again
    source.close()
    camera = info.intrinsics
    told |= {"name": info.name, "live": info.live, "note": info.note, "unit": info.depth_unit_mm}
    told |= {"size": [camera.width, camera.height], "focal_px": camera.fx, "stamps": stamps}
    return {key: int(v) if isinstance(v, np.integer) else v for key, v in told.items()}


if __name__ == "__main__":
    faulthandler.dump_traceback_later(50, exit=True)
    told = main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    print("\n" + json.dumps(told))
