"""Everything the program reads is in the wheel, and nothing else."""

from __future__ import annotations

import email
import zipfile

import pytest

from tests.repository.test_dependencies import normal
from tests.repository.tree import ROOT

CARRIED = {"weights": "app/weights", "samples": "app/samples", "docs": "app/docs"}
LEFT_OUT = ("docs/screenshots/",)  # the README's, which is not in the wheel either


def expected() -> set[str]:
    """Where each file of this checkout that belongs into the wheel lies there."""
    places = {"app": "app", "widgets": "widgets", **CARRIED}
    found = {"main.py"}
    for folder, place in places.items():
        for path in (ROOT / folder).rglob("*"):
            name = path.relative_to(ROOT).as_posix()
            ours = path.is_file() and "__pycache__" not in path.parts
            if ours and not name.startswith(LEFT_OUT):
                found.add(place + name.removeprefix(folder))
    return found


@pytest.fixture(scope="module")
def archive(wheel):
    with zipfile.ZipFile(wheel) as opened:
        yield opened


@pytest.fixture(scope="module")
def metadata(archive):
    (name,) = [n for n in archive.namelist() if n.endswith("/METADATA")]
    return email.message_from_bytes(archive.read(name))


def test_the_wheel_holds_what_the_program_reads_and_nothing_else(archive):
    names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == expected()


def test_what_must_never_be_missing_is_named(archive):
    assert {
        "app/weights/live.safetensors",
        "app/weights/live.estimate.onnx",
        "app/weights/localiser.onnx",
        "app/samples/sr305_hand.bag",
        "app/docs/sensors.md",
        "app/hand/assets/hand_cc0.npz",
        "app/synthetic/scenes/assets/body_cc0.npz",
        "widgets/parts/icons/app.svg",
    } <= set(archive.namelist())


def test_licence_and_notices_are_inside(archive):
    names = [name.rpartition("/")[2] for name in archive.namelist() if "/licenses/" in name]
    assert sorted(names) == ["LICENSE", "NOTICE"]


def test_the_program_is_a_command(archive):
    (name,) = [n for n in archive.namelist() if n.endswith("/entry_points.txt")]
    assert "crossing-nets-live = main:main" in archive.read(name).decode()


def test_the_live_program_asks_for_no_extra(metadata):
    live = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    extra = [line for line in metadata.get_all("Requires-Dist") if "extra ==" in line]
    assert "numpy" in {normal(line) for line in live}
    wanted = {"torch", "onnx", "matplotlib", "scipy", "tensorboardx"}
    assert wanted <= {normal(line) for line in extra}
    assert not wanted & {normal(line) for line in live}
    assert metadata["Requires-Python"] == "<3.15,>=3.11"
