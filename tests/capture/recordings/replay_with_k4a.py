"""Script: record with the real libk4arecord and play with pyk4a.

Run by a Python that has the extra `azure`, in a process of its own.

replay_with_k4a.py FOLDER FILE: makes depth.mkv and colour.mkv in FOLDER, and beside them an .npz of
what pyk4a gives for each, and for FILE: depth, t_us, k (fx fy cx cy), pixels and their points_mm.
"""

import ctypes as c
import json
import sys
from pathlib import Path

import numpy as np
import pyk4a
from pyk4a import CalibrationType, PyK4APlayback

WIDTH, HEIGHT, COUNT = 640, 576, 6
COLOUR_SHAPE = (720, 1280, 4)
START_US, STEP_US = 1_000_000, 33_333
DEPTH16, IR16, BGRA = 4, 5, 3  # k4a_image_format_t
LENS = [
    0.513,
    0.517,
    0.4928,
    0.4929,
    0.548,
    -0.021,
    -0.0027,
    0.89,
    0.0861,
    -0.0139,
    0,
    0,
    -7e-5,
    2e-5,
]
EYE = [1, 0, 0, 0, 1, 0, 0, 0, 1]


class Configuration(c.Structure):
    """k4a_device_configuration_t."""

    _fields_ = (
        ("color_format", c.c_int),
        ("color_resolution", c.c_int),
        ("depth_mode", c.c_int),
        ("camera_fps", c.c_int),
        ("synchronized_images_only", c.c_bool),
        ("depth_delay", c.c_int32),
        ("wired_sync_mode", c.c_int),
        ("subordinate_delay", c.c_uint32),
        ("disable_streaming_indicator", c.c_bool),
    )


def camera(place: str, purpose: str, numbers: list, side: tuple, reach: float) -> dict:
    return {
        "Intrinsics": {
            "ModelParameterCount": 14,
            "ModelParameters": numbers,
            "ModelType": "CALIBRATION_LensDistortionModelBrownConrady",
        },
        "Location": f"CALIBRATION_CameraLocation{place}",
        "Purpose": f"CALIBRATION_CameraPurpose{purpose}",
        "MetricRadius": reach,
        "Rt": {"Rotation": EYE, "Translation": [0, 0, 0]},
        "SensorHeight": side[0],
        "SensorWidth": side[1],
        "Shutter": "CALIBRATION_ShutterTypeUndefined",
        "ThermalAdjustmentParams": {"Params": [0] * 12},
    }


def inertial(kind: str, mask: int) -> dict:
    return {
        "BiasTemperatureModel": [0] * 12,
        "BiasUncertainty": [1e-4] * 3,
        "Id": "CALIBRATION_InertialSensorId_LSM6DSM",
        "MixingMatrixTemperatureModel": [float(i in (0, 16, 32)) for i in range(36)],
        "ModelTypeMask": mask,
        "Noise": [0.001] * 3 + [0] * 3,
        "Rt": {"Rotation": EYE, "Translation": [0, 0, 0]},
        "SecondOrderScaling": [0] * 9,
        "SensorType": f"CALIBRATION_InertialSensorType_{kind}",
        "TemperatureBounds": [5, 60],
        "TemperatureC": 0,
    }


def calibration() -> bytes:
    """Complete enough for libk4a: two cameras, two inertial sensors."""
    plain = [0.5, 0.5, 0.478, 0.637, *[0] * 10]
    about = {
        "SerialId": "000000000000",
        "FactoryCalDate": "1/1/2020 0:00:00 AM GMT",
        "Version": {"Major": 1, "Minor": 2},
        "DeviceName": "Synthetic",
        "Notes": "",
    }
    cameras = [
        camera("D0", "Depth", LENS, (1024, 1024), 1.74),
        camera("PV0", "PhotoVideo", plain, (3072, 4096), 0),
    ]
    sensors = [inertial("Gyro", 16), inertial("Accelerometer", 56)]
    whole = {"Cameras": cameras, "InertialSensors": sensors, "Metadata": about}
    return json.dumps({"CalibrationInformation": whole}, separators=(",", ":")).encode() + b"\0"


