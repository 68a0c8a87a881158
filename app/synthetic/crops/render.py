"""One training crop from its numbers: pose, skin, dress, draw, compose with clutter,
degrade, cut. Compiled whole."""

from __future__ import annotations

import math

import numpy as np

from app.hand.kinematics import ELBOW, LABEL_BONE, forward
from app.hand.skinning import blend
from app.jit import njit
from app.synthetic.clutter import draw_plane, draw_solid
from app.synthetic.motion_blur import blur
from app.synthetic.raster import draw_triangles
from app.synthetic.sensor_noise import degrade

NEAR_MM = 60.0
INSIDE = np.float32(1 - 1e-5)  # larger values are the far face of the cube: background
LEAST_VISIBLE = 0.6  # share of the hand that clutter must leave in sight, else the clutter goes
N_DRESS = 5


@njit
def pose_hand(theta, rotation, pivots, marked, axes, at_forearm, target, bones, joints):
    """Fills bones [21, 3, 4] and labelled joints [21, 3] so that the joints' mean lies at target
    [3] mm, or, with at_forearm > 0, the point that share of the way from the wrist to the elbow."""
    zero = np.zeros(3, np.float32)
    forward(theta, rotation, zero, pivots, axes, bones)
    for j in range(21):
        transform(bones[LABEL_BONE[j]], marked[j], joints[j])
    place = np.zeros(3, np.float32)
    elbow = np.empty(3, np.float32)
    transform(bones[0], pivots[ELBOW], elbow)
    for r in range(3):
        if at_forearm > 0:
            place[r] = joints[0, r] + at_forearm * (elbow[r] - joints[0, r])
        else:
            for j in range(21):
                place[r] += joints[j, r] / 21
        shift = target[r] - place[r]
        bones[:, r, 3] += shift
        joints[:, r] += shift


@njit
def transform(bone, point, out):
    """out = bone [3, 4] @ (point, 1)."""
    for r in range(3):
        x = bone[r, 0] * point[0] + bone[r, 1] * point[1] + bone[r, 2] * point[2]
        out[r] = x + bone[r, 3]


@njit
def dress(vertices, forearm, wrist, elbow, how):
    """A sleeve, or a forearm that the camera does not see; in place.

    how: sleeve start mm from the wrist (0 = none), thickness mm, fold height mm, fold phase;
    forearm lost from this many mm on (0 = seen).
    """
    axis = elbow - wrist
    axis /= math.sqrt(axis[0] ** 2 + axis[1] ** 2 + axis[2] ** 2)
    radial = np.empty(3, np.float32)
    for i in forearm:
        v = vertices[i]
        along = (
            (v[0] - wrist[0]) * axis[0] + (v[1] - wrist[1]) * axis[1] + (v[2] - wrist[2]) * axis[2]
        )
        square = np.float32(1e-6)
        for r in range(3):
            radial[r] = v[r] - wrist[r] - along * axis[r]
            square += radial[r] ** 2
        push = 0.0
        if how[0] > 0 and along > how[0]:
            fold = math.sin(along * 0.12 + how[3]) * math.sin(
                0.15 * radial[0] + 0.11 * radial[1] + how[3]
            )
            push = min((along - how[0]) / 6, 1.0) * (how[1] + how[2] * fold)
        if push != 0:
            size = math.sqrt(square)
            for r in range(3):
                v[r] += push * radial[r] / size
        if how[4] > 0 and along > how[4]:
            v[2] = -1.0


@njit
def compose(scene, hand, far):
    """hand = the nearer of both;
    returns whether enough of the hand stays in sight (otherwise nothing changes)."""
    total, seen = 0, 0
    for y in range(hand.shape[0]):
        for x in range(hand.shape[1]):
            if hand[y, x] < far:
                total += 1
                seen += hand[y, x] <= scene[y, x]
    if seen < LEAST_VISIBLE * total:
        return False
    for y in range(hand.shape[0]):
        for x in range(hand.shape[1]):
            hand[y, x] = min(hand[y, x], scene[y, x])
    return True


