"""Script: the window gets signal NUMBER in the middle of a paint; prints from where it is closed.

It is a process of its own, because the handlers of signals are the whole process's.
"""

import os
import signal
import sys
from functools import partial

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from app.config import Options
from app.session import Session
from tests.widgets import fakes
from widgets import main_window
from widgets.views.depth_view import DepthView

painting: list[bool] = []  # one entry while a picture is being painted
paint = DepthView.paintEvent


class Window(main_window.MainWindow):
    """On fakes, and it tells when it is closed."""

    def __init__(self, options: Options):
        make_session = partial(
            Session, find=fakes.find_fake, build=fakes.FakePipeline,
            read_space=lambda _: fakes.make_space(),
        )  # fmt: skip
        super().__init__(options, make_session=make_session)

    def closeEvent(self, event) -> None:
        print("closed while painting" if painting else "closed by the event loop", flush=True)
        super().closeEvent(event)


def interrupted_paint(view: DepthView, event) -> None:
    """What the view does, with a signal before it."""
    painting.append(True)
    signal.raise_signal(int(sys.argv[1]))
    paint(view, event)
    painting.clear()


if __name__ == "__main__":
    DepthView.paintEvent = interrupted_paint
    main_window.MainWindow = Window
    sys.exit(main_window.run_window(Options(source="demo")))
