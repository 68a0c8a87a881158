"""A live RealSense camera through `rs.pipeline`.

What keeps librealsense from hanging was measured: only waits with a time limit, no Python callback,
no `pause`; every frame is copied at once; start and stop in the thread that reads. The pipeline
fills a queue that we give it: by itself it keeps one frame, and a busy machine then loses some.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from app.capture.backend import Backend, Request
from app.capture.base import (
    BadSource,
    DepthSource,
    StreamInfo,
    arrival_s,
    checked_intrinsics,
    metres_to_mm,
    opened,
)
from app.capture.cameras import realsense_device
from app.capture.cameras.realsense_choice import (
    StreamChoice,
    describe_fallback,
    parse_choice,
    rank_profiles,
)
from app.capture.cameras.realsense_controls import apply_control, apply_preset, read_controls
from app.capture.cameras.realsense_device import (
    RULES,
    USB,
    load_library,
    offered_profiles,
    require_device,
    told,
)
from app.capture.cameras.realsense_picture import PictureChain
from app.capture.controls import Control
from app.capture.lens import forward_distortion
from app.capture.usb import check_permission
from app.errors import CaptureError, Disconnected, NoDepthStream
from app.frames import ColourImage, DepthFrame

SILENCE_S = 1.0  # no frame for so long: the camera has gone
START_S = 5.0  # a physical camera may take seconds to its first frame
SETTLED_S = 1.0  # after an order a preset or automatic exposure may turn other settings for so long
POLL_MS = 100
QUEUE = 90  # frames: a second of a fast camera may wait for a busy machine
TRIES = 4  # of profiles that the camera offers and then does not start

# (library, pipeline, config, serial or "", preferred serial) -> the device, chosen in the pipeline
Attach = Callable[[ModuleType, Any, Any, str, str], Any]


class RealSenseSource(DepthSource):
    """Depth of a RealSense.

    attach: chooses the device; by default the camera that is wanted, and at a second `open` rather
    the one that it was before.
    """

    def __init__(self, choice: StreamChoice | None = None, attach: Attach | None = None):
        self._choice, self._attach = choice or StreamChoice(), attach or _attach_camera
        self._pipeline: Any = None
        self._queue: Any = None
        self._sensor: Any = None
        self._pictures: PictureChain | None = None
        self._info: StreamInfo | None = None
        self._serial = ""  # of the camera that was open last
        self._orders: deque[tuple[str, float]] = deque()
        self._controls: tuple[Control, ...] = ()
        self._next, self._last_number, self._deadline_s = 0, -1, 0.0
        self._lost, self._refusal = 0, ""
        self._settled_s = math.inf  # when the controls are read once more

    def open(self) -> StreamInfo:
        rs = load_library()
        self.close()
        try:
            self._info = self._start(rs)
        except RuntimeError as error:
            self.close()
            check_permission(USB, RULES)
            raise CaptureError(f"the RealSense does not start: {error}") from None
        except CaptureError:
            self.close()
            raise
        self._serial = self._info.serial
        self._next, self._last_number = 0, -1
        self._deadline_s = time.monotonic() + START_S
        return self._info

    def read(self, timeout_s: float = 0.2) -> DepthFrame | None:
        if self._pipeline is None:
            raise CaptureError("the camera is not open")
        self._serve_orders()
        give_up_s = time.monotonic() + timeout_s
        while (left_s := give_up_s - time.monotonic()) > 0:
            frameset = self._poll(max(1, min(POLL_MS, round(left_s * 1000))))
            if frameset is not None:
                return self._frame(frameset)
            if time.monotonic() > self._deadline_s:
                raise Disconnected("the RealSense stopped sending frames", "plug it in again")
        return None

    def close(self) -> None:
        pipeline, self._pipeline = self._pipeline, None
        self._queue = self._sensor = self._pictures = None
        self._controls = ()
        self._orders.clear()
        if pipeline is not None:
            try:
                pipeline.stop()
            except RuntimeError:  # it had stopped by itself: the camera was pulled
                return

    @property
    def position(self) -> int:
        return self._next

    @property
    def lost(self) -> int:
        return self._lost

    @property
    def controls(self) -> tuple[Control, ...]:
        return self._controls

    def set_control(self, name: str, value: float) -> None:
        self._orders.append((name, value))

    @property
    def refusal(self) -> str:
        return self._refusal

    # Starting

    def _start(self, rs: ModuleType) -> StreamInfo:
        """Start the closest profile that the camera starts. Raises RuntimeError, CaptureError."""
        last: Exception = NoDepthStream("this RealSense starts no profile")
        wanted, tried = self._choice.profile, 0
        while True:
            pipeline, config = rs.pipeline(), rs.config()
            device = self._attach(rs, pipeline, config, self._choice.serial, self._serial)
            offered = offered_profiles(device, rs.stream.depth, rs.format.z16)
            if not offered:
                raise NoDepthStream("this RealSense gives no depth")
            ranked = rank_profiles(offered, wanted)[:TRIES]
            if tried >= len(ranked):
                raise last
            try:
                return self._start_profile(rs, pipeline, config, device, ranked[tried])
            except RuntimeError as error:
                self.close()  # it may have started and then failed
                last, tried = error, tried + 1

    def _start_profile(self, rs, pipeline, config, device, profile) -> StreamInfo:
        width, height, fps = profile
        config.enable_stream(rs.stream.depth, width, height, rs.format.z16, fps)
        notes = [describe_fallback(self._choice.profile, profile, _usb_of(rs, device))]
        if self._choice.colour:
            notes.append(_enable_colour(rs, config, device, profile))
        queue = rs.frame_queue(QUEUE, keep_frames=True)
        started = pipeline.start(config, queue)
        self._pipeline, self._queue = pipeline, queue
        self._sensor = started.get_device().first_depth_sensor()
        if self._choice.preset:
            notes.append(apply_preset(rs, self._sensor, self._choice.preset))
        self._pictures = PictureChain(rs, self._choice)
        self._controls = read_controls(rs, self._sensor)
        return self._describe(rs, started, [note for note in notes if note])

    def _describe(self, rs: ModuleType, profile: Any, notes: list[str]) -> StreamInfo:
        device = profile.get_device()
        streams = profile.get_streams()
        stream = next((s for s in streams if s.stream_type() == rs.stream.depth), None)
        if stream is None:
            raise NoDepthStream("this RealSense gives no depth")
        k = stream.as_video_stream_profile().get_intrinsics()
        pinhole = checked_intrinsics(k.width, k.height, k.fx, k.fy, k.ppx, k.ppy)
        intrinsics, lens = forward_distortion(pinhole, k.model.name, tuple(k.coeffs))
        return StreamInfo(
            name=told(device, rs.camera_info.name, "RealSense"),
            kind="camera",
            intrinsics=intrinsics,
            depth_unit_mm=metres_to_mm(device.first_depth_sensor().get_depth_scale()),
            fps=float(stream.fps()),
            serial=told(device, rs.camera_info.serial_number),
            note="; ".join([*notes, lens] if lens else notes),
        )

    # Reading

    def _poll(self, wait_ms: int) -> Any:
        """The next frameset whose depth was not seen before, or None."""
        try:
            arrived, frame = self._queue.try_wait_for_frame(wait_ms)
            frameset = frame.as_frameset() if arrived else None
            depth = frameset.get_depth_frame() if frameset else None
            number = depth.get_frame_number() if depth else self._last_number
        except RuntimeError as error:
            raise Disconnected(f"the RealSense failed: {error}", "plug it in again") from None
        if number == self._last_number:
            return None  # librealsense repeats one stream's frame while another advances
        if 0 <= self._last_number < number:
            self._lost += number - self._last_number - 1
        self._last_number = number
        self._deadline_s = time.monotonic() + SILENCE_S
        return frameset

    def _frame(self, frameset: Any) -> DepthFrame:
        arrived_s = arrival_s()
        try:
            raw, colour, t_ms = opened(self._pictures).take(frameset)
        except RuntimeError as error:
            raise Disconnected(f"the RealSense failed: {error}", "plug it in again") from None
        index, self._next = self._next, self._next + 1
        k, unit_mm = opened(self._info).intrinsics, opened(self._info).depth_unit_mm
        seen = None if colour is None else ColourImage(colour, k, np.eye(4))  # laid on the depth
        return DepthFrame(index, 0, t_ms / 1000.0, arrived_s, raw, k, unit_mm, colour=seen)

    def _serve_orders(self) -> None:
        """What a dock asked for, done in the thread that owns the camera."""
        now_s = time.monotonic()
        if self._orders:
            self._refusal = self._carry_out(load_library())
            self._settled_s = now_s + SETTLED_S
        elif now_s < self._settled_s:
            return
        else:
            self._settled_s = math.inf
        self._controls = read_controls(load_library(), self._sensor)

    def _carry_out(self, rs: ModuleType) -> str:
        """Every order that waits; returns what the camera refused, and why."""
        refusals: list[str] = []
        while self._orders:
            try:
                apply_control(rs, self._sensor, *self._orders.popleft())
            except CaptureError as error:
                refusals.append(str(error))
        return "; ".join(dict.fromkeys(refusals))


def _attach_camera(rs: ModuleType, pipeline: Any, config: Any, serial: str, preferred: str) -> Any:
    device = require_device(rs, serial, preferred)
    config.enable_device(told(device, rs.camera_info.serial_number))
    return device


def _usb_of(rs: ModuleType, device: Any) -> str:
    return told(device, rs.camera_info.usb_type_descriptor)


def _enable_colour(rs: ModuleType, config: Any, device: Any, depth: tuple[int, int, int]) -> str:
    """Ask for the colour stream closest to the depth's; returns a note where there is none."""
    offered = offered_profiles(device, rs.stream.color, rs.format.rgb8)
    if not offered:
        return "this camera gives no colour"
    width, height, fps = rank_profiles(offered, depth)[0]
    config.enable_stream(rs.stream.color, width, height, rs.format.rgb8, fps)
    return ""


def _open(request: Request) -> DepthSource:
    if request.argument == "":
        raise BadSource("realsense: needs something after the colon, or no colon")
    return RealSenseSource(parse_choice(request.argument) if request.argument else None)


BACKEND = Backend(
    "RealSense",
    "software camera: the real librealsense, not a physical camera",
    form="realsense[:SERIAL]",
    about="a live Intel RealSense; size, rate and presets: docs/sensors.md",
    open=_open,
    word="realsense",
    takes_argument=True,
    find=lambda: realsense_device.find_cameras(),
    usb=USB,
    by_serial=True,
)
