"""``python -m paramnet``: the same as ``paramnet``."""

import sys

from paramnet.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
