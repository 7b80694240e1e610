"""Coupled runs and their comparison, from the configuration of ``paramnet online``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
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
    for name, run in (plain["runs"] or lone).items():
        options = {**base, **run.get("options", {}), "mode": run["mode"], "scheme": run.get("scheme")}
        if run["mode"] == "learned" and options["scheme"] is None:
            remedy = "set scheme=... (and linear_scheme=... for a linear run)"
            raise ParamnetError(f"runs.{name}", expected="a scheme for mode learned", got="none", remedy=remedy)
        others = {key: run[key] for key in ("start", "perturbation") if run.get(key) is not None}
        runs[name] = {"seed": run["seed"], "options": options, **others}
        if (host := run.get("host")) is not None:
            hosts[name] = host_config(_host_table(host) if isinstance(host, str) else host, f"runs.{name}.host")
    known = {field.name for field in dataclasses.fields(OnlineConfig)}
    values = {key: value for key, value in plain.items() if key in known} | {"runs": runs, "compared": bool(config.compare.control)}
    online: OnlineConfig = typed(OmegaConf.create(values), OnlineConfig)
    for name, host in hosts.items():
        online.runs[name].host = host
    return online


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
