"""Find and load the compiled module `_paramnet_bridge`, the Python interface of libparamnet."""

import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType

from paramnet.bridge.errors import BridgeError
from paramnet.bridge.paths import how_to_get_the_bridge, installed_prefix
from paramnet.contract import ParamnetError

__all__ = ["find_module"]

MODULE = "_paramnet_bridge"


def module_folder() -> Path:
    """Folder of the module: python/ in the installed bridge."""
    return installed_prefix() / "python"


def find_module() -> Path:
    """Path of the built module. Raises ParamnetError with the folder if there is none for this Python."""
    folder = module_folder()
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        if (path := folder / f"{MODULE}{suffix}").is_file():
            return path
    others = sorted(path.name for path in folder.glob(f"{MODULE}*"))
    raise ParamnetError(
        MODULE,
        expected=f"the bridge built for Python {sys.version_info.major}.{sys.version_info.minor}",
        got=f"only {', '.join(others)}" if others else "nothing",
        where=str(folder),
        remedy=how_to_get_the_bridge(),
    )


@cache
def load_module() -> ModuleType:
    """The compiled module. Raises ParamnetError if it is not built, or built against another torch."""
    path = find_module()
    import torch  # noqa: F401  # load this environment's libraries before the module looks for them

    spec = importlib.util.spec_from_file_location(MODULE, path)
    if spec is None or spec.loader is None:
        raise ParamnetError(f"{path}", expected="an extension module", got="another kind of file", remedy=how_to_get_the_bridge())
    try:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except ImportError as problem:
        raise ParamnetError(
            f"{path}",
            expected="a module built against this environment's torch and compiler",
            got=f"one that cannot be loaded ({problem})",
            remedy=how_to_get_the_bridge(),
        ) from problem
    return module


@contextmanager
def bridge_errors() -> Iterator[None]:
    """Turn a failure of the library into a BridgeError with its status."""
    try:
        yield
    except load_module().StatusError as problem:
        raise BridgeError(str(problem), problem.status) from None
