"""From the SOURCE of the command line to a source of frames; and what every back end can do here.

A file is recognised by its content, never by its name. A new kind of source is one file with its
`Backend`, and one line in `BACKENDS`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.capture import demo, sensors
from app.capture.backend import Backend, BackendStatus, Request
from app.capture.base import BadSource, DepthSource, read_head
from app.capture.cameras import azure_live, kinect1, realsense, unsupported
from app.capture.reconnect import ReconnectingSource
from app.capture.recordings import azure_recording, images, npz, packed, realsense_db3, rosbag
from app.capture.recordings.foreign import describe_foreign
from app.capture.recordings.ros import folder as ros
from app.capture.sensors import InUse
from app.capture.usb import UsbDevice
from app.errors import NotARecording

HEAD_BYTES = 64  # of a file, for its signature
PACKED = packed.backend(lambda request: _open_path(request, inside=True))
# In this order they are listed, looked for and asked whether a file is theirs.
BACKENDS: list[Backend] = [
    realsense.BACKEND,
    kinect1.BACKEND,
    azure_live.BACKEND,
    *unsupported.BACKENDS,
    rosbag.BACKEND,
    realsense_db3.BACKEND,
    azure_recording.BACKEND,
    ros.MCAP,
    PACKED,
    npz.BACKEND,
    npz.NPY,
    ros.FOLDER,
    images.BACKEND,
    demo.BACKEND,
]


def register(backend: Backend) -> Callable[[], None]:
    """Add a kind of source to this process; what is returned takes it out again.

    Raises ValueError for a name or a word that another one has, and for one that nothing opens.
    """
    if any(backend.name == b.name or (b.word and backend.word == b.word) for b in BACKENDS):
        raise ValueError(f"there is a source called {backend.name!r} or {backend.word!r} already")
    if backend.open is not None and not backend.form:
        raise ValueError(f"{backend.name} does not say how SOURCE is written")
    BACKENDS.append(backend)
    return lambda: BACKENDS.remove(backend)


def open_source(
    spec: str | None = None,
    colour: bool = False,
    reconnect: bool = False,
    complete: Callable[[str], str] = str,
) -> DepthSource:
    """The source that `spec` names, not yet started: `open()` it in the thread that reads from it.

    None: the first sensor that answers, else the demo. colour: frames carry the colour picture too,
    where there is one (recordings of cameras). reconnect: a camera that is pulled is waited for.
    complete: adds what is wanted of a camera to the SOURCE of the one that was found.
    Raises BadSource (exit code 2) or another CaptureError (3).
    """
    if spec is None:
        found = first_camera()
        spec = complete(found) if found is not None else demo.BACKEND.word
    backend = named_by(spec)
    if backend is not None and backend.open is not None:
        _, colon, argument = spec.partition(":")
        source = backend.open(Request(argument if colon else None, colour=colour))
        return ReconnectingSource(source) if reconnect and backend.is_camera else source
    if not spec:
        raise BadSource("SOURCE is empty")
    path, stream = split_stream(spec)
    return _open_path(Request(path=path, colour=colour, stream=stream))


def named_by(spec: str) -> Backend | None:
    """The back end whose word `spec` begins with; None: a path, or nothing."""
    word, colon, _ = spec.partition(":")
    for backend in BACKENDS:
        if word and word == backend.word and (backend.takes_argument or not colon):
            return backend
    return None


def is_camera(spec: str | None) -> bool:
    """Does `spec` open a live camera, where one answers?"""
    backend = named_by(spec) if spec is not None else None
    return spec is None or (backend is not None and backend.is_camera)


def list_sensors(in_use: InUse | None = None) -> list[BackendStatus]:
    """Every back end: available or why not, and how far it has been checked. Never raises.

    in_use: the camera that streams meanwhile; its library is left alone.
    """
    return [sensors.status_of(backend, in_use) for backend in BACKENDS]


def first_camera() -> str | None:
    """SOURCE of the first camera that answers; None: none does."""
    return sensors.first_camera(BACKENDS)


def find_plugged_in() -> tuple[tuple[str, UsbDevice], ...] | None:
    """Every known camera as the kernel sees it, with its back end's word; None: it does not say."""
    return sensors.find_plugged_in(BACKENDS)


def describe_sources() -> str:
    """The table of --help: a line for each way to write SOURCE."""
    nothing = "(nothing)", "the first sensor that answers, else the demo hand"
    rows = [nothing, *((b.form, b.about) for b in BACKENDS if b.form)]
    return "\n".join(f"  {form:22} {about}" for form, about in rows)


def file_patterns() -> list[str]:
    """How files that can be opened are usually called, for instance "*.bag"."""
    return [backend.pattern for backend in BACKENDS if backend.pattern]


def split_stream(spec: str) -> tuple[Path, str]:
    """`FILE#STREAM` in its parts. The sign may belong to the name: what is there, counts."""
    name, sign, stream = spec.rpartition("#")
    if sign and name and stream and not _is_there(Path(spec)) and _is_there(Path(name)):
        return Path(name), stream
    return Path(spec), ""


def _open_path(request: Request, inside: bool = False) -> DepthSource:
    """inside: what was found in a packed file, which is not unpacked once more."""
    path, stream = request.path, request.stream
    head = None if _is_folder(path) else read_head(path, HEAD_BYTES)
    for backend in BACKENDS:
        if inside and backend is PACKED:
            continue
        if backend.open is not None and backend.recognises(path, head):
            if stream and not backend.has_streams:
                raise BadSource(f"{path} has one stream, #{stream} chooses among several")
            return backend.open(request)
    foreign = describe_foreign(path, head)
    if foreign is not None:
        raise NotARecording(f"{path} is {foreign[0]}", foreign[1])
    known = [b.name for b in BACKENDS if b.open is not None and not b.word]
    raise NotARecording(
        f"{path} is not a recording this program understands",
        f"it reads {', '.join(known[:-1])} and {known[-1]}",
    )


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name the system refuses
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name the system refuses; `check_file` says why
        return False
