"""Command line of the training: `python -m app.training --help`."""

from __future__ import annotations

import sys

from app.command_line import exit_code_of
from app.training.config import TrainingConfig
from app.training.options import config_of, make_parser


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    p = make_parser()
    a = p.parse_args(arguments)
    config = config_of(p, a)
    return exit_code_of(p.prog, lambda: train(config, a.export, a.quiet))


def train(config: TrainingConfig, export: bool, quiet: bool) -> int:
    """A run from its beginning or where it was, or what a finished one exports. Raises AppError."""
    from app.training.run import Run

    with Run(config, quiet=quiet) as run:
        if export:
            run.reopen()
        else:
            run.start()
    return 0


if __name__ == "__main__":
    sys.exit(main())
