"""Fit the weights of `app.segmentation.candidates` on rendered scenes and print them.

`python -m app.training.candidates --frames 2500 [--network]`: regularised logistic regression by
Newton's method; a candidate within 60 mm of a hand's centre counts as a hand.
"""

from __future__ import annotations

import argparse

import numpy as np

from app.hand.shape import Split
from app.segmentation.candidates import describe, expand, find_candidates, logit
from app.segmentation.canvas import canvas_input, make_canvas
from app.segmentation.heatmap import shipped_heatmap
from app.segmentation.locate import find_surfaces, heatmap_peaks
from app.synthetic.scenes.generator import Scene, SceneGenerator
from app.training.localise.plan import MIN_VISIBLE

RIGHT_MM = 60.0
RIDGE = 0.1


def collect(frames: int, seed: int, split: Split, network: bool) -> tuple[np.ndarray, np.ndarray]:
    """Terms [n, 21 or 22] of the proposals in rendered scenes and whether each is a hand [n]."""
    generator = SceneGenerator(seed, split, scale=0.5)
    heatmap = shipped_heatmap() if network else None
    terms, labels = [], []
    for i in range(frames):
        scene = generator.frame(i)
        if scene.centre_mm is not None and scene.visible < MIN_VISIBLE:
            continue
        canvas = make_canvas(scene.as_frame(i))
        if heatmap is None:
            points, features = find_candidates(canvas)
            found = expand(features)
        else:
            answer = heatmap(canvas_input(canvas.depth_mm)[None])[0]
            points, heat = find_surfaces(canvas, *heatmap_peaks(answer, canvas))
            found = np.concatenate([logit(heat)[:, None], expand(describe(canvas, points))], 1)
        terms.append(found)
        labels.append(are_hands(points, scene))
    return np.concatenate(terms), np.concatenate(labels)


def are_hands(points: np.ndarray, scene: Scene) -> np.ndarray:
    """[n] bool: the point [n, 3] is near the centre of a hand."""
    hands = [] if scene.centre_mm is None else [scene.centre_mm]
    hands += list(scene.others_mm if scene.others_mm is not None else ())
    away = [np.linalg.norm(points - hand, axis=1) for hand in hands]
    return np.min(away, 0) < RIGHT_MM if away else np.zeros(len(points), bool)


def fit(terms: np.ndarray, labels: np.ndarray, steps: int = 40) -> np.ndarray:
    """Weights of the logistic regression, with a little ridge."""
    weights = np.zeros(terms.shape[1])
    for _ in range(steps):
        p = predict(terms, weights)
        gradient = terms.T @ (p - labels) + RIDGE * weights
        curvature = (terms * (p * (1 - p))[:, None]).T @ terms + RIDGE * np.eye(len(weights))
        weights -= np.linalg.solve(curvature, gradient)
    return weights


def predict(terms: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Probability [n] of a hand."""
    return 1 / (1 + np.exp(-np.clip(terms @ weights, -30, 30)))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m app.training.candidates", description=__doc__)
    parser.add_argument("--frames", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--network", action="store_true", help="proposals of the shipped network")
    options = parser.parse_args(arguments)
    terms, labels = collect(options.frames, options.seed, "train", options.network)
    weights = fit(terms, labels)
    print(np.array2string(weights.round(3), separator=", ", suppress_small=True))
    test_terms, test_labels = collect(options.frames // 4, options.seed, "test", options.network)
    p = predict(test_terms, weights)
    print(f"{len(labels)} proposals, {labels.mean():.3f} hands; on scenes of the other split:")
    right, wrong = ((p > 0.5) == test_labels).mean(), (p > 0.5)[~test_labels].mean()
    print(f"right {right:.4f}, wrongly hands {wrong:.4f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
