"""Changes of a crop and of its joints belong together; sure teachers pull harder."""

import numpy as np
import pytest
import torch

from app.frames import DepthFrame, Intrinsics
from app.segmentation.crop import camera_to_crop, make_crop
from app.training.samples.changes import Change, draw_changes
from app.training.samples.variation import Varied
from app.training.stages.pseudo_labels import PseudoLabels
from tests.training.fakes import FakeCrops

torch.set_num_threads(1)


def change(turn: float, scale: float) -> Change:
    """One crop's change, without noise."""
    nothing = torch.zeros(1, 1, 128, 128)
    return Change(torch.tensor([turn]), torch.tensor([scale]), nothing, nothing.bool())


def blob(x: float, y: float, z: float) -> torch.Tensor:
    """A crop with a small square of depth z whose centre lies at (x, y), in halves of the side."""
    image = torch.ones(1, 1, 128, 128)
    u, v = (round((c + 1) * 64 - 0.5) for c in (x, y))
    image[..., v - 2 : v + 3, u - 2 : u + 3] = z
    return image


def centre(image: torch.Tensor) -> torch.Tensor:
    """x, y in halves of the side, and the depth, of what is not background."""
    v, u = torch.nonzero(image[0, 0] < 1, as_tuple=True)
    return torch.stack([(u.float().mean() + 0.5) / 64 - 1, (v.float().mean() + 0.5) / 64 - 1,
                        image[0, 0, v, u].mean()])  # fmt: skip


@pytest.mark.parametrize("turn", [0.0, 0.4, -1.2])
@pytest.mark.parametrize("scale", [1.0, 1.1, 0.9])
def test_picture_and_joint_move_alike(turn, scale):
    made = change(turn, scale)
    # a point in the plane through the crop's centre is seen at x, y of its pixel
    joint = torch.tensor([[[0.4, -0.25, 0.0]]])
    seen = centre(made.images(blob(0.4, -0.25, 0.0)))
    torch.testing.assert_close(seen, made.joints(joint)[0, 0], atol=0.02, rtol=0)


def test_nothing_changes_nothing():
    image, joints = blob(0.3, 0.2, -0.4), torch.randn(1, 21, 3)
    torch.testing.assert_close(change(0, 1).images(image), image)
    torch.testing.assert_close(change(0, 1).joints(joints), joints)


def test_a_larger_cube_is_what_segmentation_cuts():
    """Scaling a crop is cutting a larger cube round the same centre."""
    depth = np.full((240, 320), 900, np.uint16)
    v, u = np.mgrid[:240, :320]
    ball = (u - 170) ** 2 + (v - 110) ** 2 < 30**2
    depth[ball] = (520 + 0.02 * ((u - 170) ** 2 + (v - 110) ** 2))[ball]
    camera = Intrinsics(320, 240, 290.0, 290.0, 160.0, 120.0)
    frame = DepthFrame(0, 0, 0.0, 0.0, depth, camera)
    middle = np.array([10.0, -15.0, 545.0], np.float32)
    small, large = (make_crop(frame, middle, cube) for cube in (220.0, 242.0))
    made = change(0, 1.1)
    scaled = made.images(torch.from_numpy(small.image.copy())[None, None])[0, 0].numpy()
    inside = (scaled < 1) & (large.image < 1)
    assert inside.sum() > 0.9 * (large.image < 1).sum() > 500
    assert np.median(np.abs(scaled - large.image)[inside]) < 0.002
    point = np.array([[20.0, -30.0, 530.0]], np.float32)
    expected = camera_to_crop(point, large)[0]
    moved = made.joints(torch.from_numpy(camera_to_crop(point, small))[None])[0, 0].numpy()
    np.testing.assert_allclose(moved, expected, atol=1e-5)


def test_changes_are_drawn_from_their_generator_and_stay_in_range():
    a, b = (draw_changes(40, 128, torch.Generator().manual_seed(2)) for _ in range(2))
    torch.testing.assert_close(a.noise, b.noise)
    images = a.images(blob(0.1, 0.1, -0.6).expand(40, 1, 128, 128))
    assert ((images < 1).flatten(1).sum(1) > 5).all()
    edge = a.images(blob(0.1, 0.1, -0.95).expand(40, 1, 128, 128))
    assert (edge.abs() <= 1).all()  # what leaves the cube is background
    assert a.turn.std() > 0.2
    assert a.holes.any()


def test_sure_teachers_pull_harder():
    output = torch.zeros(1, 2, 3, requires_grad=True)
    joints = torch.tensor([[[0.3, 0.0, 0.0], [0.3, 0.0, 0.0]]])
    confidence = torch.tensor([[0.8, 0.2]])
    pseudo = PseudoLabels(torch.zeros(1, 1, 8, 8), joints, confidence, torch.ones(1))
    loss = pseudo.loss(output)
    loss.backward()
    assert loss.item() == pytest.approx(0.3 * 0.5, rel=1e-3)
    pull = output.grad[0, :, 0]
    assert pull[0] == pytest.approx(4 * float(pull[1]), rel=1e-4)
    assert pseudo.loss(joints) == pytest.approx(0, abs=1e-3)


def test_a_small_set_is_seen_anew_in_every_epoch_and_stays_true():
    source = FakeCrops(0, "train")
    plain, varied = source.arrays(0, 4), Varied(source, 3).arrays(0, 4)
    again, other = Varied(source, 3).arrays(0, 4), Varied(source, 4).arrays(0, 4)
    assert np.array_equal(varied["images"], again["images"])
    assert not np.array_equal(varied["images"], other["images"])
    here = plain["present"]
    far = [
        np.linalg.norm(each["joints"][here], axis=-1) * each["cube_mm"][here, None]
        for each in (plain, varied)
    ]
    np.testing.assert_allclose(*far, rtol=1e-4)  # turned about the cube's centre, not stretched
