"""Exports of a whole recording, read back by what other people read such files with."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from app.errors import OutputError
from app.export import CSV_COLUMNS
from app.export.track import DOUBTFUL, NO_HAND, SURE, Track, TrackBuilder
from app.export.track_files import WRITERS, write_track
from app.version import VERSION
from tests.export.tracks import SOURCE, make_track
from tests.widgets import fakes
from tests.widgets.fakes import CAMERA

TRACK = make_track(doubtful=(4, 5))


def test_marks_tell_no_hand_from_doubt():
    marks = TRACK.marks
    assert set(np.flatnonzero(marks == NO_HAND)) == {0, 1, 7, 8}
    assert set(np.flatnonzero(marks == DOUBTFUL)) == {4, 5}
    assert (marks == SURE).sum() == len(TRACK) - 6


def test_the_row_of_a_time_is_the_nearest_one_with_a_time():
    assert TRACK.row_at(-2.0 + 0.34) == 10  # the recording began at 2 s by the device's clock
    odd = replace(TRACK, t_s=np.full(len(TRACK), np.nan))
    assert odd.row_at(1.0) == 0


def test_rows_are_read_only_and_keep_their_order():
    assert [row.index for row in TRACK.rows()] == list(range(30))
    with pytest.raises(ValueError, match="read-only"):
        TRACK.joints_mm[0] = 0


def test_csv_has_a_header_to_skip_and_the_columns_of_the_contract(tmp_path):
    write_track(tmp_path / "a.csv", TRACK)
    lines = (tmp_path / "a.csv").read_text().splitlines()
    about = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    assert about["version"] == VERSION
    assert about["weights"] == TRACK.source.weights
    assert json.loads(about["intrinsics"])["fx"] == CAMERA.fx
    assert json.loads(about["units"])["joints_mm"] == "mm"
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert set(CSV_COLUMNS) <= set(rows[0])
    assert list(rows[0])[-1] == "track"
    assert [row["track"] for row in rows[6:10]] == ["1", "", "", "1"]
    assert [row["detected"] for row in rows[6:10]] == ["1", "0", "0", "1"]
    assert rows[7]["wrist_x_mm"] == rows[7]["wrist_x_raw_mm"] == ""
    assert float(rows[9]["little_tip_z_mm"]) == pytest.approx(TRACK.joints_mm[9, 20, 2], abs=1e-3)
    raw = float(rows[9]["little_tip_z_raw_mm"])
    assert raw == pytest.approx(TRACK.joints_mm[9, 20, 2] + 2, abs=2e-3)


def test_json_has_raw_and_filtered_joints(tmp_path):
    note = "stops after frame 30 of 60; the rest is damaged"
    short = replace(TRACK, source=replace(TRACK.source, note=note))
    write_track(tmp_path / "a.json", short)
    document = json.loads((tmp_path / "a.json").read_text(), parse_constant=pytest.fail)
    assert document["note"] == "stops after frame 30 of 60; the rest is damaged"
    assert (document["frames"], document["frames_with_hand"]) == (30, 26)
    assert document["depth_unit_mm"] == 0.125
    row = document["rows"][9]
    assert np.allclose(row["joints_mm"], TRACK.joints_mm[9], atol=1e-3)
    assert np.allclose(row["joints_raw_mm"], TRACK.joints_raw_mm[9], atol=1e-3)
    assert document["rows"][7]["joints_mm"] is None


def test_npz_is_read_without_pickle(tmp_path):
    write_track(tmp_path / "a.npz", TRACK)
    with np.load(tmp_path / "a.npz") as data:
        assert np.array_equal(data["joints_mm"], TRACK.joints_mm, equal_nan=True)
        assert np.array_equal(data["joints_raw_mm"], TRACK.joints_raw_mm, equal_nan=True)
        assert np.allclose(data["intrinsics"], (CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy))
        assert np.array_equal(data["detected"], TRACK.detected)
        assert data["t_s"].shape == data["hand"].shape == data["index"].shape == (30,)
        about = json.loads(str(data["header"]))
    assert about["version"] == VERSION
    assert about["weights"] == TRACK.source.weights


def test_an_unknown_ending_is_refused_with_those_known(tmp_path):
    with pytest.raises(OutputError, match=r"\.csv, \.json, \.npz, \.bvh"):
        write_track(tmp_path / "a.xlsx", TRACK)


@pytest.mark.parametrize("ending", WRITERS)
def test_a_place_that_cannot_be_written_gives_one_line(tmp_path, ending):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_track(tmp_path / "file" / f"a{ending}", TRACK)


def two_hands() -> Track:
    """One hand, then two, then none, then two again."""
    builder = TrackBuilder(SOURCE, capacity=2)
    frames = [fakes.make_frame(k, with_hand=False) for k in range(4)]
    makers = (fakes.make_result, fakes.make_two, fakes.nothing, fakes.make_two)
    for make, frame in zip(makers, frames, strict=True):
        builder.add(make(frame))
    return builder.track()


def test_frames_with_two_hands_have_two_rows_everywhere(tmp_path):
    track = two_hands()
    assert (len(track), track.n_frames) == (6, 4)
    for ending in (".npz", ".csv", ".json"):
        write_track(tmp_path / f"a{ending}", track)
    with np.load(tmp_path / "a.npz") as saved:
        assert saved["index"].tolist() == [0, 1, 1, 2, 3, 3]
        assert saved["track"].tolist() == [1, 4, 7, -1, 4, 7]
        assert saved["hand"].tolist() == ["right", "right", "left", "", "right", "left"]
        header = json.loads(str(saved["header"]))
    assert (header["frames"], header["frames_with_hand"]) == (4, 3)
    lines = (tmp_path / "a.csv").read_text().splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert [row["track"] for row in rows] == ["1", "4", "7", "", "4", "7"]
    rows = json.loads((tmp_path / "a.json").read_text())["rows"]
    assert [row["track"] for row in rows] == [1, 4, 7, None, 4, 7]


def test_one_row_a_frame_is_the_first_or_that_of_a_side():
    track = two_hands()
    assert track.one_a_frame().tracks.tolist() == [1, 4, -1, 4]
    assert track.one_a_frame("left").tracks.tolist() == [1, 7, -1, 7]
    assert TRACK.one_a_frame() is TRACK


def test_a_motion_shows_one_hand_once_a_frame(tmp_path):
    write_track(tmp_path / "a.bvh", two_hands())
    beside = json.loads((tmp_path / "a.bvh.json").read_text())
    assert "Frames: 4" in (tmp_path / "a.bvh").read_text()
    assert beside["frame_index"] == [0, 1, 2, 3]
    assert beside["held"] == [0, 0, 1, 0]
