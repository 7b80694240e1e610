"""``paramnet example``: the sample that comes with paramnet, and scripts that write synthetic files."""

from __future__ import annotations

import argparse
import subprocess
import sys

from paramnet.contract import ParamnetError
from paramnet.files import shipped

# Name, script ("" for files that are there), meaning.
_EXAMPLES = {
    "sp_plasim": ("", "four files of a superparameterized PlaSim, 3 MB; prints their folder: preprocess source=spcam input=FOLDER"),
    "e3sm_schema": ("", "two pairs of files in the schema of E3SM-MMF, 1.6 MB, not its output; prints their folder: source=climsim"),
    "coupled_run": ("", "ten days of three coupled runs of PlaSim, 1.2 MB; prints their folder: paramnet.open_run('FOLDER/learned')"),
    "sp_climate": ("", "a spun-up state of a superparameterized PlaSim, 0.5 MB; prints its folder: online start=FOLDER/plasim_status.gz"),
    "spcam": (
        "generate_spcam.py",
        "SYNTHETIC files of any volume in the schema of SPCAM 3: output=FOLDER days=8 latitudes=8 longitudes=16",
    ),
    "cf_example": ("make_cf_example.py", "the SYNTHETIC file of docs/guides/sources.md: output=FOLDER"),
}


def main(name: str) -> None:
    """Command line of ``paramnet example``."""
    parser = argparse.ArgumentParser(
        prog=f"paramnet {name}",
        description="Sample files, and scripts that write synthetic ones.",
        epilog="\n".join(["examples:", *(f"  {example:<12}{meaning}" for example, (_, meaning) in _EXAMPLES.items())]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("example", choices=_EXAMPLES)
    parser.add_argument("settings", nargs="*", metavar="KEY=VALUE", help="of the script")
    arguments = parser.parse_args()
    script = _EXAMPLES[arguments.example][0]
    path = shipped("data") / (script or arguments.example)
    if not path.exists():
        raise ParamnetError(f"example {arguments.example}", expected="the data of paramnet", got="none", where=str(path))
    if not script:
        if arguments.settings:
            parser.error(f"{arguments.example} takes no settings")
        print(path)
    else:
        sys.exit(subprocess.run([sys.executable, str(path), *arguments.settings], check=False).returncode)
