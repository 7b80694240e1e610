"""Look up a part by name: a shipped one, one of an installed package (entry point), or one of the user's own (import path)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from paramnet.contract import ParamnetError

OWN_PACKAGES = "PARAMNET_PARTS"  # variable of the environment: packages whose parts a configuration or checkpoint may name


class Parts(dict[str, Any]):
    """The shipped parts by name; ``parts[name]`` also finds those of others, and raises ParamnetError for an unknown name.

    key : of the configuration, for messages; the entry points are those of the group ``paramnet.<key>``.
    base : class that a part extends. choice : the key that names a part.
    A name with a dot is an import path such as ``my_parts.networks.Sine``. As a checkpoint from a stranger may contain one, only
    packages listed in ``PARAMNET_PARTS`` (separated by commas) are imported.
    """

    def __init__(self, key: str, base: type, shipped: Mapping[str, Any] | None = None, choice: str = "kind") -> None:
        super().__init__(shipped or {})
        self.key, self.base, self.choice = key, base, f"{key}.{choice}"

    def offers(self, name: str) -> bool:
        """True for a name that can be looked up: the part itself may turn out not to be one."""
        return name in self or "." in name or name in self._installed()

    def _installed(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=f"paramnet.{self.key}")}

    def __missing__(self, name: str) -> Any:
        installed = self._installed()
        if name in installed:
            return self._checked(name, installed[name].load)
        if "." not in str(name):
            known = ", ".join(sorted([*self, *installed]))
            raise ParamnetError(self.choice, expected=f"one of {known}, or package.module.Class of your own", got=repr(name))
        package, (module, _, attribute) = name.partition(".")[0], name.rpartition(".")
        if package not in [item.strip() for item in os.environ.get(OWN_PACKAGES, "").split(",")]:
            raise ParamnetError(
                f"{self.choice} {name}",
                expected=f"a part of a package listed in {OWN_PACKAGES}",
                got=repr(os.environ.get(OWN_PACKAGES, "")),
                remedy=f"if you trust its code: export {OWN_PACKAGES}={package}",
            )
        return self._checked(name, lambda: getattr(import_module(module), attribute))

    def _checked(self, name: str, load: Any) -> Any:
        try:
            part = load()
        except Exception as error:  # the user's module may raise anything
            raise ParamnetError(
                f"{self.choice} {name}",
                expected="a class that can be imported",
                got=f"{type(error).__name__}: {error}",
                remedy="install its package, or put the package's folder on PYTHONPATH",
            ) from error
        if not (isinstance(part, type) and issubclass(part, self.base)):
            expected = f"a class that extends {self.base.__module__.removesuffix('.config')}.{self.base.__qualname__}"
            raise ParamnetError(f"{self.choice} {name}", expected=expected, got=repr(part))
        return part
