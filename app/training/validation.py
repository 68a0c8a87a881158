"""Cheap checks during training, on a fixed batch of samples that training never draws."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from app.data.sample import Batch
from app.model.crossing_nets import CrossingNets
from app.model.presets import UNIT_MM
from app.training.labelled_joints import LabelledJoints

CHUNK = 128


class Validator:
    """Errors of a network on one batch, in mm of each sample's own cube.

    Of joints those that are labelled.
    """

    def __init__(self, batch: Batch, device: torch.device, labels: LabelledJoints | None = None):
        self.batch, self.device, self.labels = batch, device, labels or LabelledJoints()
        self.here = batch.present.astype(bool)
        self.half_mm = torch.from_numpy(batch.cube_mm[self.here] / 2)[:, None]
        self.joints = torch.from_numpy(batch.joints[self.here])
        self.perspective = torch.from_numpy(batch.perspective[self.here]).to(device)

    @torch.no_grad()
    def measure(
        self, model: CrossingNets, parts: tuple[str, ...] = ("pose", "vae", "picture")
    ) -> dict[str, float]:
        """Figures by name. Leaves the network in evaluation mode."""
        model.eval()
        result: dict[str, float] = {}
        if "vae" in parts:
            decoded = model.decode(model.encode(self.joints.to(self.device))).cpu()
            off = self.labels.joints(decoded - self.joints).norm(dim=-1)
            result["vae_mm"] = float((off * self.half_mm).mean())
        if "pose" in parts:
            result |= self._pose(model)
        if "picture" in parts:
            result |= self._picture(model)
        return {name: round(value, 4) for name, value in result.items()}

    @torch.no_grad()
    def sheet(self, model: CrossingNets, count: int = 8) -> np.ndarray:
        """float32 [512, 128 count] in 0..1, near is bright.

        From above: what the sensor saw, the clean target, Gen(Ali(Enc(y))),
        Gen(Ali(pos(x))).
        """
        model.eval()
        images, clean = (
            torch.from_numpy(part[self.here][:count])[:, None].to(self.device)
            for part in (self.batch.images, self.batch.clean)
        )
        codes = model.encode(self.joints[:count].to(self.device)), model.estimate(images).z
        perspective = self.perspective[:count]
        rows = [images, clean, *(model.synthesise(z, perspective) for z in codes)]
        sheet = torch.cat([torch.cat(list(row[:, 0]), -1) for row in rows]).cpu().numpy()
        return (1 - sheet.clip(-1, 1)) / 2

    def _pose(self, model: CrossingNets) -> dict[str, float]:
        images = torch.from_numpy(self.batch.images)[:, None]
        outputs = [model.estimate(chunk.to(self.device)) for chunk in images.split(CHUNK)]
        z, log_sigma, presence, right = (
            torch.cat([getattr(out, name) for out in outputs]).cpu()
            for name in ("z", "log_sigma", "presence_logit", "side_logit")
        )
        mirrored = images[self.here].flip(-1).split(CHUNK)
        left = torch.cat([model.estimate(each.to(self.device)).side_logit for each in mirrored])
        joints = self.labels.joints(model.decode(z[self.here].to(self.device)).cpu())
        off = joints - self.labels.joints(self.joints)
        error = off.norm(dim=-1) * self.half_mm
        centred = off - off.mean(1, keepdim=True)
        sigma = self.labels.log_sigma(log_sigma[self.here]).exp() * self.half_mm
        result = {
            "joint_mm": float(error.mean()),
            "joint_centred_mm": float((centred.norm(dim=-1) * self.half_mm).mean()),
            "median_mm": float(error.mean(1).median()),
            "sigma_ratio": float(error.mean() / sigma.mean()),
            "sigma_correlation": _correlation(error.mean(1), sigma.mean(1)),
            "side_accuracy": float((right[self.here] > left.cpu()).float().mean()),
        }
        if not self.here.all():
            result["presence_auc"] = area_under_curve(presence.numpy(), self.here)
        return result

    def _picture(self, model: CrossingNets) -> dict[str, float]:
        clean = torch.from_numpy(self.batch.clean[self.here])[:, None]
        z = model.encode(self.joints.to(self.device))
        chunks = zip(z.split(CHUNK), self.perspective.split(CHUNK), strict=True)
        pictures = torch.cat([model.synthesise(*chunk).cpu() for chunk in chunks])
        shown, real = pictures < model.recipe.hand_below, clean < 1.0
        both = shown & real
        inside = (
            (pictures - clean).abs()[both].mean() * UNIT_MM if both.any() else torch.tensor(UNIT_MM)
        )
        each = both.flatten(1).sum(1) / (shown | real).flatten(1).sum(1).clamp_min(1)
        return {"picture_iou": float(each.mean()), "picture_depth_mm": float(inside)}


def area_under_curve(scores: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve.

    The chance that a positive scores above a negative (ties count half).
    """
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(scores):
        same = scores == value
        ranks[same] = ranks[same].mean()
    n_positive = int(positive.sum())
    n_negative = len(scores) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    return float(
        (ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)
    )


def _correlation(a: Tensor, b: Tensor) -> float:
    """Pearson's; 0 where one of them does not vary."""
    a, b = a - a.mean(), b - b.mean()
    norm = a.norm() * b.norm()
    return float((a @ b) / norm) if norm > 0 else 0.0
