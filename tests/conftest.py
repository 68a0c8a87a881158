"""Shared by all tests: no display is needed, no user's settings are touched, no dialog waits."""

from __future__ import annotations

import os
import tempfile

import app  # noqa: F401 - switches telemetry off before anything can import ONNX Runtime

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt
_HOME = tempfile.TemporaryDirectory(prefix="crossing-nets-tests-")
os.environ["XDG_CONFIG_HOME"] = _HOME.name
