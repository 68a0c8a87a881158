"""Measure the networks, and make frames to measure them on: `python -m app.evaluation COMMAND`.

Each command is a module with `add_arguments(parser)` and `run(args) -> int`.
"""

from __future__ import annotations

import importlib
import sys

from app.command_line import OneLineParser, exit_code_of

COMMANDS = {
    "frames": "joint errors on annotated depth frames",
    "render": "make annotated frames, rendered",
    "refinement": "gain and cost of test-time refinement",
    "handedness": "how often the hand's side is told right",
    "prior": "whether draws and midpoints of the latent space are hands",
    "radii": "fit the radii of the capsules that refinement fits to what is seen",
    "residual": "how well synthesised maps explain a recording without labels",
    "realism": "what the scores of the latent explorer tell apart",
    "synthesis": "how good synthesised pictures are, and whether a pose comes back from them",
    "dataset": "joint errors of a network on NYU, ICVL or MSRA",
    "predictions": "compare published predictions with their ground truth",
    "fractions": "error against the share of labels, beside the published curve",
    "walk": "picture strips of the line between two hands: depth and skeleton",
}
PLACES = {name: f"public.{name}" for name in ("dataset", "predictions", "fractions")}
PROGRAM = "python -m app.evaluation"


def main(arguments: list[str] | None = None) -> int:
    """Entry point. Only the command that is asked for is imported."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = OneLineParser(
        prog=PROGRAM, description=__doc__.split(":")[0] + ".", add_help=not _names(given)
    )
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        chosen = choices.add_parser(name, help=text, description=text)
        if given[:1] == [name]:
            module = importlib.import_module(f"app.evaluation.{PLACES.get(name, name)}")
            module.add_arguments(chosen)
    args = parser.parse_args(given)
    return exit_code_of(PROGRAM, lambda: module.run(args))


def _names(given: list[str]) -> bool:
    return bool(given) and given[0] in COMMANDS


if __name__ == "__main__":
    sys.exit(main())
