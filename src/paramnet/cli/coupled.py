"""Coupled runs and their comparison, from the configuration of ``paramnet online``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from paramnet.cli.config import own_folders, typed
from paramnet.cli.keys import conf_folders, find, options_of
from paramnet.contract import ParamnetError

if TYPE_CHECKING:
    from paramnet.climate.compare_config import CompareConfig
    from paramnet.hosts import Host
    from paramnet.hosts.experiment import RunOutcome


OF_A_RUN = ("mode", "scheme", "seed", "members", "options", "start", "perturbation", "host")  # keys in runs.NAME


def require_last_day(outcomes: Mapping[str, RunOutcome], days: int) -> None:
    """Without a comparison, which shows an early end, a run that was ended by its scheme has not done what was asked."""
    for name, outcome in outcomes.items():
        if outcome.message:
            raise ParamnetError(
                f"run {name}",
                expected=f"{days} days",
                got=f"its end after day {outcome.days}: {outcome.message}",
                where=str(outcome.folder),
                remedy="the end is kept in failed.json; overwrite=true starts the run again",
            )


def compare_runs(config: CompareConfig, provenance: dict[str, str], outcomes: Mapping[str, RunOutcome]) -> None:
    """Comparison, figures and report of those runs that have a folder; those that equal another are named."""
    from paramnet.climate.compare import compare

    runs = {name: folder for name, folder in config.runs.items() if folder.is_dir()}
    equal = {name: outcome.equal_to for name, outcome in outcomes.items() if outcome.equal_to}
    folder = compare(dataclasses.replace(config, runs=runs, provenance=provenance, equal=equal))
    print(f"report: {folder / 'report.html'}")


def compare_config(config: DictConfig, names: list[str]) -> CompareConfig:
    """How the runs are compared, checked before they start."""
    from paramnet.climate.compare_config import CompareConfig

    output = Path(config.output)
    return CompareConfig(
        runs={name: output / name for name in names},
        first_day=config.compare.first_day,
        last_day=config.days,
        output=output / "comparison",
        wave_segment_days=config.compare.wave_segment_days,
        skill=Path(config.compare.skill) if config.compare.skill else None,
        left_out=dict(config.compare.left_out),
        members=members_of(config),
    )


def provenance(config: DictConfig) -> dict[str, str]:
    """What ran, for the report: the host's set-up, and each scheme by its content."""
    schemes = {"scheme": config.scheme, "linear scheme": config.linear_scheme}
    digests = {name: f"{path}, sha256 {sha256(Path(path).read_bytes()).hexdigest()}" for name, path in schemes.items() if path}
    return {"host": config.host.get("description", ""), **digests}


def coupled_config(config: DictConfig) -> Any:
    """The typed configuration; each run takes ``options`` and then its own, and a lone run is named by its mode."""
    from paramnet.hosts.experiment import OnlineConfig

    plain: Any = OmegaConf.to_container(config, resolve=True)
    base = plain["options"]
    lone = {plain["mode"]: {"mode": plain["mode"], "scheme": plain["scheme"], "seed": plain["seed"]}}
    runs, hosts = {}, {}
    for name, run in _each_member(plain["runs"] or lone):
        if unknown := sorted(set(run) - set(OF_A_RUN)):
            raise ParamnetError(f"runs.{name}.{unknown[0]}", expected=f"one of {', '.join(OF_A_RUN)}", got=unknown[0])
        options = {**base, **run.get("options", {}), "mode": run["mode"], "scheme": run.get("scheme")}
        if run["mode"] == "learned" and options["scheme"] is None:
            remedy = "set scheme=... (and linear_scheme=... for a linear run)"
            raise ParamnetError(f"runs.{name}", expected="a scheme for mode learned", got="none", remedy=remedy)
        others = {key: run[key] for key in ("start", "perturbation") if run.get(key) is not None}
        runs[name] = {"seed": run["seed"], "options": options, **others}
        if (host := run.get("host")) is not None:
            hosts[name] = host_config(_host_table(host) if isinstance(host, str) else host, f"runs.{name}.host")
    runs = {name: runs[name] for name in _chosen(plain["only"], list(runs))}
    known = {field.name for field in dataclasses.fields(OnlineConfig)}
    values = {key: value for key, value in plain.items() if key in known} | {"runs": runs, "compared": bool(config.compare.control)}
    online: OnlineConfig = typed(OmegaConf.create(values), OnlineConfig)
    for name in runs.keys() & hosts.keys():
        online.runs[name].host = hosts[name]
    return online


def _chosen(only: list[str], names: list[str]) -> list[str]:
    """The runs of a set that ``only`` names, in the order of the set; all if it is empty."""
    if unknown := [name for name in only if name not in names]:
        raise ParamnetError("only", expected=f"some of {', '.join(names)}", got=", ".join(map(str, unknown)))
    return [name for name in names if not only or name in only]


def members_of(config: DictConfig) -> dict[str, list[str]]:
    """Role -> names of its runs, for those with ``members`` above 1."""
    counts = {str(name): _members(str(name), run) for name, run in config.runs.items()}
    return {name: _numbered(name, count) for name, count in counts.items() if count > 1}


def _each_member(runs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every run with its name; of N members, the seeds of those after the first follow it."""
    for name, run in runs.items():
        for number, member in enumerate(_numbered(name, _members(name, run))):
            if number and member in runs:
                raise ParamnetError(f"runs.{member}", expected=f"another name, as runs.{name} has members", got=member)
            yield member, {**run, "seed": run["seed"] + number}


def _members(name: str, run: Mapping[str, Any]) -> int:
    count = run.get("members", 1)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1 or (name == "control" and count > 1):
        expected = "1: further runs of the teacher are members of floor" if name == "control" else "1 or more"
        raise ParamnetError(f"runs.{name}.members", expected=expected, got=str(count))
    return count


def _numbered(name: str, count: int) -> list[str]:
    return [name, *(f"{name}_{number}" for number in range(2, count + 1))]


def host_config(table: Any, key: str = "host") -> Host:
    """The host that a table of the configuration describes: PlaSim, or a host of the user's by ``kind``."""
    from paramnet.hosts import Host

    return typed(OmegaConf.create(table), Host, key)  # type: ignore[type-abstract]


def _host_table(name: str) -> Any:
    """The set-up of this name in the user's or the shipped ``conf/host``, as a plain table."""
    folders = conf_folders(*own_folders()[:1])
    if (path := find("host", name, folders)) is None:
        raise ParamnetError("host", expected=f"one of {', '.join(options_of('host', folders))}", got=repr(name))
    return OmegaConf.to_container(OmegaConf.load(path))
