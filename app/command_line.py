"""What all commands have in common: errors of one line, exit codes, a quiet end on Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from app.errors import AppError
from app.extras import missing_extra

INTERRUPTED = 130


class OneLineParser(argparse.ArgumentParser):
    """argparse, with errors of one line instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def exit_code_of(program: str, command: Callable[[], int]) -> int:
    """Run `command`; an AppError becomes one line on stderr and its exit code.

    So does the want of a package that an extra brings: ExtraMissing.
    """
    try:
        return command()
    except AppError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return error.exit_code
    except ImportError as error:
        missing = missing_extra(error)
        if missing is None:
            raise
        print(f"{program}: {missing}", file=sys.stderr)
        return missing.exit_code
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output, `head` for instance, has gone
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # stdout is flushed on the way out
        return 0


@contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C or a polite kill sets, so that a row is never cut in half.

    A second Ctrl-C interrupts.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(number: int, _: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
