"""Export a checkpoint to the artefact that a host loads, after checking that it reproduces the trained scheme."""

from paramnet.exporting.artefact import load_program, load_scheme, read_manifest, write_artefact
from paramnet.exporting.checks import Bounds
from paramnet.exporting.config import ExportConfig
from paramnet.exporting.export import check_and_write, export
from paramnet.exporting.manifest import build_manifest, contract_manifest

__all__ = [
    "Bounds",
    "ExportConfig",
    "build_manifest",
    "check_and_write",
    "contract_manifest",
    "export",
    "load_program",
    "load_scheme",
    "read_manifest",
    "write_artefact",
]
