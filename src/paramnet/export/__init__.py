"""Export: from a checkpoint to the artefact a host loads, refused unless it computes what was trained."""

from paramnet.export.config import ExportConfig
from paramnet.export.export import export
from paramnet.export.manifest import build_manifest
from paramnet.export.torchscript import load_scheme, read_manifest

__all__ = ["ExportConfig", "build_manifest", "export", "load_scheme", "read_manifest"]
