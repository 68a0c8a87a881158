"""The `.bag` reader: every pixel, time and number equals what librealsense makes of the file."""

import struct

import numpy as np
import pytest
from rosbags.rosbag1 import Reader, Writer

from app.capture.base import Damaged, EndOfStream
from app.capture.recorder.make_sample import GAP_S, frame_times
from app.capture.recorder.rosbag_writer import BagWriter, CameraDescription
from app.capture.recordings.bag_messages import depth_pixels, parse_image
from app.capture.recordings.rosbag import BagSource
from app.capture.registry import open_source
from app.errors import CaptureError, EndedEarly, NoDepthStream, NotARecording, OutputError
from app.frames import DepthFrame, Intrinsics

LENS = (0.01, -0.02, 0.001, 0.002, 0.003)


def read_all(path, **options):
    with BagSource(path, **options) as source:
        return list(source.frames())


def make_frames(n=6, unit_mm=0.125, width=64, height=48, t0_s=7.0):
    rng = np.random.default_rng(3)
    k = Intrinsics(width, height, 70.0, 71.0, 31.0, 23.5, LENS)
    depth = rng.integers(0, 65536, (n, height, width), np.uint16)
    return [DepthFrame(i, 0, t0_s + i / 30, 0.0, depth[i], k, unit_mm) for i in range(n)]


def write_bag(path, frames, compress=True, **about):
    camera = CameraDescription(frames[0].intrinsics, frames[0].depth_unit_mm, **about)
    with BagWriter(path, camera, compress) as bag:
        for frame in frames:
            bag.write(frame)
    return path


@pytest.mark.parametrize("which", ["sample", "d435"])
def test_every_pixel_equals_that_of_librealsense(which, request, replay):
    path = request.getfixturevalue(which)
    theirs = replay(path)
    with BagSource(path) as source:
        info = source.open()
        ours = list(source.frames())
    assert len(ours) == len(theirs["depth"]) == info.n_frames
    assert np.array_equal(np.stack([f.depth_raw for f in ours]), theirs["depth"])
    assert [f.t_s for f in ours] == pytest.approx(theirs["t_s"], abs=1e-6)
    k = info.intrinsics
    assert (k.fx, k.fy, k.cx, k.cy) == pytest.approx(tuple(theirs["intrinsics"]), rel=1e-6)
    assert info.depth_unit_mm == pytest.approx(float(theirs["scale_m"]) * 1000, rel=1e-6)
    assert info.serial == str(theirs["serial"])
    assert str(theirs["name"]) in info.name


def test_the_sample_is_what_its_readme_says(sample):
    with BagSource(sample) as source:
        info = source.open()
        frames = list(source.frames())
    k = info.intrinsics
    assert (k.width, k.height, k.fx, k.fy) == (640, 480, 476.007, 476.007)
    assert (k.cx, k.cy, k.distorted) == (313.683, 242.755, False)
    assert {f.depth_unit_mm for f in frames} == {0.125}
    gaps = np.diff([f.t_s for f in frames])
    assert len(frames) == 19
    assert sorted(np.round(gaps, 3)) == [0.667] * 16 + [1.333, 5.0]
    assert np.argmax(gaps) == 7
    assert all(not f.depth_raw.flags.writeable for f in frames)


def test_what_is_written_is_read_back_and_plays_in_librealsense(tmp_path, replay):
    frames = make_frames()
    about = {"name": "Camera", "serial": "S-1", "fps": 60, "product_line": "D400"}
    for compress in (False, True):
        path = write_bag(tmp_path / f"{compress}.bag", frames, compress, **about)
        with BagSource(path) as source:
            info = source.open()
            ours = list(source.frames())
        theirs = replay(path)
        assert np.array_equal([f.depth_raw for f in ours], [f.depth_raw for f in frames])
        assert np.array_equal(theirs["depth"], [f.depth_raw for f in frames])
        assert [f.t_s for f in ours] == pytest.approx([f.t_s for f in frames], abs=1e-8)
        assert (info.serial, info.fps, info.depth_unit_mm) == ("S-1", 60.0, 0.125)
        assert info.intrinsics == frames[0].intrinsics
        assert float(theirs["scale_m"]) == pytest.approx(0.000125)


def test_times_of_a_sample_made_of_several_recordings():
    files = ["a/30.png", "a/50.png", "b/0.png", "b/20.png", "b/60.png", "c/7.png"]
    gaps = np.diff(frame_times(files))
    assert gaps == pytest.approx([20 / 30, GAP_S, 20 / 30, 40 / 30, GAP_S])


