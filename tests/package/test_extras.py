"""Without the extras the live program works, and a command that needs one says so in one line."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from app import resources
from app.command_line import exit_code_of
from app.errors import AppError
from app.extras import EXTRA_OF, ExtraMissing, hint_for, missing_extra
from tests.package.blocking import block
from tests.repository.tree import ROOT


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Runs this Python with arguments, without the packages of any extra."""
    hidden = block(tmp_path_factory.mktemp("site"), set(EXTRA_OF))
    environment = os.environ | {"PYTHONPATH": str(hidden)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
        )

    return run


def test_the_packages_are_hidden(start):
    assert "No module named 'torch'" in start("-c", "import torch").stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("app.training", "--out", "{out}", "--steps", "1"),
        ("app.training.study", "run", "--folder", "{out}"),
        ("app.training.localise", "--folder", "{out}"),
        ("app.training.joint_gap", "--dataset", "nyu", "--groundtruth", "{out}"),
        ("app.benchmark",),
    ],
    ids=lambda arguments: " ".join(arguments[:1]),
)
def test_a_command_says_which_extra_it_needs(start, arguments, tmp_path):
    out = str(tmp_path / "out")
    done = start("-m", *(word.format(out=out) for word in arguments))
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert re.search(r"needs (torch|onnx), which is not installed", line)
    assert line.endswith('(pip install ".[training]")')


def test_help_needs_no_extra(start):
    assert start("-m", "app.training", "--help").returncode == 0


def test_a_plot_says_which_extra_it_needs(start, tmp_path):
    code = (
        "import pathlib, sys; from app.evaluation.public.figure_style import open_figure\n"
        f"with open_figure(pathlib.Path({str(tmp_path / 'a.svg')!r}), (3, 2)): pass"
    )
    assert "a plot needs matplotlib, which is not installed" in start("-c", code).stderr


def test_the_reference_engine_says_which_extra_it_needs(start):
    code = "from app.engine.load import load_engine; load_engine(None, 'torch')"
    last = start("-c", code).stderr.splitlines()[-1]
    assert "the engine torch needs torch, which is not installed" in last


def test_an_import_that_fails_for_another_reason_is_not_hidden():
    assert missing_extra(ModuleNotFoundError("no", name="app.gone")) is None
    assert missing_extra(ImportError("libtorch.so: cannot open", name="torch")) is None

    def command() -> int:
        raise ModuleNotFoundError("no", name="app.gone")

    with pytest.raises(ModuleNotFoundError):
        exit_code_of("program", command)


def test_a_submodule_counts_as_its_package():
    missing = missing_extra(ModuleNotFoundError("no", name="scipy.io"), "reading labels")
    assert isinstance(missing, ExtraMissing)
    assert isinstance(missing, AppError)
    assert str(missing).startswith("reading labels needs scipy, ")


def test_an_installed_program_names_its_distribution(monkeypatch):
    monkeypatch.setattr(resources, "is_checkout", lambda: False)
    assert hint_for("training") == 'pip install "crossing-nets-live[training]"'
