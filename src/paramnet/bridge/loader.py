"""Find and load the compiled module `_paramnet_bridge`, the Python face of libparamnet."""

import importlib.machinery
import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from paramnet.bridge.paths import installed_prefix
from paramnet.contract import ParamnetError

MODULE = "_paramnet_bridge"


def module_folder() -> Path:
    """Where the module is looked for: PARAMNET_BRIDGE_DIR (an install prefix), else build/bridge of the checkout."""
    return installed_prefix() / "python"


def find_module() -> Path:
    """The built module.  Raises ParamnetError naming the folder when none fits this Python."""
    folder = module_folder()
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        if (path := folder / f"{MODULE}{suffix}").is_file():
            return path
    others = sorted(path.name for path in folder.glob(f"{MODULE}*"))
    found = f"only {', '.join(others)} (another Python)" if others else "nothing"
    raise ParamnetError(
        f"{MODULE}: expected the built bridge for Python {sys.version_info.major}.{sys.version_info.minor} in {folder}, "
        f"got {found}; run `make bridge`, or point PARAMNET_BRIDGE_DIR at an installed bridge"
    )


@cache
def load_module() -> ModuleType:
    """The compiled module.  Raises ParamnetError when it is not built, or built against another torch."""
    path = find_module()
    import torch  # noqa: F401  # its libraries must come from this environment before ours ask for them

    spec = importlib.util.spec_from_file_location(MODULE, path)
    if spec is None or spec.loader is None:
        raise ParamnetError(f"{path}: expected an extension module, got a file Python cannot load; run `make bridge`")
    try:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except ImportError as problem:
        raise ParamnetError(
            f"{path}: cannot be loaded ({problem}); it was probably built against another torch or compiler: "
            "run `make bridge` in this environment"
        ) from problem
    return module