def test_random_access_gives_the_same_frames(sample):
    frames = read_all(sample)
    with BagSource(sample) as source:
        for index in np.random.default_rng(0).integers(0, 19, 40):
            source.seek(int(index))
            assert source.position == index
            frame = source.read()
            assert frame.index == index
            assert np.array_equal(frame.depth_raw, frames[index].depth_raw)
        for frame in frames:
            assert source.index_at(frame.t_s - frames[0].t_s) == frame.index
        assert source.index_at(-5.0) == 0
        source.seek(10**9)
        assert source.read().index == 18
        with pytest.raises(EndOfStream):
            source.read()


def test_entries_agree_with_an_independent_reader(sample, d435):
    for path in (sample, d435):
        with Reader(path) as reader:
            wanted = [c for c in reader.connections if c.topic.endswith("Depth_0/image/data")]
            theirs = [bytes(raw) for _, _, raw in reader.messages(wanted)]
        images = [parse_image(memoryview(raw)) for raw in theirs]
        assert np.array_equal(
            [depth_pixels(i) for i in images], [f.depth_raw for f in read_all(path)]
        )


@pytest.mark.parametrize("form", [Writer.CompressionFormat.BZ2, Writer.CompressionFormat.LZ4])
def test_any_compression_of_ros_is_read(tmp_path, sample, form):
    packed = tmp_path / "packed.bag"
    with Reader(sample) as reader:
        writer = Writer(packed)
        writer.set_compression(form)
        with writer:
            connections = {
                c.id: writer.add_connection(
                    c.topic, c.msgtype, msgdef=c.msgdef.data, md5sum=c.digest
                )
                for c in reader.connections
            }
            for connection, time_ns, raw in reader.messages():
                writer.write(connections[connection.id], time_ns, raw)
    ours, original = read_all(packed), read_all(sample)
    assert np.array_equal([f.depth_raw for f in ours], [f.depth_raw for f in original])


def test_colour_comes_with_the_nearest_depth(d435):
    frames = read_all(d435, colour=True)
    assert [f.colour.rgb.shape for f in frames] == [(480, 640, 3)] * 2
    assert frames[0].colour.rgb.std() > 1
    lens = frames[0].colour.intrinsics  # its own, not the depth's
    assert (lens.width, lens.height) == (640, 480)
    assert lens != frames[0].intrinsics
    assert abs(lens.cx - 319.5) < 40
    assert frames[0].colour.colour_from_depth[0, 3] == pytest.approx(14.3113, abs=1e-3)  # mm
    assert all(f.colour is None for f in read_all(d435))
    with open_source(str(d435), colour=True) as source:
        assert next(source.frames()).colour.rgb.shape == (480, 640, 3)


def image_bytes(pixels, encoding="mono16", big_endian=0, padding=0, unit_m=None, step=None):
    height, width = pixels.shape
    rows = pixels.astype(">u2" if big_endian else "<u2").tobytes()
    row = 2 * width
    data = b"".join(rows[i * row : (i + 1) * row] + b"\xaa" * padding for i in range(height))
    text = encoding.encode()
    head = struct.pack("<IIII", 5, 9, 250_000_000, 1) + b"1"
    head += struct.pack("<III", height, width, len(text)) + text
    head += struct.pack("<BII", big_endian, row + padding if step is None else step, len(data))
    return memoryview(head + data + (b"" if unit_m is None else struct.pack("<f", unit_m)))


@pytest.mark.parametrize("padding", [0, 2, 7])
@pytest.mark.parametrize("big_endian", [0, 1])
@pytest.mark.parametrize("unit_m", [None, 0.001, 0.0, -1.0, float("nan")])
def test_images_of_every_layout(padding, big_endian, unit_m):
    pixels = np.random.default_rng(1).integers(0, 65536, (5, 9), np.uint16)
    image = parse_image(image_bytes(pixels, "mono16", big_endian, padding, unit_m))
    assert np.array_equal(depth_pixels(image), pixels)
    assert depth_pixels(image).dtype == np.uint16
    assert image.t_s == 9.25
    assert image.unit_m == (pytest.approx(0.001) if unit_m == 0.001 else None)


def test_images_that_contradict_themselves_are_damaged():
    pixels = np.ones((5, 9), np.uint16)
    whole = image_bytes(pixels)
    for size in range(len(whole)):
        with pytest.raises(Damaged):
            parse_image(whole[:size])
    for bad in (image_bytes(pixels, step=10**9), image_bytes(pixels, step=4)):
        with pytest.raises(Damaged):
            depth_pixels(parse_image(bad))
    with pytest.raises(Damaged):
        depth_pixels(parse_image(image_bytes(pixels, "rgb8")))


