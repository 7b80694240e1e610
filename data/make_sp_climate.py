"""The contents of data/sp_climate: a spun-up state without the cloud-resolving models, and climates of the teacher's runs.

    python data/make_sp_climate.py RUN/plasim_status data/sp_climate [CLIMATES]

CLIMATES : the folder that `paramnet compare … climates=true` wrote, of which control and floors are taken.
"""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
from pathlib import Path

from paramnet.hosts.plasim.restart_file import read_records, require_complete, write_records

CRM = "crm"  # first letters of the records of the cloud-resolving models


def main(status: Path, target: Path, climates: Path | None = None) -> None:
    """Write the state and copy the climates."""
    require_complete(status)
    runs = sorted((*climates.glob("control.nc"), *climates.glob("floor*.nc"))) if climates else []
    if climates and not runs:
        sys.exit(f"{climates}: expected control.nc and floor.nc, found neither")
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plasim_status"
        write_records(plain, ((name, content) for name, content in read_records(status) if not name.startswith(CRM)))
        (target / "plasim_status.gz").write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
    for path in runs:
        shutil.copy(path, target / path.name)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
