"""Fit the weights of `app.segmentation.candidates` on rendered scenes and print them.

`python -m app.training.candidates --frames 3000`: regularised logistic regression by Newton's
method; a candidate within 60 mm of a hand's centre counts as a hand.
"""

from __future__ import annotations

import argparse

import numpy as np

from app.hand.scene import SceneGenerator
from app.segmentation.candidates import expand, find_candidates
from app.segmentation.canvas import make_canvas
from app.training.localise import MIN_VISIBLE, frame_of_scene

RIGHT_MM = 60.0
RIDGE = 1e-2


def collect(frames: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features [n, 10] of the candidates of rendered scenes and whether each is a hand [n]."""
    generator = SceneGenerator(seed, "train", scale=0.5)
    features, labels = [], []
    for i in range(frames):
        scene = generator.frame(i)
        if scene.centre_mm is not None and scene.visible < MIN_VISIBLE:
            continue
        points, found = find_candidates(make_canvas(frame_of_scene(scene, i)))
        hands = [] if scene.centre_mm is None else [scene.centre_mm]
        away = [np.linalg.norm(points - hand, axis=1) for hand in [*hands, *scene.others_mm]]
        features.append(found)
        labels.append(np.min(away, 0) < RIGHT_MM if away else np.zeros(len(points), bool))
    return np.concatenate(features), np.concatenate(labels)


def fit(features: np.ndarray, labels: np.ndarray, steps: int = 30) -> np.ndarray:
    """Weights [n_terms] of the logistic regression on the expanded features."""
    terms = expand(features)
    weights = np.zeros(terms.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(terms @ weights, -30, 30)))
        gradient = terms.T @ (p - labels) / len(labels) + RIDGE / len(labels) * weights
        curvature = (terms * (p * (1 - p))[:, None]).T @ terms / len(labels)
        weights -= np.linalg.solve(curvature + 1e-6 * np.eye(len(weights)), gradient)
    return weights


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m app.training.candidates", description=__doc__)
    parser.add_argument("--frames", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args(arguments)
    features, labels = collect(options.frames, options.seed)
    weights = fit(features, labels)
    p = 1 / (1 + np.exp(-expand(features) @ weights))
    print(f"{len(labels)} candidates, {labels.mean():.3f} hands")
    print(f"accuracy {((p > 0.5) == labels).mean():.3f}")
    print(np.array2string(weights, precision=3, separator=", ", max_line_width=90))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
