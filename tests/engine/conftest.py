from tests.inference.fixtures import own_cache, weights

__all__ = ["own_cache", "weights"]
