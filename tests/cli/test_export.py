import csv
import io
import json

import numpy as np
import pytest

from app.export import CSV_COLUMNS, make_header, make_writer
from app.frames import FrameResult
from app.outputs import OutputFile
from app.skeleton import JOINT_NAMES
from tests.inference.fakes import CAMERA, empty_frame, hand_frame, plain_hand

JOINTS = np.arange(63, dtype=np.float32).reshape(21, 3) / 7
FOUND = FrameResult(hand_frame(0), (plain_hand(JOINTS, hand="left", confidence=0.75, track=3),))
LOST = FrameResult(empty_frame(1))
OTHER = plain_hand(JOINTS + 90, hand="right", confidence=0.5, track=8)
TWO = FrameResult(hand_frame(2), (FOUND.hands[0], OTHER))
CONTRACT = "index,t_s,hand,detected,confidence,wrist_x_mm,wrist_y_mm,wrist_z_mm,thumb_cmc_x_mm"


def written(path, results) -> str:
    with OutputFile(path) as output:
        writer = make_writer(output, make_header("a source", CAMERA, 0.125, "some weights"))
        for result in results:
            writer.add(result)
        writer.finish()
    return path.read_text()


def test_csv_has_the_columns_of_the_contract(tmp_path):
    text = written(tmp_path / "a.csv", [FOUND, LOST])
    assert text.startswith(CONTRACT)
    assert text.partition("\n")[0].endswith(",little_tip_z_mm,track")
    assert len(CSV_COLUMNS) == 5 + 63 + 1
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [r["detected"] for r in rows] == ["1", "0"]
    assert (rows[0]["hand"], rows[0]["confidence"]) == ("left", "0.7500")
    assert float(rows[0]["little_tip_z_mm"]) == pytest.approx(JOINTS[20, 2], abs=1e-3)
    assert rows[1]["hand"] == rows[1]["wrist_x_mm"] == rows[1]["little_tip_z_mm"] == ""
    assert [row["track"] for row in rows] == ["3", ""]


def test_each_hand_of_a_frame_has_its_row(tmp_path):
    rows = list(csv.DictReader(io.StringIO(written(tmp_path / "a.csv", [FOUND, TWO, LOST]))))
    assert [row["index"] for row in rows] == ["0", "2", "2", "1"]
    assert [row["hand"] for row in rows] == ["left", "left", "right", ""]
    assert [row["track"] for row in rows] == ["3", "3", "8", ""]
    first, second = (float(rows[k]["wrist_x_mm"]) for k in (1, 2))
    assert second - first == pytest.approx(90, abs=0.01)
    rows = json.loads(written(tmp_path / "a.json", [FOUND, TWO, LOST]))["rows"]
    assert [(row["index"], row["track"]) for row in rows] == [(0, 3), (2, 3), (2, 8), (1, None)]
    assert np.allclose(rows[2]["joints_mm"], OTHER.joints_mm, atol=1e-3)


def test_json_explains_itself(tmp_path):
    document = json.loads(written(tmp_path / "a.json", [FOUND, LOST]))
    assert document["joint_names"] == list(JOINT_NAMES)
    assert document["units"]["joints_mm"] == "mm"
    assert document["intrinsics"]["fx"] == CAMERA.fx
    assert {"source", "weights", "version", "depth_unit_mm", "axes"} <= set(document)
    assert np.allclose(document["rows"][0]["joints_mm"], JOINTS, atol=1e-3)
    assert document["rows"][1]["joints_mm"] is None
    assert [row["detected"] for row in document["rows"]] == [1, 0]


def test_json_without_frames_is_json(tmp_path):
    assert json.loads(written(tmp_path / "a.json", []))["rows"] == []


def test_a_time_that_is_no_number_does_not_spoil_the_file(tmp_path):
    odd = FrameResult(empty_frame(0, t_s=float("nan")))
    rows = json.loads(written(tmp_path / "a.json", [odd]), parse_constant=pytest.fail)["rows"]
    assert rows[0]["t_s"] is None
