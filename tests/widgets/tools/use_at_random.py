"""Script: random use of a window on fakes, SEED ACTIONS.

It is a process of its own, so that nothing counts but what it does itself. Prints and returns as
`widgets.tools.soak` does.
"""

import faulthandler
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from app.config import Options
from app.memory import give_memory_back
from app.session import Session
from tests.widgets import fakes
from widgets.tools.soak import Soak, make_application, tell

SPECS = ("demo", "camera", "bad", "hand.npz")


def main(seed: int, actions: int) -> int:
    """Use it; returns the exit code."""
    faulthandler.enable()
    give_memory_back()
    make_session = partial(
        Session, find=fakes.find_fake, build=fakes.FakePipeline,
        read_space=lambda _: fakes.make_space(),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        _application = make_application()
        soak = Soak(Options(source="demo"), Path(folder), seed, SPECS, make_session)
        return tell(soak.use_times(actions))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
