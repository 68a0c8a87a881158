"""Crossing Nets Live: depth camera or recording in, hand skeleton and synthesised depth out.

The command line is parsed before anything heavy is imported. This is the only file that knows both
`app` and `widgets`. Exit codes: 0 done, 2 bad arguments, 3 source cannot be read, 4 weights bad, 5
source ended early, 6 output cannot be written, 130 interrupted; each with one line on stderr.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from app.address import OutletConfig, parse_address
from app.command_line import OneLineParser, exit_code_of
from app.config import (
    HAND_CHOICES,
    ConfigError,
    EstimatorConfig,
    Options,
    PlaybackConfig,
    load_config,
)
from app.memory import give_memory_back

INSTALLED = "crossing-nets-live"  # the command that a wheel brings
PROGRAM = INSTALLED if Path(sys.argv[0]).stem == INSTALLED else "main.py"
SOURCES = """\
SOURCE is one of
{sources}

exit codes: 0 done, 2 bad arguments, 3 source cannot be opened, 4 weights bad,
            5 source ended early (what was read is kept), 6 output cannot be written"""


class SourceParser(OneLineParser):
    """Its help names every source; the back ends are asked only when help is wanted."""

    def format_help(self) -> str:
        from app.capture.registry import describe_sources

        self.epilog = SOURCES.format(sources=describe_sources())
        return super().format_help()


def make_parser() -> argparse.ArgumentParser:
    """The arguments of the program.

    Values not given stay None, so that a configuration file can fill them.
    """
    parser = SourceParser(
        prog=PROGRAM, description=__doc__.splitlines()[0],
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument(
        "source", nargs="?", metavar="SOURCE", help="where the depth comes from, see below"
    )
    parser.add_argument(
        "--headless", action="store_true", help="no window: every frame in order, none dropped"
    )
    parser.add_argument("--frames", type=int, metavar="N", help="stop after N frames")
    parser.add_argument("--start-at", type=float, metavar="S", help="seconds into the recording")
    parser.add_argument("--speed", type=float, metavar="X", help="times real time (window only)")
    parser.add_argument("--loop", action="store_true", default=None, help="start again at the end")
    _add_estimator_options(parser)
    _add_output_options(parser)
    parser.add_argument("--config", type=Path, metavar="FILE", help="defaults from a TOML file")
    parser.add_argument(
        "--list-sensors", action="store_true", help="list every back end and say why not"
    )
    return parser


def _add_estimator_options(parser: argparse.ArgumentParser) -> None:
    """How a frame becomes a hand."""
    parser.add_argument(
        "--hand", choices=HAND_CHOICES, help="which hand; auto decides by synthesis"
    )
    parser.add_argument("--weights", metavar="FILE", help=".safetensors; default: the shipped ones")
    parser.add_argument(
        "--threads", type=int, metavar="N", help="threads of the network (default 1)"
    )
    parser.add_argument(
        "--refine", type=int, metavar="N", help="steps of refinement of each frame (default 0: off)"
    )


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    """Where joints, timing and recordings go."""
    parser.add_argument(
        "--joints", type=Path, metavar="FILE",
        help="write joints to FILE.csv, .json, .npz or .bvh",
    )  # fmt: skip
    parser.add_argument("--stats", type=Path, metavar="FILE", help="write timing to FILE.json")
    parser.add_argument(
        "--record", type=Path, metavar="FILE",
        help="record the source to FILE.bag, its joints beside it to FILE.joints.csv",
    )  # fmt: skip
    parser.add_argument(
        "--repair", type=Path, metavar="FILE",
        help="make a .bag whole whose recorder was killed, and do nothing else",
    )  # fmt: skip
    parser.add_argument(
        "--osc", metavar="[HOST:]PORT", help="send joints there by OSC; without HOST: this computer"
    )
    parser.add_argument(
        "--websocket", metavar="[HOST:]PORT", help="let WebSocket clients connect there for joints"
    )


def parse_options(arguments: list[str]) -> Options:
    """Command line -> validated Options.

    Exits with 2 on unknown arguments, raises ConfigError on bad values.
    """
    given = make_parser().parse_args(arguments)
    estimator, playback = (
        load_config(given.config) if given.config else (EstimatorConfig(), PlaybackConfig())
    )
    estimator = _override(
        estimator, hand=given.hand, weights=given.weights, threads=given.threads,
        refine=given.refine,
    )  # fmt: skip
    playback = _override(playback, start_at_s=given.start_at, speed=given.speed, loop=given.loop)
    outlet = OutletConfig(
        **{
            name: parse_address(text)
            for name in ("osc", "websocket")
            if (text := getattr(given, name)) is not None
        }
    )
    if not given.headless and (given.joints or given.stats):
        raise ConfigError("--joints and --stats need --headless")
    return Options(
        source=given.source, headless=given.headless, frames=given.frames, joints=given.joints,
        stats=given.stats, record=given.record, repair=given.repair,
        list_sensors=given.list_sensors, estimator=estimator, playback=playback, outlet=outlet,
    )  # fmt: skip


def _override(config, **values):
    return replace(config, **{name: value for name, value in values.items() if value is not None})


def run(options: Options) -> int:
    """Do what was asked; returns the exit code. Raises AppError."""
    give_memory_back()
    if options.repair is not None:
        from app.capture.recorder.repair import repair

        print(repair(options.repair))
        return 0
    if options.list_sensors:
        from app.headless import print_sensors

        return print_sensors()
    if options.headless:
        from app.headless import run_headless

        return run_headless(options)
    from widgets.display import choose_display

    choose_display()
    from widgets.main_window import run_window

    return run_window(options)


def main(arguments: list[str] | None = None) -> int:
    """Entry point: every error becomes one line on stderr and an exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    return exit_code_of(PROGRAM, lambda: run(parse_options(given)))


if __name__ == "__main__":
    sys.exit(main())
