"""Shared by all tests: no display needed, no user settings touched,
no dialog that waits for somebody."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt
_HOME = tempfile.TemporaryDirectory(prefix="crossing-nets-tests-")
os.environ["XDG_CONFIG_HOME"] = _HOME.name