@pytest.mark.parametrize(
    "change", [{"fx": float("nan")}, {"fy": -4.0}, {"cx": float("inf")}, {"fx": 0.0}, {"width": 0}]
)
def test_impossible_cameras_are_refused(tmp_path, change):
    frames = make_frames()
    k = frames[0].intrinsics
    fields = {f: getattr(k, f) for f in ("width", "height", "fx", "fy", "cx", "cy")} | change
    bad = DepthFrame(0, 0, 0.0, 0.0, frames[0].depth_raw, Intrinsics(**fields), 0.125)
    with pytest.raises(NotARecording):
        BagSource(write_bag(tmp_path / "bad.bag", [bad])).open()


def test_impossible_depth_units_fall_back_to_a_millimetre_and_say_so(tmp_path):
    frames = make_frames(unit_mm=float("nan"))
    info = BagSource(write_bag(tmp_path / "nan.bag", frames)).open()
    assert info.depth_unit_mm == 1.0
    assert "assumed" in info.note


def test_a_bag_without_depth_says_so(tmp_path, d435):
    path = tmp_path / "colour.bag"
    with Reader(d435) as reader, Writer(path) as writer:
        for connection in reader.connections:
            if "Depth" in connection.topic:
                continue
            copy = writer.add_connection(
                connection.topic,
                connection.msgtype,
                msgdef=connection.msgdef.data,
                md5sum=connection.digest,
            )
            for _, time_ns, raw in reader.messages([connection]):
                writer.write(copy, time_ns, raw)
    with pytest.raises(NoDepthStream, match="no depth"):
        BagSource(path).open()


def test_the_writer_refuses_what_exists_and_reading_needs_an_open_source(tmp_path):
    path = write_bag(tmp_path / "a.bag", make_frames())
    with pytest.raises(OutputError, match="exists"):
        write_bag(path, make_frames())
    with pytest.raises(OutputError, match="cannot be written"):
        write_bag(tmp_path / "nowhere" / "a.bag", make_frames())
    source = BagSource(path)
    with pytest.raises(CaptureError, match="not open"):
        source.read()
    source.close()
    source.close()


def test_times_that_go_backwards_keep_the_order_of_writing_and_are_left_out(tmp_path):
    frames = make_frames(4)
    times = [5.0, 1.0, float("nan"), 2.0]
    shuffled = [
        DepthFrame(f.index, 0, t, 0.0, f.depth_raw, f.intrinsics, 0.125)
        for f, t in zip(frames, times, strict=True)
    ]
    ours = read_all(write_bag(tmp_path / "back.bag", shuffled))
    assert np.array_equal([f.depth_raw for f in ours], [f.depth_raw for f in frames])
    assert all(gap > 0 for gap in np.diff([f.t_s for f in ours]))  # by the recording's own clock


def join_bags(path, *bags):
    """Recordings of one camera each as one of several: the second's topics are /device_1 ..."""
    with Writer(path) as writer:
        for number, bag in enumerate(bags):
            with Reader(bag) as reader:
                copies = {
                    c.id: writer.add_connection(
                        c.topic.replace("device_0", f"device_{number}"),
                        c.msgtype,
                        msgdef=c.msgdef.data,
                        md5sum=c.digest,
                    )
                    for c in reader.connections
                    if number == 0 or "device_0" in c.topic
                }
                for connection, time_ns, raw in reader.messages():
                    if connection.id in copies:
                        writer.write(copies[connection.id], time_ns, raw)
    return path


def test_either_camera_of_two_in_one_file_is_played_and_the_other_named(tmp_path):
    few, many = make_frames(3), make_frames(5, t0_s=3.0)
    bags = [write_bag(tmp_path / f"{len(f)}.bag", f) for f in (few, many)]
    path = join_bags(tmp_path / "two.bag", *bags)
    for spec, frames, other in (
        (path, many, "#1"),
        (f"{path}#1", few, "#2"),
        (f"{path}#2", many, "#1"),
    ):
        with open_source(str(spec)) as source:
            assert f"it also has {other} /device_" in source.open().note
            ours = list(source.frames())
        assert np.array_equal([f.depth_raw for f in ours], [f.depth_raw for f in frames])


def test_zeros_behind_the_end_of_a_whole_file_are_no_damage(tmp_path):
    path = write_bag(tmp_path / "a.bag", make_frames())
    path.write_bytes(path.read_bytes() + bytes(8192))
    assert len(read_all(path)) == 6  # and no EndedEarly
    path.write_bytes(path.read_bytes()[:-8192] + bytes(100) + b"\1")
    with pytest.raises(EndedEarly):
        read_all(path)
