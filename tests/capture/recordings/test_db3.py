"""The `.db3` reader, against librealsense and against hostile files.

Every pixel and time equals what librealsense makes of the file, and a hostile SQLite file gets no
further than its tables.
"""

import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest

from app.capture.base import Damaged, EndOfStream
from app.capture.recordings.db3_messages import Cdr, parse_image, parse_pairs
from app.capture.recordings.realsense_db3 import Db3Source
from app.capture.registry import open_source
from app.errors import NoDepthStream, NotARecording
from app.frames import Intrinsics
from app.zstd import zstd
from tests.capture.conftest import LIMIT_S, SCRIPTS
from tests.capture.recordings.damage import read_until_it_ends_early
from tests.capture.recordings.db3_file import BASE, cdr_image, cdr_text, description, write_db3

RNG = np.random.default_rng(0)
DEPTH = RNG.integers(0, 65536, (9, 24, 32), np.uint16)
COLOUR = RNG.integers(0, 256, (9, 10, 12, 3), np.uint8)
FORMS = ("png", "plain", "zstd")


def read_all(path, colour=False):
    with Db3Source(path, colour) as source:
        return source.open(), list(source.frames())


def change(path, *lines):
    """Run SQL on a file; returns its path."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA writable_schema=ON")
        for line in lines:
            database.execute(line)
    return path


@pytest.mark.parametrize("form", FORMS)
def test_what_is_in_the_file_comes_out(tmp_path, form):
    info, frames = read_all(write_db3(tmp_path / "a.db3", DEPTH, form, COLOUR), colour=True)
    assert np.array_equal([f.depth_raw for f in frames], DEPTH)
    assert np.array_equal([f.colour.rgb for f in frames], COLOUR)
    assert all(f.colour.intrinsics is None for f in frames)  # nobody told
    assert [f.t_s for f in frames] == pytest.approx([5 + i / 60 for i in range(9)], abs=1e-6)
    assert all(not f.depth_raw.flags.writeable for f in frames)
    k = info.intrinsics
    assert (k.fx, k.fy, k.cx, k.cy) == (120.5, 121.0, 79.5, 59.25)
    assert (info.fps, info.n_frames, info.serial, info.note) == (60.0, 9, "T-1", "")
    assert "Test camera" in info.name
    assert info.duration_s == pytest.approx(8 / 60)


def test_random_access_by_frame_and_by_time(tmp_path):
    with Db3Source(write_db3(tmp_path / "a.db3", DEPTH)) as source:
        for index in (5, 0, 8, 8, 3):
            source.seek(index)
            assert np.array_equal(source.read().depth_raw, DEPTH[index])
            assert source.index_at(index / 60 - 1e-4) == index
        source.seek(8)
        source.read()
        with pytest.raises(EndOfStream):
            source.read()


def test_the_unit_of_each_frame_else_of_the_camera_else_a_millimetre(tmp_path):
    told = write_db3(tmp_path / "told.db3", DEPTH, units="0.000125")
    assert read_all(told)[1][0].depth_unit_mm == 0.125
    camera = write_db3(
        tmp_path / "camera.db3", DEPTH, texts=description(32, 24, "0.00025"), units=""
    )
    assert read_all(camera)[0].depth_unit_mm == 0.25
    neither = write_db3(tmp_path / "neither.db3", DEPTH, texts=description(32, 24, None), units="x")
    info, _ = read_all(neither)
    assert (info.depth_unit_mm, "assumed" in info.note) == (1.0, True)


def test_without_metadata_the_time_is_that_of_the_recording(tmp_path):
    path = write_db3(tmp_path / "a.db3", DEPTH)
    change(path, f"UPDATE topics SET name = '{BASE}/lost' WHERE name LIKE '%/metadata'")
    _, frames = read_all(path)
    assert np.diff([f.t_s for f in frames]) == pytest.approx([1 / 30] * 8, abs=1e-6)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
@pytest.mark.parametrize("form", FORMS)
def test_of_a_cut_file_what_is_there_is_read(tmp_path, form, share):
    depth = RNG.integers(0, 65536, (30, 60, 80), np.uint16)
    texts = description(80, 60)
    path = write_db3(tmp_path / "a.db3", depth, form, texts=texts)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with Db3Source(path) as source:
        frames, error = read_until_it_ends_early(source)
    assert all(np.array_equal(f.depth_raw, depth[f.index]) for f in frames)
    assert error.frames_read == len(frames) >= int(share * 30) - 3
    assert "missing" in str(error) or "damaged" in str(error)


def test_behind_a_damaged_page_the_rest_is_found(tmp_path):
    depth = RNG.integers(0, 65536, (40, 60, 80), np.uint16)
    path = write_db3(tmp_path / "a.db3", depth, texts=description(80, 60))
    data = bytearray(path.read_bytes())
    page = len(data) // 2 // 4096 * 4096
    data[page : page + 3 * 4096] = bytes(3 * 4096)
    path.write_bytes(data)
    with Db3Source(path) as source:
        frames, error = read_until_it_ends_early(source)
    right = {raw.tobytes() for raw in depth}
    assert {f.depth_raw.tobytes() for f in frames} <= right
    assert np.array_equal(frames[-1].depth_raw, depth[-1])
    assert 30 <= error.frames_read == len(frames) < 40


@pytest.mark.parametrize("what", ["'%Depth_0/image/data%'", "'%Depth_0/image/metadata'"])
def test_lost_messages_are_told(tmp_path, what):
    path = write_db3(tmp_path / "a.db3", DEPTH)
    topic = f"topic_id = (SELECT id FROM topics WHERE name LIKE {what})"
    change(path, f"DELETE FROM messages WHERE {topic} AND id % 3 = 0")
    with Db3Source(path) as source:
        frames, error = read_until_it_ends_early(source)
    assert 5 < len(frames) == error.frames_read
    assert (error.frames_expected == 9) == ("data" in what and "meta" not in what)


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
HOSTILE = {
    "a view without end": (
        "DROP TABLE messages",
        f"CREATE VIEW messages AS {ENDLESS} SELECT x AS id, 1 AS topic_id, x AS timestamp,"
        " zeroblob(1000000) AS data FROM n",
    ),
    "topics without end": (
        "DROP TABLE topics",
        f"CREATE VIEW topics AS {ENDLESS} SELECT x AS id, 'a' AS name, 'b' AS type FROM n",
    ),
    "a column that computes": (
        "DROP TABLE messages",
        "CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER, timestamp INTEGER,"
        " data BLOB GENERATED ALWAYS AS (zeroblob(900000000)) VIRTUAL)",
        "INSERT INTO messages(topic_id, timestamp) VALUES (1, 1)",
    ),
    "no messages": ("DROP TABLE messages",),
    "no depth": ("DELETE FROM topics WHERE name LIKE '%Depth%'",),
    "no images": ("DELETE FROM messages WHERE length(data) > 500",),
    "texts for numbers": ("UPDATE messages SET topic_id = 'x', timestamp = x'00'",),
    "texts for blobs": ("UPDATE messages SET data = 'text'",),
    "nothing for blobs": ("UPDATE messages SET data = zeroblob(0)",),
    "no camera": ("DELETE FROM topics WHERE name LIKE '%camera_info'",),
    "another schema": ("UPDATE sqlite_schema SET sql = 'nonsense' WHERE name = 'messages'",),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_hostile_and_empty_files_are_refused(tmp_path, how):
    path = change(write_db3(tmp_path / "a.db3", DEPTH), *HOSTILE[how])
    with pytest.raises((NotARecording, NoDepthStream)) as caught:
        open_source(str(path)).open()
    assert "a.db3" in str(caught.value)
    assert "\n" not in str(caught.value)


def make_bomb():
    packer = zstd.ZstdCompressor()
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(80)) + packer.flush()


@pytest.mark.parametrize("data", [make_bomb(), bytes(70 << 20)], ids=["packed", "plain"])
def test_a_message_of_more_than_any_picture_needs_is_damaged(tmp_path, data):
    path = write_db3(tmp_path / "a.db3", DEPTH, "zstd")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE messages SET data = ? WHERE id = 9", (data,))
    with Db3Source(path) as source:
        frames, error = read_until_it_ends_early(source)
    assert len(frames) == error.frames_read == 8


def test_the_file_is_not_touched_and_nothing_is_left_beside_it(tmp_path):
    path = write_db3(tmp_path / "odd name %20 ?#.db3", DEPTH)
    path.chmod(0o400)
    before = path.read_bytes()
    read_all(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_messages_that_are_cut_or_lie_are_damaged():
    image = cdr_image(DEPTH[0], "mono16")
    for size in [*range(70), len(image) - 1]:
        with pytest.raises(Damaged):
            parse_image(memoryview(image[:size]))
    assert np.array_equal(
        np.frombuffer(parse_image(memoryview(image)).data, np.uint16).reshape(24, 32), DEPTH[0]
    )
    for raw in (b"", b"\0\0\0\0" + image[4:], b"\0\1\0\0\xff\xff\xff\xff"):
        with pytest.raises(Damaged):
            Cdr(memoryview(raw)).text()
    assert parse_pairs(memoryview(cdr_text("a=1;b;c=x=y"))) == {"a": "1", "c": "x=y"}


@pytest.mark.parametrize(("width", "height", "known"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_the_colour_camera_is_told_where_it_fits_its_picture(tmp_path, width, height, known):
    rows, columns = COLOUR.shape[1:3]
    lens = f"width={columns + width};height={rows + height};fx=61;ppx=15.5;fy=62;ppy=11.5"
    told = {"/device_0/sensor_1/Color_0/camera_info": f"{lens};model=Brown Conrady;coeffs=0,0,0"}
    texts = description(DEPTH.shape[2], DEPTH.shape[1]) | told
    path = write_db3(tmp_path / "a.db3", DEPTH, colour=COLOUR, texts=texts)
    _, frames = read_all(path, colour=True)
    wanted = Intrinsics(columns, rows, 61.0, 62.0, 15.5, 11.5) if known else None
    assert [f.colour.intrinsics for f in frames] == [wanted] * len(frames)


def record(python, path, count, compress):
    script = SCRIPTS / "record_with_librealsense.py"
    command = [python, script, path, str(count), str(compress)]
    subprocess.run(command, check=True, timeout=LIMIT_S, capture_output=True)
    with np.load(path.with_suffix(".npz")) as data:
        return data["depth"]


def check_against_librealsense(tmp_path, python, replay, count, compress):
    path = tmp_path / "recorded.db3"
    pushed = record(python, path, count, compress)
    info, frames = read_all(path, colour=True)
    theirs = replay(path)
    assert np.array_equal([f.depth_raw for f in frames], pushed)
    assert np.array_equal(theirs["depth"], pushed[-len(theirs["depth"]) :])
    assert [f.t_s for f in frames][-len(theirs["t_s"]) :] == pytest.approx(theirs["t_s"], abs=1e-6)
    k = info.intrinsics
    assert (k.fx, k.fy, k.cx, k.cy) == pytest.approx(tuple(theirs["intrinsics"]), rel=1e-6)
    assert k.distortion == pytest.approx((0.01, -0.02, 0.001, 0.002, 0.003), rel=1e-6)
    assert info.depth_unit_mm == pytest.approx(float(theirs["scale_m"]) * 1000, rel=1e-6)
    assert (info.serial, info.fps) == (str(theirs["serial"]), 30.0)
    assert all(f.colour.rgb.shape == (480, 640, 3) for f in frames)
    assert all(f.colour.rgb.min() == f.colour.rgb.max() < count for f in frames)


@pytest.mark.parametrize("compress", [1, 0])
def test_every_pixel_equals_that_of_librealsense(tmp_path, replay, compress):
    check_against_librealsense(tmp_path, sys.executable, replay, 5, compress)


@pytest.mark.full
@pytest.mark.parametrize("compress", [1, 0])
def test_the_first_db3_of_librealsense_is_read_too(
    tmp_path, replay, packing_librealsense, compress
):
    """2.58 packs every message, and the newest plays such a file."""
    path = tmp_path / "recorded.db3"
    pushed = record(packing_librealsense, path, 20, compress)
    _, frames = read_all(path)
    assert np.array_equal([f.depth_raw for f in frames], pushed)
    theirs = replay(path)["depth"]
    assert np.array_equal(theirs, pushed[-len(theirs) :])
