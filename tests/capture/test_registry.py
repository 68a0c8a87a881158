"""SOURCE: what the words mean, files known by content, and one clear line for everything else."""

import os
import shutil
import socket
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from app.capture import registry
from app.capture.base import BadSource
from app.capture.cameras.azure_live import AzureSource
from app.capture.cameras.kinect1 import Kinect1Source
from app.capture.cameras.realsense import RealSenseSource
from app.capture.demo import SyntheticSource
from app.capture.reconnect import ReconnectingSource
from app.capture.recordings.azure_recording import AzureRecording
from app.capture.recordings.images import PngSource
from app.capture.recordings.npz import NpzSource
from app.capture.recordings.realsense_db3 import Db3Source
from app.capture.recordings.ros.layouts import EitherLayout
from app.capture.recordings.rosbag import BagSource
from app.capture.registry import list_sensors, open_source
from app.capture.usb import PermissionMissing
from app.cv import cv2
from app.errors import BackendMissing, CaptureError, NotARecording, SourceNotFound
from tests.capture.conftest import ROOT
from tests.capture.fakes import answering
from tests.capture.recordings.db3_file import write_db3
from tests.capture.recordings.mkv_file import write_mkv


@pytest.fixture
def connect(monkeypatch):
    """Says which cameras answer: serials by word."""
    known = list(registry.BACKENDS)

    def say(**found):
        monkeypatch.setattr(registry, "BACKENDS", known)
        monkeypatch.setattr(registry, "BACKENDS", answering(**found))

    say()
    return say


def test_the_words():
    assert isinstance(open_source("demo"), SyntheticSource)
    with open_source("demo:60") as demo:
        assert demo.open().fps == 60.0
    assert isinstance(open_source("realsense"), RealSenseSource)
    assert isinstance(open_source("realsense:0123"), RealSenseSource)


def test_nothing_given_means_the_first_camera_else_the_demo(connect):
    assert isinstance(open_source(), SyntheticSource)
    connect(realsense=["0123", "42"])
    assert isinstance(open_source(), RealSenseSource)
    chosen = open_source(complete=lambda spec: f"{spec},90fps")._choice
    assert (chosen.serial, chosen.fps) == ("0123", 90)


@pytest.mark.parametrize(
    "spec", ["demo:", "demo:fast", "demo:0", "demo:1e9", "demo:nan", "", "realsense:"]
)
def test_words_written_wrongly_are_bad_arguments(spec):
    with pytest.raises(BadSource) as bad:
        open_source(spec)
    assert bad.value.exit_code == 2


def test_the_words_of_live_cameras():
    choice = open_source("realsense:0123,848x480,90fps,hand")._choice
    assert (choice.serial, choice.profile, choice.preset) == ("0123", (848, 480, 90), "hand")
    assert isinstance(open_source("kinect1"), Kinect1Source)
    assert isinstance(open_source("azure"), AzureSource)
    assert isinstance(open_source("realsense", reconnect=True), ReconnectingSource)
    assert isinstance(open_source("demo", reconnect=True), SyntheticSource)


def reader_of(source):
    """What reads a file whose container librealsense and ROS share."""
    return source._inner if isinstance(source, EitherLayout) else source


def test_content_decides_not_the_name(tmp_path, sample):
    bag = tmp_path / "really_a_bag.npz"
    shutil.copy(sample, bag)
    npz = tmp_path / "really_an_npz.bag"
    with npz.open("wb") as file:
        np.savez(file, depth_mm=np.ones((1, 4, 4), np.uint16), intrinsics=np.ones(4))
    folder = tmp_path / "folder.mkv"
    folder.mkdir()
    cv2.imwrite(str(folder / "0.png"), np.ones((4, 4), np.uint16))
    db3 = write_db3(tmp_path / "really_a_db3.bag", np.ones((1, 24, 32), np.uint16))
    mkv = write_mkv(tmp_path / "really_an_mkv.db3", np.ones((1, 288, 320), np.uint16))
    kinds = {bag: BagSource, npz: NpzSource, folder: PngSource}
    for path, kind in (kinds | {db3: Db3Source, mkv: AzureRecording}).items():
        source = open_source(str(path))
        with source:
            assert source.read().index == 0
            assert isinstance(reader_of(source), kind)


@pytest.mark.parametrize("head", [b"SQLite format 3\0", b"\x1a\x45\xdf\xa3"])
def test_a_headline_alone_is_no_recording(tmp_path, head):
    path = tmp_path / "a.bag"
    path.write_bytes(head + bytes(200))
    with pytest.raises(CaptureError) as caught:
        open_source(str(path)).open()
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


def make_missing(path):
    pass


def make_empty(path):
    path.touch()