@njit
def draw_planes(scene, f, cx, cy, planes, points, behind):
    """Planes [k, 4] (normal, margin; margin 0 = none) behind every point [m, 3],
    or through them on average."""
    for k in range(planes.shape[0]):
        normal, margin = planes[k, :3], planes[k, 3]
        if margin == 0:
            continue
        most = np.float32(-1e9)
        mean = np.float32(0)
        for j in range(points.shape[0]):
            value = normal[0] * points[j, 0] + normal[1] * points[j, 1] + normal[2] * points[j, 2]
            most = max(most, value)
            mean += value / points.shape[0]
        draw_plane(scene, f, cx, cy, normal, (most if behind else mean - 40) + margin)


@njit
def cut_border(depth, far, side, share):
    """The frame ends within the window: nothing is seen beyond.
    side 0 left, 1 right, 2 top, 3 bottom."""
    height, width = depth.shape
    rows, columns = int(height * share), int(width * share)
    if side == 0:
        depth[:, :columns] = far
    elif side == 1:
        depth[:, width - columns :] = far
    elif side == 2:
        depth[:rows] = far
    else:
        depth[height - rows :] = far


@njit
def resample(depth, f, cx, cy, distance, cube, out):
    """Nearest pixel of the native window for each pixel of the crop, scaled;
    outside the cube is +1."""
    size = out.shape[0]
    height, width = depth.shape
    pitch = cube / distance / size * f
    columns = np.empty(size, np.int64)
    for u in range(size):
        columns[u] = math.floor((u - (size - 1) / 2) * pitch + cx + 0.5)
    scale, start = np.float32(2 / cube), np.float32(distance)
    for v in range(size):
        y = math.floor((v - (size - 1) / 2) * pitch + cy + 0.5)
        for u in range(size):
            x = columns[u]
            value = np.float32(1)
            if 0 <= x < width and 0 <= y < height:
                value = (depth[y, x] - start) * scale
            out[v, u] = value if -1 <= value < INSIDE else np.float32(1)


@njit
def draw_clean(vertices, triangles, distance, cube, out):
    """The mesh alone, noise-free, straight into the crop's own grid."""
    size = out.shape[0]
    far = distance + cube / 2
    out[:] = far
    middle, f = (size - 1) / 2, size * distance / cube
    draw_triangles(vertices, triangles, f, f, middle, middle, out, NEAR_MM, True)
    scale, start = np.float32(2 / cube), np.float32(distance)
    for v in range(size):
        for u in range(size):
            value = (out[v, u] - start) * scale
            out[v, u] = value if -1 <= value < INSIDE else np.float32(1)


@njit
def finish(hand, scene, cluttered, far, f, cx, cy, numbers, motion, sensor, seed, out):
    """Compose, blur, cut at the frame's border, degrade, resample.
    numbers: distance, cube, border side (-1 none), share."""
    distance, cube = numbers[0], numbers[1]
    if cluttered:
        compose(scene, hand, far)
    if motion[0] != 0 or motion[1] != 0:
        blur(hand, far, motion)
    if numbers[2] >= 0:
        cut_border(hand, far, int(numbers[2]), numbers[3])
    degrade(hand, far, sensor, f, seed)
    resample(hand, f, cx, cy, distance, cube, out)


@njit
def draw_solids(scene, f, cx, cy, solids):
    """Every solid [k, 13] whose kind is not negative."""
    for k in range(solids.shape[0]):
        if solids[k, 0] >= 0:
            draw_solid(scene, f, cx, cy, solids[k])


@njit
def place_hand(
    theta,
    rotation,
    pivots,
    marked,
    axes,
    vertices,
    skin_bones,
    skin_weights,
    at_forearm,
    target,
    bones,
    joints,
    out,
):
    """Pose and skin one hand: fills bones, joints and vertices out [V, 3]."""
    pose_hand(theta, rotation, pivots, marked, axes, at_forearm, target, bones, joints)
    blend(vertices, skin_bones, skin_weights, bones, out)
