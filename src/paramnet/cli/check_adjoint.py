"""``paramnet check-adjoint``: dot-product and Taylor tests of a scheme's derivative, as tables."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.reporting.table import console, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paramnet.bridge.adjoint_check import AdjointCheck

_DESCRIPTION = """Do the tangent L and the adjoint L' of a scheme.pt belong to it? Dot products <L dx, y> and <dx, L' y> in float64 and
float32, and the ratio of f(x + h dx) - f(x) to h L dx, which tends to 1 in proportion to h. The exit status is 1 where they do not."""


def main(name: str) -> None:
    """Command line of ``paramnet check-adjoint``; raises ParamnetError where a test fails."""
    parser = argparse.ArgumentParser(prog=f"paramnet {name}", description=_DESCRIPTION)
    parser.add_argument("scheme", metavar="scheme.pt")
    parser.add_argument(
        "--columns", metavar="FILE", help=".npy of (column, n_in) in contract units; without it, drawn from the training range"
    )
    parser.add_argument("--number", type=int, default=1000, metavar="N", help="columns that are drawn (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of columns and perturbations (%(default)s)")
    arguments = parser.parse_args()
    from paramnet.bridge.adjoint_check import check_adjoint

    columns = _read(arguments.columns) if arguments.columns else None
    found = check_adjoint(arguments.scheme, columns, number=arguments.number, seed=arguments.seed)
    _show(found)
    for right, what in ((found.adjoint_is_right, "dot products that agree"), (found.tangent_is_right, "a Taylor ratio that tends to 1")):
        if not right:
            raise ParamnetError("derivative", expected=what, got="the table above", where=arguments.scheme)


def _read(file: str) -> NDArray[np.float64]:
    try:
        return np.atleast_2d(np.load(file, allow_pickle=False)).astype(np.float64)
    except (OSError, ValueError, TypeError, EOFError) as error:
        raise ParamnetError(
            "--columns",
            expected="a .npy array (column, n_in) in contract units",
            got=f"an unreadable file ({error})",
            where=file,
            remedy="write it with numpy.save",
        ) from error


def _show(found: AdjointCheck) -> None:
    from paramnet.bridge.adjoint_check import DOT_PRODUCTS

    out = console()
    rows = [(precision, f"{max(each):.1e}", f"{DOT_PRODUCTS[precision]:.0e}") for precision, each in found.dot_products.items()]
    out.print(table(("precision", "difference", "at most"), rows, f"dot products, {found.columns} columns", (1, 2)), "")
    steps = [(f"{step:.0e}", f"{ratio:.12f}", f"{abs(ratio - 1):.1e}") for step, ratio in found.taylor.items()]
    slope = "linear to rounding" if found.slope is None else f"slope {found.slope:.2f}"
    out.print(table(("step", "ratio", "departure from 1"), steps, f"Taylor ratio, {slope}", (1, 2)), "")
