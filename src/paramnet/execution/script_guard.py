"""Check of the calling script: workers import it, so work at module level would be started again in each of them."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import FrameType

from paramnet.contract import ParamnetError


def require_guarded_script() -> None:
    """Raise ParamnetError if this call comes from the module level of a script, outside ``if __name__ == "__main__":``."""
    frame = _main_frame()
    if frame is None:
        return
    path = Path(frame.f_code.co_filename)
    try:
        body = ast.parse(path.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return  # interactive, or no source: there is nothing that a worker could import
    statement = next((one for one in body if one.lineno <= frame.f_lineno <= (one.end_lineno or one.lineno)), None)
    if statement is None or (isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)):
        return
    raise ParamnetError(
        "preprocess",
        expected='a call below `if __name__ == "__main__":`, as workers import the script that starts them',
        got="one at module level",
        where=f"{path}, line {frame.f_lineno}",
        remedy="move the call below that line, or use ClusterConfig('inline')",
    )


def _main_frame() -> FrameType | None:
    """Return the frame of the main module if this call comes from it."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "__main__" and frame.f_code.co_name == "<module>":
            return frame
        frame = frame.f_back
    return None
