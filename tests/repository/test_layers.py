"""Who may import whom. Every import counts, those inside functions too."""

from __future__ import annotations

import pytest

from tests.repository.imports import imported_modules
from tests.repository.tree import ROOT, module_name, python_files

# A part imports itself and the layers above it in this list, never a neighbour in its own layer.
# The first layer is one part: the values and small services that everything shares.
LAYERS: tuple[tuple[str, ...], ...] = (
    (
        *("address", "command_line", "config", "cv", "errors", "extras", "frames", "geometry"),
        *("jit", "memory", "mixture", "onnx_session", "outputs", "png", "resources", "skeleton"),
        *("version", "zstd"),
    ),
    ("threads", "export", "hand", "latent"),
    ("synthetic",),
    ("capture", "segmentation", "model", "data"),
    ("engine",),
    ("inference",),
    ("explore", "outlet"),
    ("training", "evaluation", "benchmark", "soak", "headless", "session"),
    ("analysis", "api"),
)
LAYER_OF = {part: k for k, parts in enumerate(LAYERS) for part in parts}
# The same inside `app.capture`, but that modules of one floor may import each other.
CAPTURE_FLOORS: tuple[tuple[str, ...], ...] = (
    ("backend", "base", "camera_presets", "controls", "forward", "frame_check", "lens", "usb"),
    ("cameras", "recordings", "demo", "demo_hand"),
    ("recorder",),
    ("pace", "player", "player_state", "reconnect", "registry", "sensors", "source_thread"),
)
CAPTURE_FLOOR_OF = {part: k for k, parts in enumerate(CAPTURE_FLOORS) for part in parts}
# And inside `app.training`: what is not named here stands on top of these.
TRAINING_FLOORS: tuple[tuple[str, ...], ...] = (
    (
        *("average", "batch_norm", "board", "config", "journal", "labelled_joints", "latents"),
        *("losses", "machine", "process_group", "samples", "validation"),
    ),
    ("stages",),
)
TRAINING_FLOOR_OF = {part: k for k, parts in enumerate(TRAINING_FLOORS) for part in parts}
WINDOW = ("PySide6", "shiboken6", "pyqtgraph", "vtk", "vtkmodules", "widgets", "main")
# The only modules that may import these packages; what builds the assets is no part of the rig.
RESERVED = {
    "app.hand.build": ("app.hand.build",),
    "cv2": ("app.cv",),
    "pyk4a": ("app.capture.cameras.azure_live",),
    "pyrealsense2": ("app.capture",),
    "rosbags": ("app.capture",),
    "torch": ("app.model", "app.training", "app.engine.reference"),
}
SOURCES = python_files("app", "widgets", "")


# A run without training: importing these must not load what only an extra installs; torch alone
# takes seconds.
EXTRAS = ("torch", "onnx", "matplotlib", "scipy", "tensorboardX", "rosbags")
LIVE = ("main", "widgets", "app.headless", "app.capture", "app.segmentation", "app.hand")
LIVE += ("app.engine", "app.inference", "app.latent", "app.explore", "app.export", "app.outlet")
LIVE += ("app.session", "app.analysis", "app.api")
REFERENCE = "app.engine.reference"


def is_within(module: str, part: str) -> bool:
    return module == part or module.startswith(part + ".")


def part_of(module: str) -> str | None:
    """app.hand.asset -> hand; None for what is not a part of app."""
    names = module.split(".")
    return names[1] if names[0] == "app" and len(names) > 1 else None


def broken_rules(module: str, imported: set[str]) -> list[str]:
    """One line for each import of `module` that it must not have."""
    problems = []
    for name in sorted(imported):
        if module.startswith("app"):
            problems += _upward(module, name)
            if any(is_within(name, part) for part in WINDOW):
                problems.append(f"{module} imports {name}, which belongs to the window")
        if module.startswith("widgets") and is_within(name, "main"):
            problems.append(f"{module} imports {name}")
        for package, owners in RESERVED.items():
            if is_within(name, package) and not any(is_within(module, o) for o in owners):
                problems.append(f"{module} imports {name}; only {', '.join(owners)} may")
    return problems


def _upward(module: str, name: str) -> list[str]:
    here, there = part_of(module), part_of(name)
    if here == there == "capture":
        return _upward_in_capture(module, name)
    if here == there == "training":
        return _upward_in_training(module, name)
    if here is None or there not in LAYER_OF or here == there:
        return []
    lower = LAYER_OF[there] < LAYER_OF[here] or LAYER_OF[there] == LAYER_OF[here] == 0
    return [] if lower else [f"{module} imports {name}, which is not below it"]


def _upward_in_capture(module: str, name: str) -> list[str]:
    """Cameras and recordings know neither each other nor who lists, plays or records them."""
    here, there = (parts[2] if len(parts := n.split(".")) > 2 else "" for n in (module, name))
    if here == there or here not in CAPTURE_FLOOR_OF or there not in CAPTURE_FLOOR_OF:
        return []
    apart = {here, there} == {"cameras", "recordings"}
    above = CAPTURE_FLOOR_OF[there] > CAPTURE_FLOOR_OF[here]
    return [f"{module} imports {name}, which is not below it"] if above or apart else []


