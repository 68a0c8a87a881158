import csv
import io
import json

import numpy as np
import pytest

from app.export import CSV_COLUMNS, make_header, make_writer
from app.frames import HandEstimate
from app.outputs import OutputFile
from app.skeleton import JOINT_NAMES
from tests.inference.fakes import CAMERA, empty_frame, hand_frame

JOINTS = np.arange(63, dtype=np.float32).reshape(21, 3) / 7
FOUND = HandEstimate(hand_frame(0), True, "left", 0.75, joints_mm=JOINTS)
LOST = HandEstimate(empty_frame(1), False)
CONTRACT = "index,t_s,hand,detected,confidence,wrist_x_mm,wrist_y_mm,wrist_z_mm,thumb_cmc_x_mm"


def written(path, estimates) -> str:
    with OutputFile(path) as output:
        writer = make_writer(output, make_header("a source", CAMERA, 0.125, "some weights"))
        for estimate in estimates:
            writer.add(estimate)
        writer.finish()
    return path.read_text()


def test_csv_has_the_columns_of_the_contract(tmp_path):
    text = written(tmp_path / "a.csv", [FOUND, LOST])
    assert text.startswith(CONTRACT)
    assert len(CSV_COLUMNS) == 5 + 63
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [r["detected"] for r in rows] == ["1", "0"]
    assert (rows[0]["hand"], rows[0]["confidence"]) == ("left", "0.7500")
    assert float(rows[0]["little_tip_z_mm"]) == pytest.approx(JOINTS[20, 2], abs=1e-3)
    assert rows[1]["hand"] == rows[1]["wrist_x_mm"] == rows[1]["little_tip_z_mm"] == ""


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
    odd = HandEstimate(empty_frame(0, t_s=float("nan")), False)
    rows = json.loads(written(tmp_path / "a.json", [odd]), parse_constant=pytest.fail)["rows"]
    assert rows[0]["t_s"] is None
