"""What recording costs, and that every frame is in the file."""

import json

import pytest

from app.benchmark.__main__ import main


def measured(capsys, seconds, fps) -> dict:
    assert main(["--recording", str(seconds), "--fps", str(fps), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def check(cost: dict) -> None:
    assert cost["frames"] > 0
    assert cost["missing"] <= cost["dropped"]  # what is missing was counted
    assert cost["wrong"] == 0
    assert cost["ratio"] == pytest.approx(cost["fps_with"] / cost["fps_without"], abs=1e-3)


def test_every_frame_of_the_demo_is_in_the_file(capsys):
    cost = measured(capsys, 1, 30)
    check(cost)
    assert cost["fps_asked"] == 30


@pytest.mark.full
def test_ninety_frames_a_second_for_a_minute(capsys):
    cost = measured(capsys, 60, 90)
    check(cost)
    print(cost)


@pytest.mark.parametrize("bad", [["--recording", "0"], ["--recording", "1", "--fps", "900"]])
def test_what_cannot_be_measured_is_refused(bad):
    with pytest.raises(SystemExit) as leaving:
        main(bad)
    assert leaving.value.code == 2