def libraries() -> tuple[c.CDLL, c.CDLL]:
    folder = Path(pyk4a.__file__).parents[1] / "pyk4a_bundle.libs"
    k4a = c.CDLL(str(next(folder.glob("libk4a-*.so*"))), mode=c.RTLD_GLOBAL)
    record = c.CDLL(str(next(folder.glob("libk4arecord-*.so*"))))
    pointer, many = c.c_void_p, c.POINTER(c.c_void_p)
    record.k4a_record_create.argtypes = [c.c_char_p, pointer, Configuration, many]
    record.k4a_record_add_tag.argtypes = [pointer, c.c_char_p, c.c_char_p]
    record.k4a_record_add_attachment.argtypes = [pointer, c.c_char_p, c.c_char_p, c.c_size_t]
    record.k4a_record_write_capture.argtypes = [pointer, pointer]
    for name in ("write_header", "flush", "close"):
        getattr(record, f"k4a_record_{name}").argtypes = [pointer]
    k4a.k4a_image_create.argtypes = [c.c_int] * 4 + [many]
    k4a.k4a_image_get_buffer.argtypes, k4a.k4a_image_get_buffer.restype = [pointer], pointer
    k4a.k4a_image_set_device_timestamp_usec.argtypes = [pointer, c.c_uint64]
    k4a.k4a_capture_create.argtypes = [many]
    for name in ("image_release", "capture_release"):
        getattr(k4a, f"k4a_{name}").argtypes = [pointer]
    for name in ("depth", "ir", "color"):
        getattr(k4a, f"k4a_capture_set_{name}_image").argtypes = [pointer, pointer]
    return k4a, record


def sure(result: int) -> None:
    if result:
        raise RuntimeError("libk4arecord refused")


def put(k4a: c.CDLL, capture: c.c_void_p, kind: str, form: int, pixels: np.ndarray, index: int):
    image = c.c_void_p()
    height, width = pixels.shape[:2]
    sure(k4a.k4a_image_create(form, width, height, pixels.nbytes // height, c.byref(image)))
    c.memmove(k4a.k4a_image_get_buffer(image), pixels.ctypes.data, pixels.nbytes)
    k4a.k4a_image_set_device_timestamp_usec(image, START_US + index * STEP_US)
    getattr(k4a, f"k4a_capture_set_{kind}_image")(capture, image)
    k4a.k4a_image_release(image)


def make(path: Path, with_colour: bool) -> None:
    k4a, record = libraries()
    about = Configuration(3, int(with_colour), 2, 2, with_colour, 0, 0, 0, False)
    handle, told = c.c_void_p(), calibration()
    sure(record.k4a_record_create(str(path).encode(), None, about, c.byref(handle)))
    sure(record.k4a_record_add_attachment(handle, b"calibration.json", told, len(told)))
    sure(record.k4a_record_add_tag(handle, b"K4A_CALIBRATION_FILE", b"calibration.json"))
    sure(record.k4a_record_write_header(handle))
    rng = np.random.default_rng(0)
    for index in range(COUNT):
        capture = c.c_void_p()
        sure(k4a.k4a_capture_create(c.byref(capture)))
        depth = rng.integers(0, 65536, (HEIGHT, WIDTH), np.uint16)
        put(k4a, capture, "depth", DEPTH16, depth, index)
        put(k4a, capture, "ir", IR16, depth, index)
        if with_colour:
            put(k4a, capture, "color", BGRA, rng.integers(0, 256, COLOUR_SHAPE, np.uint8), index)
        sure(record.k4a_record_write_capture(handle, capture))
        k4a.k4a_capture_release(capture)
    sure(record.k4a_record_flush(handle))
    record.k4a_record_close(handle)


def play(path: Path, out: Path) -> None:
    depth, times, colour = [], [], []
    with PyK4APlayback(path) as playback:
        told = playback.calibration
        k = told.get_camera_matrix(CalibrationType.DEPTH)
        pixels = [(u, v) for u in (100, 220, 320, 500) for v in (120, 200, 288, 480)]
        points = [told.convert_2d_to_3d(p, 1000.0, CalibrationType.DEPTH) for p in pixels]
        while True:
            try:
                capture = playback.get_next_capture()
            except EOFError:
                break
            if capture.depth is not None:
                depth.append(capture.depth.copy())
                times.append(capture.depth_timestamp_usec)
            if capture.color is not None and capture.color.ndim == 3:
                colour.append(capture.color[..., 2::-1].copy())
    more = {"colour": np.array(colour)} if colour else {}
    camera = np.array([k[0, 0], k[1, 1], k[0, 2], k[1, 2]])
    np.savez(
        out,
        depth=np.array(depth),
        t_us=np.array(times),
        k=camera,
        pixels=np.array(pixels, float),
        points_mm=np.array(points),
        **more,
    )


def main(folder: Path, file: Path) -> None:
    for name, with_colour in (("depth", False), ("colour", True)):
        make(folder / f"{name}.mkv", with_colour)
        play(folder / f"{name}.mkv", folder / f"{name}.npz")
    play(file, folder / "given.npz")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
