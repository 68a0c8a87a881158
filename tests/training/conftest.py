from tests.training.fixtures import thin_networks

__all__ = ["thin_networks"]
