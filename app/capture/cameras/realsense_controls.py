"""Laser, exposure, gain and presets of a RealSense's depth sensor.

A preset is found by what the camera calls it, because the same number means another thing on
another line of cameras.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from app.capture.controls import Control
from app.errors import CaptureError

OPTIONS = {
    "preset": ("Preset", "visual_preset"),
    "laser": ("Laser", "emitter_enabled"),
    "laser_power": ("Laser power", "laser_power"),
    "auto_exposure": ("Automatic exposure", "enable_auto_exposure"),
    "exposure": ("Exposure", "exposure"),
    "gain": ("Gain", "gain"),
}
# The camera's own names of a preset, the best first: D400, L515, SR300.
PRESET_NAMES = {
    "hand": ("hand", "gesture recognition", "short range"),
    "short-range": ("short range", "high accuracy", "hand"),
}


def read_controls(rs: ModuleType, sensor: Any) -> tuple[Control, ...]:
    """Every control that this sensor has, also those that cannot be set now."""
    return tuple(
        control
        for name, (label, option) in OPTIONS.items()
        if (control := _read(sensor, name, label, getattr(rs.option, option))) is not None
    )


def apply_control(rs: ModuleType, sensor: Any, name: str, value: float) -> None:
    """Set one, held within its range.

    Raises CaptureError for one that the camera does not have or refuses.
    """
    if name not in OPTIONS:
        raise CaptureError(f"there is no control {name!r}")
    label, option_name = OPTIONS[name]
    option = getattr(rs.option, option_name)
    control = _read(sensor, name, label, option)
    if control is None:
        raise CaptureError(f"this camera has no {label.lower()} to set")
    if control.read_only:
        raise CaptureError(f"the camera sets the {label.lower()} itself now")
    try:
        sensor.set_option(option, min(max(float(value), control.low), control.high))
    except RuntimeError as error:
        raise CaptureError(f"the camera refuses the {label.lower()}: {error}") from None


def apply_preset(rs: ModuleType, sensor: Any, preset: str) -> str:
    """Set "hand" or "short-range"; returns a note for the user where the camera has no such one."""
    control = _read(sensor, "preset", "Preset", rs.option.visual_preset)
    names = {words.lower(): value for value, words in (control.choices if control else ())}
    found = next((names[name] for name in PRESET_NAMES[preset] if name in names), None)
    if found is None:
        return f"this camera has no preset for {preset.replace('-', ' ')}"
    try:
        apply_control(rs, sensor, "preset", found)
    except CaptureError as error:
        return str(error)
    return ""


def _read(sensor: Any, name: str, label: str, option: Any) -> Control | None:
    """None: not there, or the camera does not answer."""
    try:
        if not sensor.supports(option):
            return None
        read_only = bool(sensor.is_option_read_only(option))
        span = sensor.get_option_range(option)
        value = sensor.get_option(option)
        choices = _choices(sensor, option, span) if name == "preset" else ()
    except RuntimeError:
        return None
    return Control(name, label, value, span.min, span.max, span.step, choices, read_only)


def _choices(sensor: Any, option: Any, span: Any) -> tuple[tuple[float, str], ...]:
    values = [span.min + k * span.step for k in range(int((span.max - span.min) / span.step) + 1)]
    named = ((v, sensor.get_option_value_description(option, v)) for v in values[:50])
    return tuple((v, words.replace("_", " ")) for v, words in named if words)
