"""Pages of the Python interface: every package that says in ``__all__`` what it offers, by autodoc."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import paramnet


def faces() -> Iterator[ModuleType]:
    """The packages of paramnet that have ``__all__``, paramnet itself first."""
    names = [paramnet.__name__, *(found.name for found in pkgutil.walk_packages(paramnet.__path__, "paramnet.") if found.ispkg)]
    yield from (module for name in names if hasattr(module := importlib.import_module(name), "__all__"))


def pages() -> dict[str, str]:
    """reStructuredText by file name, as autodoc reads it."""
    return {f"api/{module.__name__}.rst": _page(module) for module in faces()}


def undocumented() -> list[str]:
    """Public functions and classes without a docstring of their own."""
    return [
        f"{module.__name__}.{name}"
        for module in faces()
        for name in module.__all__
        if callable(value := getattr(module, name)) and not getattr(value, "__module__", "").startswith("typing") and not _documented(value)
    ]


def _documented(value: object) -> bool:
    """Whether a docstring was written; a dataclass without one has its signature instead."""
    words = getattr(value, "__doc__", None)
    return bool(words) and not str(words).startswith(f"{getattr(value, '__name__', '')}(")


def _page(module: ModuleType) -> str:
    title = module.__name__
    elsewhere = _classes_of_others(module) if module is paramnet else {}
    lines = [title, "=" * len(title), "", f".. automodule:: {title}", "   :members:", "   :imported-members:"]
    lines += [f"   :exclude-members: {', '.join(elsewhere)}"] if elsewhere else []
    lines += [f"\n:class:`~{face}.{name}` is described with :mod:`{face}`." for name, face in elsewhere.items()]
    return "\n".join(lines) + "\n"


def _classes_of_others(module: ModuleType) -> dict[str, str]:
    """Classes of ``module`` that a package of it offers, too, which describes them."""
    mine = {name for name in module.__all__ if isinstance(getattr(module, name), type)}
    return {name: face.__name__ for face in faces() if face is not module for name in face.__all__ if name in mine}
