"""``paramnet train -m``: trials in folders of their own, a study that goes on where it was interrupted, a table at the end.

Hydra's sweepers choose the trials and its launchers start them; this is what they leave to us.
"""

from __future__ import annotations

import fcntl
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_module
from hydra._internal.utils import get_args_parser
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig

from paramnet.cli.advice import explain
from paramnet.cli.config import run_with_hydra
from paramnet.cli.sweeps import trial_name
from paramnet.cli.trials import show_trials
from paramnet.contract import ParamnetError
from paramnet.training.trials import read_trial


def is_sweep(arguments: list[str]) -> bool:
    """Whether a command line asks for several trials, and not merely to be shown."""
    parsed = get_args_parser().parse_args(arguments)
    return bool(parsed.multirun) and not (parsed.cfg or parsed.help or parsed.hydra_help or parsed.info)


def run_sweep(name: str, stage: Callable[[DictConfig], Path]) -> None:
    """Run the sweep of ``sys.argv``; every trial's result is what the study was told to look at."""

    def trial(config: DictConfig) -> Any:
        objectives = list(config.get("search", {}).get("objective", ["validation_loss"]))
        config.output = str(Path(config.output) / trial_name(_told()))
        stage(config)
        values = [read_trial(Path(config.output)).value(key) for key in objectives]
        return values[0] if len(values) == 1 else values

    config = _composed(name, sys.argv[1:])
    folder = Path(config.output)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        left = _trials_left(config)
        if left is None or left > 0:
            if left is not None:
                done = config.hydra.sweeper.n_trials - left
                sys.argv.append(f"hydra.sweeper.n_trials={left}")
                if done and config.hydra.sweeper.sampler.get("seed") is not None:  # a sampler seeded alike would repeat itself
                    sys.argv.append(f"hydra.sweeper.sampler.seed={config.hydra.sweeper.sampler.seed + done}")
            sys.argv.append(f"hydra.sweep.dir={folder / 'hydra'}")
            run_with_hydra(name, trial)
        else:
            print(f"the study has its {config.hydra.sweeper.n_trials} trials; hydra.sweeper.n_trials=... asks for more")
        show_trials(folder)


def _told() -> list[str]:
    """What this trial was told on the command line and by the sweeper; where it runs is no part of it."""
    return [told for told in HydraConfig.get().overrides.task if not told.startswith(("output=", "trainer.progress_bar="))]


def _composed(name: str, arguments: list[str]) -> DictConfig:
    """The configuration with Hydra's own, without what is swept over."""
    parsed = get_args_parser().parse_args(arguments)
    overrides = OverridesParser.create().parse_overrides(parsed.overrides)
    fixed = [str(override.input_line) for override in overrides if not override.is_sweep_override()]
    search = [f"hydra.searchpath=[file://{Path(parsed.config_dir).absolute()}]"] if parsed.config_dir else []
    GlobalHydra.instance().clear()
    try:
        with initialize_config_module("paramnet.conf", version_base="1.3"):
            config = compose(name, overrides=[*fixed, *search], return_hydra_config=True)
    except HydraException as error:
        raise ParamnetError(explain(name, error)) from error
    config.hydra.mode = RunMode.MULTIRUN
    GlobalHydra.instance().clear()
    return config


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two processes in one study would take each other's trials for interrupted ones."""
    with open(folder / "search.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ParamnetError(
                f"search: expected one process in {folder}, found another at work; wait for it, or set output=..."
            ) from error
        yield


def _trials_left(config: DictConfig) -> int | None:
    """How many trials the study still wants; None without a study that is kept. What was interrupted is asked for again."""
    sweeper = config.hydra.sweeper
    if "optuna" not in str(sweeper.get("_target_")) or not sweeper.storage:
        return None
    import optuna
    from optuna.trial import TrialState

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    directions = [str(direction) for direction in sweeper.direction] if not isinstance(sweeper.direction, str) else [sweeper.direction]
    study = optuna.create_study(study_name=sweeper.study_name, storage=sweeper.storage, directions=directions, load_if_exists=True)
    for trial in study.get_trials(deepcopy=False):
        if trial.state == TrialState.RUNNING:
            study._storage.set_trial_user_attr(trial._trial_id, "interrupted", True)
            study.tell(trial.number, state=TrialState.FAIL)
            if trial.params:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # it is not, since Optuna 3
                    study.enqueue_trial(trial.params)
    done = [t for t in study.get_trials(deepcopy=False) if t.state.is_finished() and not t.user_attrs.get("interrupted")]
    return max(0, int(sweeper.n_trials) - len(done))
