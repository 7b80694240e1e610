"""parity.py COLUMNS.bin SCHEME.pt OUT.bin: the tiny scheme on every column through paramnet.bridge."""

import sys
from pathlib import Path

import numpy as np

from paramnet.bridge import Scheme


def main() -> None:
    columns, path, out = map(Path, sys.argv[1:])
    scheme = Scheme(path)
    rows = np.fromfile(columns).reshape(-1, sum(variable["levels"] for variable in scheme.inputs))
    result, flags = scheme.predict(rows)
    assert not flags.any(), "columns within the envelope were flagged"
    result.tofile(out)


if __name__ == "__main__":
    main()
