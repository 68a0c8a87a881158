from dataclasses import fields

import pytest

from app.config import (
    CameraConfig,
    ConfigError,
    EstimatorConfig,
    Options,
    PlaybackConfig,
    load_config,
)

EVERYTHING = r"""
[estimator]
hand = "left"
weights = "a \"b\"\\c\n.safetensors"
backend = "torch"
threads = 3
cube_mm = 301.5
hand_scale = 1.1
smoothing = false
min_cutoff_hz = 0.5
beta_per_mm = 0.02
min_presence = 0.6
refine = 4
refine_by = "map"
[estimator.camera]
fx = 475.5
fy = 476
cx = 310
cy = 240.5
depth_unit_mm = 0.125
pinhole = true
[playback]
start_at_s = 1.5
speed = 0.25
loop = true
"""


def test_a_file_may_say_everything(tmp_path):
    (tmp_path / "c.toml").write_text(EVERYTHING)
    estimator, playback = load_config(tmp_path / "c.toml")
    camera = CameraConfig(475.5, 476.0, 310.0, 240.5, 0.125, pinhole=True)
    assert estimator == EstimatorConfig(
        "left", 'a "b"\\c\n.safetensors', "torch", 3, 301.5, 1.1, False, 0.5, 0.02, 0.6, 4, "map",
        camera,
    )  # fmt: skip
    assert playback == PlaybackConfig(start_at_s=1.5, speed=0.25, loop=True)
    for section, plain in ((estimator, EstimatorConfig()), (camera, CameraConfig())):
        for field in fields(section):  # none was forgotten here
            assert getattr(section, field.name) != getattr(plain, field.name), field.name


def test_what_is_left_out_keeps_its_default(tmp_path):
    (tmp_path / "c.toml").write_text("[estimator]\ncube_mm = 300\n")
    estimator, playback = load_config(tmp_path / "c.toml")
    assert estimator == EstimatorConfig(cube_mm=300.0)
    assert playback == PlaybackConfig()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[estimator]\ncube = 300\n", "estimator.cube"),
        ("[estimators]\n", "estimators"),
        ("[estimator]\nthreads = 1.5\n", "estimator.threads"),
        ("[estimator]\nthreads = true\n", "estimator.threads"),
        ("[estimator]\nhand = 'both'\n", "hand"),
        ("[estimator.camera]\nfocal = 300\n", "estimator.camera.focal"),
        ("[estimator.camera]\nfx = -1\n", "fx"),
        ("[estimator]\ncamera = 3\n", "estimator.camera"),
        ("[playback]\nspeed = nan\n", "speed"),
        ("[playback]\nspeed = 0\n", "speed"),
        ("estimator = 3\n", "estimator"),
        ("what is this", "TOML"),
    ],
)
def test_mistakes_are_named(tmp_path, text, named):
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(ConfigError, match=named):
        load_config(tmp_path / "c.toml")


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ConfigError, match="cannot read"):
        load_config(tmp_path / "none.toml")


def test_options_are_checked(tmp_path):
    with pytest.raises(ConfigError):
        Options(frames=0)
    with pytest.raises(ConfigError):
        Options(joints=tmp_path / "a.txt")
    with pytest.raises(ConfigError):
        Options(joints=tmp_path / "a.json", stats=tmp_path / "a.json")
