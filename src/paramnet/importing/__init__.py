"""Import an existing network (Keras, CAM text files or bare TorchScript) as a scheme with a contract."""

from paramnet.importing.config import ImportConfig
from paramnet.importing.importing import import_scheme, read_network

__all__ = ["ImportConfig", "import_scheme", "read_network"]
