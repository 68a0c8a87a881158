"""The ROS message types in librealsense's recordings: definitions and their checksums.

From the ROS packages std_msgs, diagnostic_msgs, geometry_msgs, sensor_msgs, and librealsense's own
realsense_msgs. The checksum is what readers compare; comments, left out here, do not change it.
"""

from __future__ import annotations

from typing import NamedTuple

_RULE = "=" * 80
_HEADER = f"""
{_RULE}
MSG: std_msgs/Header
uint32 seq
time stamp
string frame_id
"""


class Definition(NamedTuple):
    type: str
    text: str
    md5: str


UINT32 = Definition("std_msgs/UInt32", "uint32 data\n", "304a39449588c7f8ce2df6e8001c5fce")
FLOAT32 = Definition("std_msgs/Float32", "float32 data\n", "73fcbf46b49191e672908e50842a83d4")
STRING = Definition("std_msgs/String", "string data\n", "992ce8a1687cec8c8bd883ec73ca41d1")
KEY_VALUE = Definition(
    "diagnostic_msgs/KeyValue", "string key\nstring value\n", "cf57fdc6617a881a88c16e768132149c"
)
STREAM_INFO = Definition(
    "realsense_msgs/StreamInfo",
    "uint32 fps\nstring encoding\nbool is_recommended\n",
    "311d7e24eac31bb87271d041bf70ff7d",
)
TRANSFORM = Definition(
    "geometry_msgs/Transform",
    f"""Vector3 translation
Quaternion rotation
{_RULE}
MSG: geometry_msgs/Vector3
float64 x
float64 y
float64 z
{_RULE}
MSG: geometry_msgs/Quaternion
float64 x
float64 y
float64 z
float64 w
""",
    "ac9eff44abf714214112b05d54a3cf9b",
)
IMAGE = Definition(
    "sensor_msgs/Image",
    f"""Header header
uint32 height
uint32 width
string encoding
uint8 is_bigendian
uint32 step
uint8[] data
{_HEADER}""",
    "060021388200f6f0f447d0fcd9c64743",
)
CAMERA_INFO = Definition(
    "sensor_msgs/CameraInfo",
    f"""Header header
uint32 height
uint32 width
string distortion_model
float64[] D
float64[9] K
float64[9] R
float64[12] P
uint32 binning_x
uint32 binning_y
RegionOfInterest roi
{_HEADER}
{_RULE}
MSG: sensor_msgs/RegionOfInterest
uint32 x_offset
uint32 y_offset
uint32 height
uint32 width
bool do_rectify
""",
    "c9a58c1b0b154e0e6da7578cb991d214",
)
