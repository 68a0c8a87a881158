"""The window while its workers fail: it says so, and the hand comes back by itself."""

from app.soak.camera import FaultyCamera
from tests.widgets import fakes


def told(window):
    """Every message so far, as one text a message."""
    return [f"{message.title}: {message.text}" for message in window.toasts.history]


def has_told(window, *words):
    return any(all(word in line for word in words) for line in told(window))


def make_camera_window(make_window, qtbot):
    camera = FaultyCamera(fakes.find_fake("demo"), 60.0, seed=1)
    window = make_window("realsense", find=lambda _: camera)
    qtbot.waitUntil(lambda: window.painted > 2)
    return window, camera


def wait_for_new_frames(window, qtbot):
    painted = window.painted
    qtbot.waitUntil(lambda: window.painted > painted + 3)


def test_an_estimator_that_fails_is_told_and_comes_back(window, pipelines, qtbot):
    process = pipelines[-1].process

    def fail(*args, **kwargs):
        pipelines[-1].process = process
        raise ZeroDivisionError("no such thing")

    window.session.player.set_loop(True)
    pipelines[-1].process = fail
    qtbot.waitUntil(lambda: has_told(window, "cannot be estimated", "ZeroDivisionError"))
    qtbot.waitUntil(lambda: has_told(window, "the estimator", "was started again"))
    wait_for_new_frames(window, qtbot)


def test_a_camera_that_fails_is_told_and_comes_back(make_window, qtbot):
    window, camera = make_camera_window(make_window, qtbot)
    camera.crash()
    qtbot.waitUntil(lambda: has_told(window, "This camera cannot be read", "RuntimeError"))
    qtbot.waitUntil(lambda: has_told(window, "the camera", "was started again"))
    wait_for_new_frames(window, qtbot)


def test_a_camera_that_is_silent_is_told_and_so_is_its_end(make_window, qtbot):
    window, camera = make_camera_window(make_window, qtbot)
    camera.fall_silent(5.0)
    qtbot.waitUntil(lambda: has_told(window, "the camera has not answered"))
    camera.fall_silent(0.0)
    qtbot.waitUntil(lambda: has_told(window, "the camera goes on"))


def test_faulty_frames_are_told_once_and_counted(make_window, qtbot):
    window, camera = make_camera_window(make_window, qtbot)
    performance = next(dock for dock in window.docks if dock.windowTitle() == "Performance")
    performance.show()
    camera.spoil(60)
    qtbot.waitUntil(lambda: has_told(window, "Trouble with the camera", "are left out"))
    tile = window.performance.tiles["faulty"]
    qtbot.waitUntil(lambda: tile.text().isdecimal() and int(tile.text()) > 20)
    assert "of a wrong size" in tile.toolTip()
    wait_for_new_frames(window, qtbot)
    assert sum("are left out" in line for line in told(window)) == 1
