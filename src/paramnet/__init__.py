"""paramnet: from superparameterized output to a neural network inside a Fortran climate model.

Packages, in the order of the data: ``contract`` → ``sources`` → ``preprocessing`` → ``training`` →
``evaluation`` → ``exporting`` → ``bridge`` → ``hosts``.

The functions of the Python API are imported when they are first used (PEP 562); ``__init__.pyi`` has their types.
"""

from importlib import import_module

__version__ = "0.1.0"
DISTRIBUTION = "paramnet-climate"  # what pip installs; on PyPI "paramnet" is another package

_API = {
    "preprocess": "paramnet.api.commands",
    "train": "paramnet.api.commands",
    "evaluate": "paramnet.api.commands",
    "export": "paramnet.api.commands",
    "load": "paramnet.api.loaded_scheme",
    "open_store": "paramnet.store",
    "open_run": "paramnet.climate.dataset",
    "ParamnetError": "paramnet.contract",
}

__all__ = ["__version__", *sorted(_API)]


def __getattr__(name: str) -> object:
    if name not in _API:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_API[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_API})
