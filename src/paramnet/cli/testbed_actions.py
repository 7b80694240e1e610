"""The stages of a testbed that no other command has: its truth, the runs and scores of a scheme, and experiments without a bridge."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TypeVar

from omegaconf import DictConfig, OmegaConf

from paramnet.cli.config import typed
from paramnet.contract import ParamnetError

T = TypeVar("T")


def testbed(config: DictConfig) -> Path:
    """One action of a testbed: its truth, the runs and scores of a scheme, or an experiment."""
    from paramnet.testbeds import RecordConfig, ScoreConfig, record, score

    if config.action == "record":
        folder = record(_of(config, RecordConfig))
        print(f"truth: {folder}")
    elif config.action == "score":
        folder = score(_of(config, ScoreConfig))
        print(f"scores: {folder / 'scores.json'}\nreport: {folder / 'report.html'}")
    elif config.action in ("forecast", "extrapolate", "harvest", "discover", "parameterize"):
        folder = _experiment(config)
    else:
        raise ParamnetError(
            "action",
            expected="record, score, forecast, extrapolate, harvest, discover or parameterize in a stage, or all",
            got=repr(config.action),
        )
    return folder


def _experiment(config: DictConfig) -> Path:
    """One of the experiments that need no bridge."""
    from paramnet.testbeds import (
        ExtrapolationConfig,
        ForecastConfig,
        HarvestConfig,
        ModelErrorsConfig,
        TurbulenceConfig,
        discover,
        extrapolate,
        forecast,
        found,
        harvest,
        parameterize,
    )

    if config.action == "forecast":
        forecasts = _of(config, ForecastConfig)
        return found(forecasts, lambda: forecast(forecasts))
    if config.action == "extrapolate":
        maps = _of(config, ExtrapolationConfig)
        return found(maps, lambda: extrapolate(maps))
    if config.action == "discover":
        errors = _of(config, ModelErrorsConfig)
        return found(errors, lambda: discover(errors))
    if config.action == "parameterize":
        turbulence = _of(config, TurbulenceConfig)
        return found(turbulence, lambda: parameterize(turbulence))
    decisions = _of(config, HarvestConfig)
    return found(decisions, lambda: harvest(decisions))


def _of(config: DictConfig, config_class: type[T]) -> T:
    """The configuration as ``config_class``, of a command whose other keys are for its other actions."""
    known = {one.name for one in fields(config_class)}  # type: ignore[arg-type]
    names = [str(key) for key in config if key in known]
    return typed(OmegaConf.create({name: config[name] for name in names}), config_class)
