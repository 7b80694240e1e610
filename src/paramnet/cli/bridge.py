"""``paramnet bridge``: where the installed bridge is, for build systems; and the bridge compiled with the user's compiler."""

from __future__ import annotations

import argparse
import re
import sysconfig
import tempfile
from pathlib import Path

from paramnet.bridge.build import TORCH_CHOICES, BuildConfig, build, jobs_that_fit
from paramnet.bridge.paths import prefix_folder, require_source

# Option, folder in the prefix, meaning.
_FOLDERS = (
    ("--prefix", "", "installation prefix"),
    ("--cmake-dir", "lib/cmake/paramnet", "folder of paramnetConfig.cmake: -Dparamnet_DIR=$(paramnet bridge --cmake-dir)"),
    ("--pkg-config-dir", "lib/pkgconfig", "folder of paramnet-fortran.pc and paramnet.pc, for PKG_CONFIG_PATH"),
    ("--ftorch", "ftorch", "prefix of the library with FTorch's calls: -DCMAKE_PREFIX_PATH=$(paramnet bridge --ftorch)"),
    ("--fortran-sources", "share/paramnet/fortran", "folder of the Fortran module's sources, to compile with your model"),
)
_EXAMPLES = """examples:
  cmake -S . -B build -Dparamnet_DIR=$(paramnet bridge --cmake-dir)
  export PKG_CONFIG_PATH=$(paramnet bridge --pkg-config-dir)
  paramnet bridge install $HOME/paramnet-ifx --fc ifx"""


def main(name: str) -> None:
    """Command line of ``paramnet bridge``."""
    parser = argparse.ArgumentParser(
        prog=f"paramnet {name}",
        description="Print a folder of the installed bridge, or compile the bridge with your compiler.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shown = parser.add_mutually_exclusive_group()
    for option, part, meaning in _FOLDERS:
        shown.add_argument(option, dest="part", action="store_const", const=part, help=f"print the {meaning}")
    install = parser.add_subparsers(dest="action", metavar="install").add_parser("install", help="compile and install the bridge")
    install.add_argument("prefix", type=Path, metavar="PREFIX", help="where to install: lib/, include/, share/, python/")
    install.add_argument("--fc", metavar="COMPILER", default="", help="Fortran compiler of the .mod files (default: $FC, else gfortran)")
    install.add_argument("--torch", choices=TORCH_CHOICES, default="AUTO", help="the libtorch plug-in: AUTO builds it if torch is found")
    install.add_argument("--no-python", action="store_true", help="without the Python interface, which needs Python's C headers")
    install.add_argument("--jobs", type=int, default=0, help="parallel compilations (default: by cores and memory)")
    arguments = parser.parse_args()
    if (arguments.part is None) == (arguments.action is None):
        parser.error(f"expected install PREFIX, or one of {', '.join(option for option, _, _ in _FOLDERS)}")
    if arguments.part is not None:
        print(prefix_folder(arguments.part))
    else:
        install_bridge(arguments.prefix, arguments.fc, arguments.torch, not arguments.no_python, arguments.jobs)


def install_bridge(prefix: Path, fortran_compiler: str, torch: str, python: bool, jobs: int) -> None:
    """Compile the bridge in a temporary folder, install it below ``prefix`` and print what it has and how to use it."""
    source, prefix = require_source("bridge install"), prefix.expanduser().resolve()
    headers = (Path(sysconfig.get_path("include")) / "Python.h").is_file()
    with tempfile.TemporaryDirectory(prefix="paramnet-bridge-") as folder:
        build(
            BuildConfig(
                source=source,
                build_folder=Path(folder),
                prefix=prefix,
                jobs=jobs or jobs_that_fit(),
                python=python and headers,
                tests=False,
                torch=torch,
                fortran_compiler=fortran_compiler,
            )
        )
    print("\n".join(_contents(prefix)))


def _contents(prefix: Path) -> list[str]:
    """What an installed bridge has, and how to use it, in lines."""
    package = (prefix / "lib/pkgconfig/paramnet-fortran.pc").read_text(encoding="utf-8")
    compiler = re.search(r"^fortran_compiler=(.*)$", package, re.MULTILINE)
    recorder = (prefix / "lib/libparamnet_record.so").is_file()
    torch, python = (prefix / "lib/libparamnet_torch.so").is_file(), any((prefix / "python").glob("_paramnet_bridge*"))
    return [
        f"  Fortran modules for {compiler[1] if compiler else 'an unknown compiler'}",
        f"  libtorch plug-in: {'yes' if torch else 'no; schemes without a native program will not run'}",
        f"  recorder (module paramnet_record): {'yes' if recorder else 'no; netCDF-C was not found'}",
        f"  Python interface: {'yes' if python else 'no'}",
        f"  CMake:      -Dparamnet_DIR={prefix / 'lib/cmake/paramnet'}",
        f"  pkg-config: export PKG_CONFIG_PATH={prefix / 'lib/pkgconfig'}",
        f"  FTorch's calls: -DCMAKE_PREFIX_PATH={prefix / 'ftorch'}",
        f"  paramnet:   export PARAMNET_BRIDGE_DIR={prefix}",
    ]
