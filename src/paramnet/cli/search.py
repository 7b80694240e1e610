"""``paramnet train -m``: trials in separate folders, a study that resumes where it was interrupted, a table at the end.

Hydra's sweepers choose the trials and its launchers start them; the rest is here.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hydra._internal.utils import get_args_parser
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from paramnet.cli.config import composed, require_values, run_with_hydra
from paramnet.cli.overrides import command_line, spelt
from paramnet.cli.sweeps import is_swept, trial_name
from paramnet.cli.trials import show_trials
from paramnet.cli.words import in_quotes, search_path
from paramnet.contract import ParamnetError
from paramnet.files import locked, require_writable_folder


def is_sweep(arguments: list[str]) -> bool:
    """Whether a command line asks for several trials, and not merely to be shown."""
    parsed = get_args_parser().parse_known_args(arguments)[0]
    return bool(parsed.multirun) and not (parsed.cfg or parsed.help or parsed.hydra_help or parsed.info)


def run_sweep(name: str, stage: Callable[[DictConfig], Path]) -> None:
    """Run the sweep of ``sys.argv``; the result of a trial is the objective of the study.

    Raises ParamnetError at the end if trials failed: they are rows of the table, but not what was asked for.
    """

    def trial(config: DictConfig) -> Any:
        from paramnet.training.trials import read_trial

        objectives = list(config.get("search", {}).get("objective", ["validation_loss"]))
        config.output = str(Path(config.output) / trial_name(_overrides()))
        stage(config)
        values = [read_trial(Path(config.output)).value(key) for key in objectives]
        return values[0] if len(values) == 1 else values

    config = composed_sweep(name, sys.argv[1:])
    require_values(config)
    folder = require_writable_folder(Path(str(config.output)), "output")
    # Two processes in one study would take each other's trials for interrupted ones.
    with locked(folder / "search.lock", f"search in {folder}"):
        left = _trials_left(config)
        if left is None or left > 0:
            sys.argv += [*_resumed(config, left), f"hydra.sweep.dir={in_quotes(str(folder / 'hydra'))}"]
            try:
                run_with_hydra(name, trial)
            except ValueError as error:
                if "Record does not exist" not in str(error):  # the sweeper's way to say that every trial failed
                    raise
        else:
            print(f"the study has its {config.hydra.sweeper.n_trials} trials; hydra.sweeper.n_trials=... asks for more")
        _show(folder, _failed_trials(config))


def _show(folder: Path, failed: list[int]) -> None:
    try:
        show_trials(folder)
    except ParamnetError:
        if not failed:
            raise
    if failed:
        got = f"{len(failed)} that failed, numbers {failed}"
        raise ParamnetError("search", expected="trials that end with a score", got=got, where=str(folder))


def _resumed(config: DictConfig, left: int | None) -> list[str]:
    """Overrides that resume a study for its remaining trials."""
    if left is None:
        return []
    sweeper = config.hydra.sweeper
    done, seed = sweeper.n_trials - left, sweeper.sampler.get("seed")
    again = done and seed is not None  # a sampler seeded alike would repeat itself
    return [f"hydra.sweeper.n_trials={left}", *([f"hydra.sweeper.sampler.seed={seed + done}"] if again else [])]


def _overrides() -> list[str]:
    """The overrides of this trial, from the command line and the sweeper, without its output folder."""
    return [given for given in HydraConfig.get().overrides.task if not given.startswith(("output=", "trainer.progress_bar="))]


def composed_sweep(name: str, arguments: list[str]) -> DictConfig:
    """The configuration with Hydra's own, without what is swept over."""
    options, overrides, _ = command_line(arguments)
    folder = get_args_parser().parse_known_args(options)[0].config_dir
    fixed = [override for override in spelt(name, overrides, multirun=True) if not is_swept(override)]
    config = composed(name, [*fixed, *search_path([folder] if folder else [])], hydra_too=True)
    config.hydra.mode = RunMode.MULTIRUN
    GlobalHydra.instance().clear()
    return config


def _trials_left(config: DictConfig) -> int | None:
    """How many trials the study still wants; None without a study that is kept. What was interrupted is asked for again."""
    if (study := _study(config)) is None:
        return None
    import optuna
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False):
        if trial.state == TrialState.RUNNING:
            study._storage.set_trial_user_attr(trial._trial_id, "interrupted", True)
            study.tell(trial.number, state=TrialState.FAIL)
            if trial.params:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # it is not, since Optuna 3
                    study.enqueue_trial(trial.params)
    done = [t for t in study.get_trials(deepcopy=False) if t.state.is_finished() and not t.user_attrs.get("interrupted")]
    return max(0, int(config.hydra.sweeper.n_trials) - len(done))


def _failed_trials(config: DictConfig) -> list[int]:
    """Numbers of the study's trials that ended with an error."""
    study = _study(config)
    trials = study.get_trials(deepcopy=False) if study else []
    return [trial.number for trial in trials if trial.state.name == "FAIL" and not trial.user_attrs.get("interrupted")]


def _study(config: DictConfig) -> Any:
    """The study that is kept on disk, made if there is none; None for a sweep without one."""
    sweeper = config.hydra.sweeper
    if "optuna" not in str(sweeper.get("_target_")) or not sweeper.storage:
        return None
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    directions = [str(direction) for direction in sweeper.direction] if not isinstance(sweeper.direction, str) else [sweeper.direction]
    return optuna.create_study(study_name=sweeper.study_name, storage=sweeper.storage, directions=directions, load_if_exists=True)
