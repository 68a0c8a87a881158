import threading
import time
from dataclasses import fields

import numpy as np
import pytest

from app.config import CameraConfig, ConfigError, EstimatorConfig
from app.errors import WeightsError
from app.inference.estimator import Estimator, EstimatorState
from app.inference.pipeline import FramePipeline
from app.threads.mailbox import Mailbox
from tests.inference.fakes import FakeEngine, FakeTracker, hand_frame, mirrored_frame
from tests.inference.test_pipeline import region

PATIENCE_S = 60.0  # a machine may be busy


def wait_for(condition, seconds: float = PATIENCE_S) -> bool:
    """Poll `condition` until it holds."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return bool(condition())


# A value for every field that is not its default's.
CHANGES = {
    "hand": "left", "weights": "other.safetensors", "backend": "torch", "threads": 2,
    "cube_mm": 300.0, "hand_scale": 1.1, "smoothing": False, "min_cutoff_hz": 0.7,
    "beta_per_mm": 0.1, "min_presence": 0.4, "refine": 3, "refine_by": "map",
    "camera": CameraConfig(fx=321.0),
}  # fmt: skip


def test_the_list_of_changes_is_whole():
    plain = EstimatorConfig()
    assert set(CHANGES) == {field.name for field in fields(plain)}
    assert all(getattr(plain, name) != value for name, value in CHANGES.items())


class Bench:
    """An estimator with fakes around it."""

    def __init__(self, build=None):
        self.frames, self.results = Mailbox(), Mailbox(100)
        self.failures, self.built = [], []
        self.fail_on: Exception | None = None
        self.estimator = Estimator(
            self.frames, self.results, build=build or self.build, on_failure=self.failures.append
        )

    def build(self, config: EstimatorConfig) -> FramePipeline:
        bench, tracker = self, FakeTracker(region())

        class Pipeline(FramePipeline):
            def process(self, frame, **options):
                if bench.fail_on is not None:
                    raise bench.fail_on
                return super().process(frame, **options)

        self.built.append(Pipeline(FakeEngine(), config, tracker))
        return self.built[-1]

    def feed(self, frame):
        self.frames.put(frame)
        return self.results.get(PATIENCE_S)


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    assert bench.estimator.stop()


def test_frames_in_estimates_out(bench):
    bench.estimator.start()
    for i in range(3):
        assert bench.feed(hand_frame(i)).frame.index == i
    assert bench.estimator.state is EstimatorState.RUNNING
    stats = bench.estimator.stats()
    assert (stats.frames_in, stats.frames_estimated, stats.frames_dropped) == (3, 3, 0)


def test_every_estimate_is_announced(bench):
    seen = threading.Event()
    bench.estimator.takers.add(lambda estimate: seen.set())
    bench.estimator.start()
    bench.feed(hand_frame())
    assert seen.wait(60)


def test_stop_is_quick_and_the_thread_can_start_again(bench):
    bench.estimator.start()
    bench.feed(hand_frame())
    assert bench.estimator.stop(30.0)
    assert bench.estimator.state is EstimatorState.STOPPED
    bench.estimator.start()
    assert bench.feed(hand_frame(1)).frame.index == 1


def test_a_fault_is_data_and_can_be_recovered_from(bench):
    bench.estimator.start()
    bench.feed(hand_frame())
    bench.fail_on = RuntimeError("the roof is on fire")
    bench.frames.put(hand_frame(1))
    assert wait_for(lambda: bench.estimator.state is EstimatorState.FAULTED)
    assert "the roof is on fire" in bench.failures[0].message
    assert "Traceback" in bench.failures[0].detail
    bench.fail_on = None
    bench.estimator.start()
    assert bench.feed(hand_frame(2)).frame.index == 2


def test_a_restart_in_the_very_moment_of_the_fault_is_not_lost(bench):
    told = bench.estimator.on_failure

    def dawdle(failure):  # the fault can be seen, the thread has not ended yet
        told(failure)
        time.sleep(0.2)

    bench.estimator.on_failure = dawdle
    bench.estimator.start()
    bench.fail_on = RuntimeError("the roof is on fire")
    bench.frames.put(hand_frame())
    assert wait_for(lambda: bench.estimator.state is EstimatorState.FAULTED)
    bench.fail_on = None
    bench.estimator.start()
    assert bench.feed(hand_frame(1)).frame.index == 1


def test_bad_weights_fault_at_the_start():
    def build(config):
        raise WeightsError("damaged")

    bench = Bench(build)
    bench.estimator.start()
    assert wait_for(lambda: bench.failures)
    assert bench.estimator.state is EstimatorState.FAULTED
    assert bench.failures[0].message == "damaged"


def test_bad_new_weights_leave_the_old_ones_at_work(bench):
    bench.estimator.start()
    bench.feed(hand_frame())
    engine = bench.estimator.engine

    def build(config):
        raise WeightsError(f"{config.weights} is damaged")

    bench.estimator._build = build
    bench.estimator.configure(weights="other.safetensors")
    assert wait_for(lambda: bench.failures)
    assert not bench.failures[0].fatal
    bench.feed(hand_frame(1))
    assert bench.estimator.engine is engine
    assert bench.estimator.config.weights is None


def test_new_weights_are_taken(bench):
    bench.estimator.start()
    bench.feed(hand_frame())
    bench.estimator.configure(weights="other.safetensors")
    assert wait_for(lambda: len(bench.built) == 2)
    assert bench.built[1].config.weights == "other.safetensors"


def test_commands_reach_the_pipeline_and_the_paused_frame_is_estimated_again(bench):
    bench.estimator.start()
    assert bench.feed(hand_frame()).first.hand == "right"
    bench.estimator.configure(hand="left")
    again = bench.results.get(PATIENCE_S)
    assert again is not None
    assert (again.frame.index, again.first, again.other_side) == (0, None, True)
    bench.estimator.configure(hand="auto", cube_mm=300)
    assert bench.results.get(PATIENCE_S).first.crop.cube_mm == 300
    bench.estimator.configure(hand_scale=1.5)
    assert bench.results.get(PATIENCE_S).first.crop.cube_mm == 450
    bench.estimator.configure(camera=CameraConfig(fx=321.0))
    assert bench.results.get(PATIENCE_S).frame.intrinsics.fx == 321
    bench.estimator.configure(camera=CameraConfig())
    assert bench.results.get(PATIENCE_S).frame.intrinsics.fx == 240
    bench.estimator.point_at((5, 6))
    assert bench.results.get(PATIENCE_S) is not None
    assert bench.built[0].tracker.pointed == [(5, 6)]
    forgotten = bench.built[0].tracker.resets
    bench.estimator.reset()
    assert bench.results.get(PATIENCE_S) is not None
    assert bench.built[0].tracker.resets == forgotten + 1


def test_settings_survive_a_restart(bench):
    bench.estimator.configure(hand="left")
    bench.estimator.start()
    assert bench.feed(mirrored_frame()).first.hand == "left"
    bench.estimator.stop()
    bench.estimator.start()
    assert bench.feed(hand_frame(1)).other_side


def test_a_setting_that_is_not_possible_is_refused(bench):
    with pytest.raises(ConfigError):
        bench.estimator.configure(hand="middle")
    with pytest.raises(ConfigError):
        bench.estimator.configure(cube_mm=-1)
    with pytest.raises(ConfigError, match="unknown setting cube"):
        bench.estimator.configure(cube=300)
    assert bench.estimator.config == EstimatorConfig()


def test_what_is_asked_for_while_nothing_runs_is_there_from_the_start(bench):
    bench.estimator.configure(weights="other.safetensors", refine=0, hand="left", cube_mm=300)
    assert bench.estimator.config.weights == "other.safetensors"
    bench.estimator.start()
    assert bench.feed(mirrored_frame()).first.hand == "left"
    assert [line.config for line in bench.built] == [bench.estimator.config]


@pytest.mark.parametrize("name", sorted(set(CHANGES) - {"weights", "backend", "threads"}))
def test_every_setting_reaches_the_pipeline_that_is_at_work(bench, monkeypatch, name):
    monkeypatch.setattr("app.inference.pipeline.make_refiner", lambda engine, config: None)
    bench.estimator.start()
    bench.feed(hand_frame())
    bench.estimator.configure(**{name: CHANGES[name]})
    assert bench.results.get(PATIENCE_S) is not None  # the paused frame again
    assert getattr(bench.built[0].config, name) == CHANGES[name]
    assert bench.built[0].config == bench.estimator.config


def test_settings_asked_for_while_a_network_loads_are_at_work_in_it(bench):
    bench.estimator.start()
    bench.feed(hand_frame())
    bench.estimator.configure(weights="other.safetensors", cube_mm=300)
    bench.estimator.configure(hand="left")
    assert wait_for(lambda: len(bench.built) == 2)
    assert wait_for(lambda: bench.built[1].config == bench.estimator.config)
    config = bench.estimator.config
    assert (config.weights, config.cube_mm, config.hand) == ("other.safetensors", 300, "left")


def test_a_closed_mailbox_ends_the_thread_after_its_last_frame(bench):
    bench.frames.put(hand_frame(7))
    bench.frames.close()
    bench.estimator.start()
    assert wait_for(lambda: bench.estimator.state is EstimatorState.STOPPED)
    assert bench.results.get(0).frame.index == 7


def test_drops_are_counted(bench):
    for i in range(5):
        bench.frames.put(hand_frame(i))
    bench.estimator.start()
    assert bench.results.get(PATIENCE_S).frame.index == 4
    stats = bench.estimator.stats()
    assert (stats.frames_in, stats.frames_dropped) == (5, 4)


def test_another_network_is_announced_with_its_configuration(bench):
    told = []
    bench.estimator.on_network = lambda engine, config: told.append((engine, config))
    bench.estimator.start()
    bench.feed(hand_frame())
    bench.estimator.configure(weights="other.safetensors", backend="torch", threads=2)
    assert wait_for(lambda: len(told) == 2)
    engine, config = told[1]
    assert engine is bench.built[1].engine
    assert (config.weights, config.backend, config.threads) == ("other.safetensors", "torch", 2)
    with pytest.raises(ConfigError):
        bench.estimator.configure(threads=0)
    assert bench.results.get(PATIENCE_S).frame.index == 0  # the paused frame, by the other network
    assert bench.estimator.config.threads == 2


def test_a_library_that_is_not_installed_leaves_the_old_network_at_work(bench):
    bench.estimator.start()
    bench.feed(hand_frame())

    def build(config):
        raise ModuleNotFoundError("No module named 'torch'")

    bench.estimator._build = build
    bench.estimator.configure(backend="torch")
    assert wait_for(lambda: bench.failures)
    assert (bench.failures[0].stage, bench.failures[0].fatal) == ("weights", False)
    assert "torch" in bench.failures[0].message
    assert bench.results.get(PATIENCE_S).frame.index == 0
    assert bench.feed(hand_frame(1)).frame.index == 1
    assert bench.estimator.config.backend == "onnx"


class Nudge:
    """Moves every joint by the same way each step, along all three axes of the crop."""

    def __init__(self, steps: int):
        self.steps = steps

    def refine(self, crop, z, joints_norm, sigma_norm):
        return z.copy(), joints_norm + 0.01 * self.steps


def test_refinement_is_switched_on_and_off(bench, monkeypatch):
    monkeypatch.setattr(
        "app.inference.pipeline.make_refiner",
        lambda engine, config: Nudge(config.refine) if config.refine else None,
    )
    bench.estimator.start()
    plain = bench.feed(hand_frame())
    assert "refine" not in plain.stage_ms
    bench.estimator.configure(refine=2)
    refined = bench.results.get(PATIENCE_S)  # the paused frame again
    assert "refine" in refined.stage_ms
    moved_mm = np.linalg.norm(refined.first.joints_raw_mm - plain.first.joints_raw_mm, axis=1)
    expected_mm = 0.02 * refined.first.crop.cube_mm / 2 * np.sqrt(3)
    np.testing.assert_allclose(moved_mm, expected_mm, rtol=1e-2)
    assert bench.estimator.config.refine == 2
    bench.estimator.configure(refine=0)
    again = bench.results.get(PATIENCE_S)
    assert "refine" not in again.stage_ms
    np.testing.assert_allclose(again.first.joints_raw_mm, plain.first.joints_raw_mm, atol=1e-3)
    with pytest.raises(ConfigError):
        bench.estimator.configure(refine=-1)


def test_refinement_that_these_weights_do_not_allow_is_refused(bench, monkeypatch):
    def refuse(engine, config):
        if config.refine:
            raise WeightsError("these weights hold no prior")

    bench.estimator.start()
    bench.feed(hand_frame())
    monkeypatch.setattr("app.inference.pipeline.make_refiner", refuse)
    bench.estimator.configure(refine=3)
    assert wait_for(lambda: bench.failures)
    assert not bench.failures[0].fatal
    assert bench.feed(hand_frame(1)) is not None
    assert bench.estimator.state is EstimatorState.RUNNING
    assert bench.estimator.config.refine == 0