def make_text(path):
    path.write_text("not a recording\n" * 50)


def make_noise(path):
    path.write_bytes(np.random.default_rng(0).bytes(5000))


def make_folder(path):
    path.mkdir()


def make_pipe(path):
    os.mkfifo(path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def make_symlink_loop(path):
    path.symlink_to(path)


def make_dangling_link(path):
    path.symlink_to("nowhere")


def make_headline(path):
    path.write_bytes(b"#ROSBAG V2.0\n")


def make_headline_and_noise(path):
    path.write_bytes(b"#ROSBAG V2.0\n" + np.random.default_rng(0).bytes(50_000))


def make_sqlite_headline(path):
    path.write_bytes(b"SQLite format 3\0" + np.random.default_rng(0).bytes(5000))


def make_other_database(path):
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE messages(id INTEGER PRIMARY KEY, text TEXT)")


def make_matroska_headline(path):
    path.write_bytes(b"\x1a\x45\xdf\xa3" + np.random.default_rng(0).bytes(5000))


def make_zip_headline(path):
    path.write_bytes(b"PK\x03\x04" + np.random.default_rng(0).bytes(5000))


MAKERS = [value for name, value in globals().items() if name.startswith("make_")]


@pytest.mark.parametrize("make", MAKERS)
def test_everything_else_is_one_clear_line_and_exit_code_3(tmp_path, make):
    path = tmp_path / "x.bag"
    make(path)
    with pytest.raises(CaptureError) as caught:
        open_source(str(path)).open()
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    assert "x.bag" in str(caught.value)
    if make in (make_pipe, make_socket):
        assert "not a plain file" in str(caught.value)
    missing = make in (make_missing, make_dangling_link, make_symlink_loop)
    assert isinstance(caught.value, SourceNotFound if missing else NotARecording)


@pytest.mark.parametrize("name", ["a" * 5000, "nul\0byte", "/dev/null", "/dev/zero"])
def test_names_the_system_refuses_and_devices(name):
    with pytest.raises(CaptureError) as caught:
        open_source(name).open()
    assert caught.value.exit_code == 3


def test_the_list_says_for_every_back_end_what_and_how_far(connect):
    found = {status.name: status for status in list_sensors()}
    cameras = {"RealSense": "software camera", "Kinect v1": "fakenect", "Azure Kinect": "not check"}
    for name, checked in cameras.items():
        assert not found[name].available
        assert "no camera answers" in found[name].reason
        assert checked in found[name].checked
        assert open_source(found[name].spec) is not None
    formats = {"RealSense .bag", "RealSense .db3", "Azure Kinect .mkv", ".npz", "demo"}
    formats |= {"ROS .mcap", "ROS 2 folder", ".npy", "zipped recording"}
    assert all(found[name].available for name in formats)
    for name in ("Kinect v2", "Orbbec"):
        assert not found[name].available
        assert "not supported" in found[name].reason
    assert all(status.checked and status.reason for status in found.values())
    connect(realsense=["0123"])
    with_camera = list_sensors()[0]
    assert with_camera.available
    assert "0123" in with_camera.reason


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("app.capture.cameras.realsense_device.load_library", "RealSense"),
        ("app.capture.cameras.kinect1.load_library", "Kinect v1"),
        ("app.capture.cameras.azure_live.load_library", "Azure Kinect"),
    ],
)
def test_without_the_library_the_list_says_what_to_install(monkeypatch, place, name):
    def load_library():
        raise BackendMissing("its library is not installed", "pip install it")

    monkeypatch.setattr(place, load_library)
    status = next(status for status in list_sensors() if status.name == name)
    assert not status.available
    assert "pip install it" in status.reason


def test_a_camera_that_may_not_be_opened_is_in_the_list(connect):
    def find():
        raise PermissionMissing("D435 is plugged in, but you may not open it", "copy the rules")

    connect(realsense=find)
    status = list_sensors()[0]
    assert not status.available
    assert "copy the rules" in status.reason
    assert isinstance(open_source(), SyntheticSource)


def test_nothing_given_takes_the_first_of_all_cameras(connect):
    connect(azure=[""])
    assert isinstance(open_source(), AzureSource)
    connect(azure=[""], kinect1=[""])
    assert isinstance(open_source(), Kinect1Source)
    connect(azure=[""], kinect1=[""], realsense=["0123"])
    assert isinstance(open_source(), RealSenseSource)


def test_the_readme_and_the_help_name_every_source():
    readme = (ROOT / "README.md").read_text("utf-8")
    for backend in registry.BACKENDS:
        if backend.form:
            assert f"| `{backend.form.rstrip(']')}" in readme
            assert f"  {backend.form} " in registry.describe_sources()
        else:
            assert backend.name in readme
