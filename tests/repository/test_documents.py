"""Links, pictures and commands that the documents name exist."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from tests.repository.tree import ROOT, text_files

DOCUMENTS = [path for path in text_files() if path.suffix == ".md"]
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
MODULE = re.compile(r"python -m ((?:app|widgets)(?:\.\w+)+)")
PLACE = re.compile(r"`((?:app|widgets|tests|scripts|docs|weights|samples)(?:/[\w.*-]+)*/?)`")


def relative(path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def dead_links(path) -> list[str]:
    text = path.read_text("utf-8")
    dead = []
    for match in LINK.finditer(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        target = match[1] or match[2]
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        if not leads_somewhere(path.parent / name if name else path, anchor):
            dead.append(target)
    return dead


def leads_somewhere(there, anchor: str) -> bool:
    if not there.exists():
        return False
    return not anchor or there.suffix != ".md" or anchor in anchors(there.read_text("utf-8"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_link_leads_somewhere(path):
    assert dead_links(path) == []


def test_a_dead_link_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](gone.md) [b](#one-two) [c](#three) [d](page.md#one-two)")
    assert dead_links(page) == ["gone.md", "#three"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_module_named_exists(path):
    for module in MODULE.findall(path.read_text("utf-8")):
        place = ROOT.joinpath(*module.split("."))
        assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), module


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_place_named_exists(path):
    """Files and folders in backticks; of a pattern such as tests/data/*.json one at least."""
    for place in PLACE.findall(path.read_text("utf-8")):
        assert list(ROOT.glob(place.rstrip("/"))), place


def test_places_are_seen():
    text = "`app/cv.py` `app/hand` `widgets/parts/` `tests/data/*.json` app/none `python app/x.py`"
    assert PLACE.findall(text) == ["app/cv.py", "app/hand", "widgets/parts/", "tests/data/*.json"]


def test_the_options_in_the_readme_are_those_of_the_program():
    """The table "Command line" of README.md names the options that --help names."""
    section = (ROOT / "README.md").read_text("utf-8").split("## Command line")[1].split("\n## ")[0]
    table = "\n".join(line for line in section.splitlines() if line.startswith("|"))
    command = [sys.executable, str(ROOT / "main.py"), "--help"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    option = r"(?<![\w-])--[a-z][a-z-]+"
    assert set(re.findall(option, table)) == set(re.findall(option, told)) - {"--help"}


def test_the_keys_in_the_readme_are_those_of_the_window():
    from widgets.menus import TABLE

    section = (ROOT / "README.md").read_text("utf-8").split("## Keys")[1].split("\n## ")[0]
    told = set(re.findall(r"`([^`]+)`", section)) - {"Ctrl"}
    assert told == {entry.key for entry in TABLE if entry.key}


def test_the_version_is_said_once():
    from app.version import VERSION

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
