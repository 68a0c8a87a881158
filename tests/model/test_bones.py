"""The maps of the bones: where they are bright, and what depth they carry."""

import pytest
import torch

from app.model.bones import CHANNELS, PERSPECTIVE, RADIUS, SIDE, BoneMaps
from app.skeleton import FINGER_JOINTS, N_JOINTS

torch.set_num_threads(1)


def maps_of(joints: torch.Tensor) -> torch.Tensor:
    return BoneMaps()(joints[None])[0]


def far_away() -> torch.Tensor:
    """Every joint out of the picture."""
    return torch.tensor([[9.0, 9.0, 0.0]]).repeat(N_JOINTS, 1)


def middle_of(column: int, row: int) -> torch.Tensor:
    """x and y of a map pixel's middle, half cubes."""
    return (torch.tensor([column, row]) + 0.5) * (2 / SIDE) - 1


@pytest.mark.parametrize("finger", range(5))
def test_a_finger_lights_its_own_map_along_its_bones(finger):
    joints = far_away()
    joints[FINGER_JOINTS[finger], :2] = torch.stack([middle_of(10, r) for r in (6, 10, 14, 18)])
    joints[FINGER_JOINTS[finger], 2] = 0.0
    maps = maps_of(joints)
    nearness = maps[2 + finger]
    torch.testing.assert_close(nearness[6:19, 10], torch.ones(13), atol=1e-4, rtol=0)
    across = 2 * (2 / SIDE)  # two pixels beside the bone
    expected = torch.exp(torch.tensor(-0.5 * (across / RADIUS[1]) ** 2))
    torch.testing.assert_close(nearness[12, 12], expected, atol=1e-4, rtol=0)
    others = [2 + f for f in range(5) if f != finger]
    assert maps[others].max() < 1e-3


def test_depth_runs_along_a_bone():
    joints = far_away()
    z = torch.tensor([-0.6, -0.2, 0.2, 0.6])
    xy = torch.stack([middle_of(16, r) for r in (8, 12, 16, 20)])
    joints[FINGER_JOINTS[1]] = torch.cat([xy * (1 + PERSPECTIVE * z[:, None]), z[:, None]], 1)
    maps = maps_of(joints)
    assert maps.shape == (CHANNELS, SIDE, SIDE)
    depth = maps[8][8:21, 16] / maps[3][8:21, 16]
    assert (depth[1:] - depth[:-1] > 0).all()
    assert depth[6] == pytest.approx(0.0, abs=0.02)


def test_the_palm_is_wider_than_a_finger_and_near_things_look_larger():
    joints = far_away()
    joints[0, :2], joints[FINGER_JOINTS[2, 0], :2] = middle_of(16, 24), middle_of(16, 12)
    joints[[0, *FINGER_JOINTS[2, :1].tolist()], 2] = 0.0
    palm = maps_of(joints)[0]
    assert palm[18, 18] > torch.exp(torch.tensor(-0.5 * (0.125 / RADIUS[1]) ** 2))
    shifted = joints.clone()
    shifted[[0, FINGER_JOINTS[2, 0]], 0] = 0.4
    columns = []
    for z in (-0.8, 0.8):
        shifted[[0, FINGER_JOINTS[2, 0]], 2] = z
        columns.append(int(maps_of(shifted)[0][18].argmax()))
    assert columns[0] > columns[1] > 16
