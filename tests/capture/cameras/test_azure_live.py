"""Azure Kinect, live: the source on a stand-in for pyk4a, and on the real one without a device.

The real one runs in the environment that carries its numpy (`full`).
"""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from app.capture.cameras import azure_live
from app.capture.cameras.azure_live import AzureSource, load_library
from app.errors import BackendMissing, CaptureError, Disconnected, SourceNotFound
from tests.capture.conftest import LIMIT_S, ROOT

MATRIX = np.array([[504.6, 0, 332.8], [0, 504.7, 348.8], [0, 0, 1]])
LENS = np.array([0.548, -0.021, 2e-5, -7e-5, -0.0027, 0.89, 0.086, -0.0139])


class K4AException(Exception):
    """As pyk4a's own: without a word."""


class K4ATimeoutException(K4AException):
    """As pyk4a's own."""


def stand_in(captures, devices=1, fails=False):
    """A module like pyk4a whose device gives `captures`: arrays, None (infrared) or errors."""
    made = []

    class Device:
        serial = "000123"
        calibration = SimpleNamespace(
            get_camera_matrix=lambda camera: MATRIX,
            get_distortion_coefficients=lambda camera: LENS,
        )

        def __init__(self, config):
            self.config, self.given, self.stopped = config, list(captures), 0
            made.append(self)

        def start(self):
            if fails:
                raise K4AException

        def stop(self):
            self.stopped += 1

        def get_capture(self, timeout):
            if not self.given:
                raise K4ATimeoutException
            number = len(captures) - len(self.given)
            depth = self.given.pop(0)
            if isinstance(depth, Exception):
                raise depth
            return SimpleNamespace(depth=depth, depth_timestamp_usec=33_333 * number)

    return SimpleNamespace(
        PyK4A=Device, Config=lambda **values: values, made=made,
        connected_device_count=lambda: devices, K4AException=K4AException,
        K4ATimeoutException=K4ATimeoutException, ColorResolution=SimpleNamespace(OFF=0),
        DepthMode=SimpleNamespace(NFOV_UNBINNED=2), FPS=SimpleNamespace(FPS_30=2),
        CalibrationType=SimpleNamespace(DEPTH=0),
    )  # fmt: skip


@pytest.fixture
def use(monkeypatch):
    def install(*arguments, **options):
        library = stand_in(*arguments, **options)
        monkeypatch.setattr(azure_live, "load_library", lambda: library)
        return library

    return install


def test_depth_arrives_as_it_was_with_the_devices_own_lens(use):
    depth = np.arange(640 * 576, dtype=np.uint16).reshape(576, 640)
    library = use([None, depth, depth + 1])
    with AzureSource() as source:
        info = source.open()
        first, second = source.read(), source.read()
        assert source.read(0.01) is None
    assert np.array_equal(first.depth_raw, depth)
    assert np.array_equal(second.depth_raw, depth + 1)
    assert not first.depth_raw.flags.writeable
    assert not np.shares_memory(first.depth_raw, depth)
    assert (info.serial, info.depth_unit_mm, info.live) == ("000123", 1.0, True)
    assert (info.intrinsics.fx, info.intrinsics.cy) == (504.6, 348.8)
    assert info.intrinsics.distorted
    assert all(device.stopped == 1 for device in library.made)


def test_silence_and_errors_are_a_camera_that_has_gone(use, monkeypatch):
    use([K4AException()])
    with AzureSource() as source, pytest.raises(Disconnected, match="failed"):
        source.read()
    use([])
    monkeypatch.setattr(azure_live, "START_S", 0.05)
    with AzureSource() as source, pytest.raises(Disconnected, match="stopped sending"):
        source.read(5.0)


def test_no_device_and_one_that_does_not_start(use):
    use([], devices=0)
    with pytest.raises(SourceNotFound, match="no Azure Kinect answers"):
        AzureSource().open()
    use([], fails=True)
    with pytest.raises(CaptureError, match="does not start: another program may have it"):
        AzureSource().open()
    with pytest.raises(CaptureError, match="not open"):
        AzureSource().read()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModuleNotFoundError("No module named 'pyk4a'"), "not installed"),
        (ImportError("numpy.core.multiarray failed to import"), "does not work with numpy"),
        (AttributeError("_ARRAY_API not found"), "does not work with numpy"),
    ],
)
def test_a_missing_library_and_the_wrong_numpy_are_named(monkeypatch, error, words):
    def refuse(name, *arguments, **options):
        if name == "pyk4a":
            raise error
        return original(name, *arguments, **options)

    original = __import__
    monkeypatch.delitem(sys.modules, "pyk4a", raising=False)
    monkeypatch.setattr("builtins.__import__", refuse)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("sys.platform", "linux")
    with monkeypatch.context() as patch:
        patch.setattr(np, "__version__", "2.4.0")
        with pytest.raises(BackendMissing, match=words):
            load_library()
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    with pytest.raises(BackendMissing, match="x86-64 only"):
        load_library()


PROBE = """
from app.capture.cameras.azure_live import AzureSource, find_azure
from app.errors import SourceNotFound
assert find_azure() is False
try:
    AzureSource().open()
except SourceNotFound as error:
    print(error)
"""


@pytest.mark.full
def test_the_real_library_says_that_there_is_no_device(azure_python):
    done = subprocess.run(
        [azure_python, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "no Azure Kinect answers" in done.stdout
