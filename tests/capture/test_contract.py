"""One contract for every source: those of the registry, and one that is made up here."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from app.capture import registry
from app.capture.backend import Request
from app.capture.base import EndOfStream
from app.capture.cameras import azure_live
from app.headless import print_sensors
from tests.capture.cameras.test_azure_live import stand_in
from tests.capture.conftest import ROOT
from tests.capture.contract import CHECKS, Specimen, hold_to
from tests.capture.made_up import BACKEND, MAGIC, MadeUpSource
from tests.capture.specimens import APART, IN_PROCESS, LIMIT_S, of_file

OPENABLE = [backend for backend in registry.BACKENDS if backend.open is not None]


@pytest.fixture
def azure(monkeypatch):
    """pyk4a's stand-in; each device that is opened gives the same captures."""
    depth = np.arange(640 * 576, dtype=np.uint16).reshape(576, 640)
    library = stand_in([depth + k for k in range(8)])
    monkeypatch.setattr(azure_live, "load_library", lambda: library)
    monkeypatch.setattr(azure_live, "check_permission", lambda model, hint: None)

    def without_device():
        monkeypatch.setattr(azure_live, "load_library", lambda: stand_in([], devices=0))
        return azure_live.AzureSource()

    return Specimen(azure_live.AzureSource, without_device)


@pytest.fixture(scope="module")
def specimens(tmp_path_factory):
    made = {}

    def make(name):
        if name not in made:
            made[name] = IN_PROCESS[name](tmp_path_factory.mktemp("specimen"))
        return made[name]

    return make


def test_every_source_has_a_specimen():
    covered = {*IN_PROCESS, *(b.name for b in OPENABLE if b.word in (*APART, "azure"))}
    assert {backend.name for backend in OPENABLE} == covered


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", IN_PROCESS)
def test_every_recording_and_the_demo_keep_the_contract(specimens, name, check):
    hold_to(specimens(name), [check])


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_azure_kinect_keeps_the_contract(azure, check):
    hold_to(azure, [check])


@pytest.mark.parametrize("word", APART)
def test_cameras_whose_library_needs_a_process_keep_the_contract(tmp_path, word):
    command = [sys.executable, "-m", "tests.capture.specimens", word, tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S + 10)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "kept" in done.stdout


class Writable(MadeUpSource):
    def read(self, timeout_s=0.2):
        frame = super().read(timeout_s)
        return replace(frame, depth_raw=frame.depth_raw.copy())


class Late(MadeUpSource):
    def read(self, timeout_s=0.2):
        return replace(super().read(timeout_s), t_host_s=0.0)


class Unmoved(MadeUpSource):
    def seek(self, index):
        self._at = max(self._at, index)


class Resuming(MadeUpSource):
    def open(self):
        at = self._at
        info = super().open()
        self._at = at
        return info


class Foreign(MadeUpSource):
    def open(self):
        if self._request.path.name:
            raise OSError(5, "disk")
        return super().open()


@pytest.mark.parametrize("kind", [Writable, Late, Unmoved, Resuming, Foreign])
def test_a_source_that_breaks_the_contract_is_found(kind, tmp_path):
    broken = Specimen(lambda: kind(Request()), lambda: kind(Request(path=tmp_path)))
    with pytest.raises((AssertionError, OSError, EndOfStream)):
        hold_to(broken)


@pytest.fixture
def made_up():
    remove = registry.register(BACKEND)
    yield BACKEND
    remove()


def test_a_new_source_is_one_file_and_one_registration(made_up, tmp_path, capsys):
    print_sensors()
    assert "made-up camera" in capsys.readouterr().out
    assert "madeup[:FRAMES]" in registry.describe_sources()
    assert "*.made" in registry.file_patterns()
    path = tmp_path / "a.bag"
    path.write_bytes(MAGIC + bytes([9]))
    for spec, frames in (("madeup", 6), ("madeup:3", 3), (str(path), 9)):
        source = registry.open_source(spec)
        assert isinstance(source, MadeUpSource)
        assert source.open().n_frames == frames
    bad = tmp_path / "b.bag"
    bad.write_bytes(MAGIC)
    hold_to(of_file(path, bad))
    hold_to(Specimen(lambda: registry.open_source("madeup")))


def test_what_was_registered_can_go_again(made_up):
    with pytest.raises(ValueError, match="already"):
        registry.register(made_up)
    assert registry.named_by("madeup") is made_up


def test_without_it_its_word_is_a_file_that_is_not_there():
    assert registry.named_by("madeup") is None
    assert "madeup" not in registry.describe_sources()
