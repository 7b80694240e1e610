"""A smaller scheme from a trained one: directions that do not matter are left out, then it learns from the large one."""

from paramnet.training.compress.compress import compress
from paramnet.training.compress.config import CompressConfig

__all__ = ["CompressConfig", "compress"]
