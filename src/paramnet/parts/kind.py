"""Tables of the configuration whose key ``kind`` determines their other keys: one dataclass per kind."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any, ClassVar, Self

from paramnet.contract import ParamnetError
from paramnet.parts.registry import Parts


class Kind:
    """Base of a family of dataclasses with a field ``kind``.

    A family is declared with its key in the configuration, and its kinds with their names::

        @dataclass
        class ScheduleConfig(Kind, key="trainer.schedule"):
            kind: str = "step"  # the default of the family

        @dataclass
        class Step(ScheduleConfig, kind="step"):
            factor: float = 0.2

    ``ScheduleConfig("step", factor=0.5)`` is a ``Step``, as ``pathlib.Path(...)`` is a ``PosixPath``. A subclass without a name is
    a part of the user's, with its import path as kind; ``abstract=True`` is for bases of several kinds.
    Raises ParamnetError for an unknown kind, and for a key that the kind does not have.
    """

    kind: str
    parts: ClassVar[Parts]

    def __init_subclass__(cls, *, key: str = "", kind: str = "", abstract: bool = False) -> None:
        if key:
            cls.parts = Parts(key, cls)
        elif not abstract:
            cls.kind = kind or f"{cls.__module__}.{cls.__qualname__}"
            cls.__annotations__ = {"kind": "str", **inspect.get_annotations(cls)}
            if kind:
                cls.parts[kind] = cls

    def __new__(cls, kind: str = "", /, *others: Any, **keys: Any) -> Self:
        is_family = cls is cls.parts.base
        kind = kind or keys.get("kind", "")
        chosen = cls.of(kind or cls.kind) if is_family else cls
        if kind and not is_family and cls.of(kind) is not cls:
            raise ParamnetError(f"{cls.parts.key}.kind", expected=cls.kind, got=repr(kind), where=cls.__qualname__)
        chosen.require_keys(keys)
        return object.__new__(chosen)

    @classmethod
    def of(cls, kind: str) -> type[Self]:
        """The dataclass of a kind."""
        found: type[Self] = cls.parts[kind]
        if "__dataclass_fields__" not in found.__dict__:
            raise ParamnetError(f"{cls.parts.key}.kind {kind}", expected="a dataclass", got=repr(found), remedy="write @dataclass above it")
        return found

    @classmethod
    def key_names(cls) -> set[str]:
        """The keys of this kind."""
        return {field.name for field in fields(cls)}  # type: ignore[arg-type]

    @classmethod
    def takers(cls, name: str) -> list[str]:
        """The shipped kinds that have this key."""
        return sorted(kind for kind, part in cls.parts.items() if name in part.key_names())

    @classmethod
    def require_keys(cls, keys: Iterable[str]) -> None:
        """Raise ParamnetError for the first key that this kind does not have."""
        own = cls.key_names()
        for name in keys:
            if name not in own:
                takers = cls.takers(name)
                raise ParamnetError(
                    f"{cls.parts.key}.{name}",
                    expected=f"a key of kind {cls.kind}: {', '.join(sorted(own - {'kind'})) or 'none'}",
                    got=f"one of kind {', '.join(takers)}" if takers else "an unknown one",
                    remedy="leave it out, or choose another kind" if takers else "leave it out",
                )

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """The configuration in a checkpoint or another record, which is validated."""
        return cls.of(record.get("kind", cls.kind))(**cls._own(record))

    @classmethod
    def completed(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        """A record with the defaults of keys that it lacks, as plain data; it is not validated."""
        chosen: Any = cls.of(record.get("kind", cls.kind))
        defaults = {f.name: f.default if f.default_factory is MISSING else f.default_factory() for f in fields(chosen)}
        return {**defaults, **cls._own(record)}

    @classmethod
    def _own(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        """A record without keys of other kinds: those of older versions held the keys of all, which had no effect."""
        own = cls.of(record.get("kind", cls.kind)).key_names()
        elsewhere = {name for part in cls.parts.values() for name in part.key_names()}
        return {name: value for name, value in record.items() if name in own or name not in elsewhere}