def _upward_in_training(module: str, name: str) -> list[str]:
    """What all stages share knows no stage, and no stage knows a run, the loop or a command."""
    top = len(TRAINING_FLOORS)
    here, there = (TRAINING_FLOOR_OF.get(n.split(".")[2], top) for n in (module, name))
    return [f"{module} imports {name}, which is not below it"] if there > here else []


def test_every_part_of_capture_has_its_floor():
    names = [module_name(path).split(".") for path in python_files("app/capture")]
    assert {name[2] for name in names if len(name) > 2} == CAPTURE_FLOOR_OF.keys()


def test_every_part_of_app_has_its_layer():
    unknown = {part_of(module_name(path)) for path in python_files("app")} - {None, *LAYER_OF}
    assert not unknown, "add these to LAYERS where they belong"


def test_there_is_something_to_check():
    assert {"app.frames", "app.hand"} <= {module_name(path) for path in SOURCES}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_layer_may(path):
    module = module_name(path)
    imported = imported_modules(path.read_text("utf-8"), module, path.name == "__init__.py")
    assert broken_rules(module, imported) == []


def modules_at_once() -> dict[str, set[str]]:
    """For each of our modules what importing it imports, the packages that hold those included."""
    found = {}
    for path in SOURCES:
        name, package = module_name(path), path.name == "__init__.py"
        names = imported_modules(path.read_text("utf-8"), name, package, at_once=True)
        parts = [n.split(".") for n in names]
        found[name] = {".".join(p[:k]) for p in parts for k in range(1, len(p) + 1)}
    return found


def loads(module: str, package: str, modules: dict[str, set[str]]) -> bool:
    """Does importing `module` import `package`, however many modules lie between?"""
    seen, ahead = set(), {module}
    while ahead:
        seen |= ahead
        ahead = set().union(*(modules.get(name, ()) for name in ahead)) - seen
    return package in seen


@pytest.mark.parametrize("package", EXTRAS)
def test_a_live_run_does_not_load_an_extra(package):
    modules = modules_at_once()
    live = [m for m in modules if any(is_within(m, part) for part in LIVE)]
    live = [m for m in live if not is_within(m, REFERENCE)]
    assert len(live) > 20
    assert [m for m in live if loads(m, package, modules)] == []


def test_a_distant_import_is_seen():
    modules = {"a": {"b"}, "b": {"a", "torch", "torch.nn"}, "c": {"numpy"}}
    assert loads("a", "torch", modules)
    assert not loads("c", "torch", modules)
    lazy = "def f():\n    import torch\nclass C:\n    import numpy"
    assert imported_modules(lazy, "a", at_once=True) == {"numpy"}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app.hand.asset", "from app.capture.base import StreamInfo"),
        ("app.training.losses", "from app.training.stages.stage import Stage"),
        ("app.training.samples.changes", "from app.training.run import Run"),
        ("app.training.stages.stage", "def f():\n    from app.training.loop import Loop"),
        ("app.hand.asset", "from ..capture import base"),
        ("app.frames", "def f():\n    import app.hand"),
        ("app.capture.base", "from app import segmentation"),
        ("app.engine.engine", "import torch"),
        ("app.engine.engine", "import importlib\nimportlib.import_module('app.training.loop')"),
        ("app.engine.engine", "from PySide6.QtCore import QObject"),
        ("app.evaluation.report", "import widgets"),
        ("app.headless", "import main"),
        ("app.capture.cameras.usb3", "from app.capture.registry import open_source"),
        ("app.capture.recordings.npz", "from app.capture.cameras import kinect1"),
        ("app.capture.base", "from app.capture.recordings import npz"),
        ("app.capture.recordings.images", "import cv2"),
        ("widgets.playback.transport", "from main import start"),
        ("widgets.explorer.latent_panel", "import torch.nn"),
    ],
)
def test_a_forbidden_import_is_seen(module, source):
    assert broken_rules(module, imported_modules(source, module)) != []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app.hand.asset", "from app.frames import Intrinsics\nfrom . import raster"),
        ("app.training.loop", "import torch\nfrom app.inference import engine"),
        ("app.training.run", "from app.training.stages.stage import Stage"),
        ("app.training.stages.stage", "from app.training.losses import mean_of"),
        ("app.capture.recordings.images", "from app.cv import cv2"),
        ("widgets.playback.transport", "import vtk\nfrom app.capture import player"),
        ("main", "from widgets import main_window\nfrom app import headless"),
        ("app.capture.recorder.repair", "from app.capture.recordings import rosbag"),
    ],
)
def test_an_allowed_import_passes(module, source):
    assert broken_rules(module, imported_modules(source, module)) == []
