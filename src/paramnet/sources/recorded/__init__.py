"""From the files of module ``paramnet_record`` to the source and the contract that describe them."""

from paramnet.sources.recorded.config import RecordedConfig
from paramnet.sources.recorded.writing import write_source

__all__ = ["RecordedConfig", "write_source"]
