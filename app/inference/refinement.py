"""Test-time refinement: a few steps that bring the latent to what the crop shows.

The objective is on the map itself: every seen point should lie on the surface of the hand that z
decodes to (`surface`), near the network's own joints, each held by its expected error, and near the
prior. Steps are Levenberg-Marquardt in z through Dec's Jacobian; one that does not lower the
objective is not taken, so the result is never worse by it than the first answer. Dec runs in the
engine that is there: no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from app.engine.engine import Engine
from app.frames import HandCrop
from app.inference.surface import SurfaceFit
from app.latent.density import prior_gaussian
from app.latent.space import LatentSpace

PRIOR = 0.6  # weight of the code's squared distance from its mean, in the prior's own measure
PROBE = 1e-2  # step in z of the differences that make Dec's Jacobian
DAMPING = 1e-3  # of the first step, a share of the diagonal
EASIER, HARDER, LEAST = 0.3, 8.0, 1e-4  # damping after a step that was taken, and that was not


class Refiner(Protocol):
    """Improves one first answer."""

    steps: int

    def refine(
        self, crop: HandCrop, z: np.ndarray, joints_norm: np.ndarray, sigma_norm: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """A latent [D], joints [21, 3] and sigma [21] of the network -> z and joints, float32.

        The very same arrays where nothing is gained.
        """


class SurfaceRefiner:
    """See the module. `steps`: Levenberg-Marquardt steps, each one batch through Dec."""

    def __init__(self, engine: Engine, latents: LatentSpace | None, steps: int):
        self._engine, self.steps = engine, steps
        self._mean, self._precision = prior_gaussian(latents)

    def refine(
        self, crop: HandCrop, z: np.ndarray, joints_norm: np.ndarray, sigma_norm: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """See `Refiner`. Numbers that are not finite, or hardly a point seen: no change."""
        half = crop.cube_mm / 2
        fit = SurfaceFit(crop, joints_norm * half, sigma_norm * half)
        if not fit.usable or not np.isfinite(z).all():
            return z, joints_norm
        best = first = self._state(fit, z, half)
        damping = DAMPING
        for _ in range(self.steps if np.isfinite(first.cost) else 0):
            step = _solve(best, damping)
            tried = None if step is None else self._state(fit, best.z + step, half)
            if tried is not None and tried.cost < best.cost:
                best, damping = tried, max(damping * EASIER, LEAST)
            else:
                damping *= HARDER
        return (z, joints_norm) if best is first else (best.z, best.joints_norm)

    def objective(
        self, crop: HandCrop, z: np.ndarray, joints_norm: np.ndarray, sigma_norm: np.ndarray
    ) -> float:
        """What `refine` lowers, at a latent z; joints and sigma are the first answer's."""
        half = crop.cube_mm / 2
        fit = SurfaceFit(crop, joints_norm * half, sigma_norm * half)
        return self._state(fit, z, half).cost

    def _state(self, fit: SurfaceFit, z: np.ndarray, half: float) -> _State:
        z = z.astype(np.float32)
        probes = np.concatenate([z[None], z + PROBE * np.eye(len(z), dtype=np.float32)])
        joints = self._engine.decode(probes).astype(np.float64).reshape(len(probes), -1)
        if not np.isfinite(joints).all():
            return _State(z, joints[0], np.inf, np.zeros(len(z)), np.eye(len(z)))
        jacobian = (joints[1:] - joints[0]).T * (half / PROBE)  # [63, D]
        seen = fit.evaluate(joints[0].reshape(-1, 3) * half)
        gradient = jacobian.T @ seen.gradient
        hessian = jacobian.T @ seen.hessian @ jacobian
        n = len(self._mean)
        offset = z[:n] - self._mean
        pull = PRIOR * self._precision @ offset
        gradient[:n] += pull
        hessian[:n, :n] += PRIOR * self._precision
        joints_norm = joints[0].reshape(-1, 3).astype(np.float32)
        return _State(z, joints_norm, seen.cost + float(offset @ pull), gradient, hessian)


@dataclass(frozen=True, slots=True)
class _State:
    """A latent, its joints, and the objective's Gauss-Newton model there."""

    z: np.ndarray  # float32 [D]
    joints_norm: np.ndarray  # float32 [21, 3]
    cost: float
    gradient: np.ndarray  # [D], half the derivative
    hessian: np.ndarray  # [D, D]


def _solve(state: _State, damping: float) -> np.ndarray | None:
    """The damped Gauss-Newton step [D]; None where there is none."""
    damped = state.hessian + np.diag(damping * state.hessian.diagonal() + 1e-6)
    try:
        return -np.linalg.solve(damped, state.gradient)
    except np.linalg.LinAlgError:
        return None
