from tests.hand.fixtures import posed, rng, shape

__all__ = ["posed", "rng", "shape"]
