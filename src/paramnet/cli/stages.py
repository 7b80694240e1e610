"""The commands of the pipeline, one function each: a configuration in, one stage run, one line about its result."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from paramnet.cli.config import run_with_hydra, typed
from paramnet.cli.overrides import with_keys
from paramnet.cli.testbed_actions import testbed
from paramnet.contract import ParamnetError
from paramnet.files import require_writable_folder

__all__ = ["run_stage"]


def preprocess(config: DictConfig) -> Path:
    """History files to a training store."""
    from paramnet.preprocessing import PreprocessConfig, preprocess

    store = preprocess(typed(config, PreprocessConfig))
    print(f"training store: {store}")
    return store


def train(config: DictConfig) -> Path:
    """A training store to the best checkpoint."""
    from paramnet.training import TrainConfig, train
    from paramnet.training.processes import first_process

    result = train(typed(config, TrainConfig))
    if first_process():
        print(f"checkpoint: {result.best_checkpoint}")
    return result.best_checkpoint


def compress(config: DictConfig) -> Path:
    """A checkpoint to a smaller one, and the table that compares them."""
    from paramnet.cli.compressed import show_comparison
    from paramnet.training.compress import CompressConfig, compress

    record = compress(typed(config, CompressConfig))
    show_comparison(record)
    print(f"checkpoint: {record.parent / 'best.ckpt'}\ncomparison: {record}")
    return record.parent / "best.ckpt"


def evaluate(config: DictConfig) -> Path:
    """Skill, figures and report of a checkpoint or a scheme.pt."""
    from paramnet.evaluation import EvaluateConfig, evaluate

    files, source = config.pop("input", ""), config.pop("source", None)
    if files and bool(config.checkpoint) != bool(config.scheme):  # or the configuration says what is wrong
        config.store = str(_store_of_new_files(config, files, source))
    folder = evaluate(typed(config, EvaluateConfig))
    print(f"skill: {folder / 'skill.json'}\nreport: {folder / 'report.html'}")
    return folder


def _store_of_new_files(config: DictConfig, files: str, source: DictConfig | None) -> Path:
    """A store of ``files`` alone, read as the training data were, all of it test."""
    from paramnet.evaluation.new_files import preprocess_settings
    from paramnet.preprocessing import PreprocessConfig, preprocess

    if config.store or config.split != "test":
        raise ParamnetError("input", expected="no store, and split=test", got=f"store={config.store!r}, split={config.split!r}")
    read_as: Any = OmegaConf.to_container(source, resolve=True) if source is not None else None
    settings = preprocess_settings(config.checkpoint, files, config.output, read_as, config.overwrite, config.scheme)
    return preprocess(typed(OmegaConf.create(settings), PreprocessConfig))


def export(config: DictConfig) -> Path:
    """A checkpoint to scheme.pt, and a scheme to source code."""
    from paramnet.exporting import ExportConfig, export

    settings = typed(config, ExportConfig)
    scheme, source = export(settings), settings.source_code()
    print(f"scheme: {scheme}" + (f"\nsource: {source.file}" if source else ""))
    return scheme


def source(config: DictConfig) -> Path:
    """The files of a recorder to a source and a contract."""
    from paramnet.sources.recorded import RecordedConfig, write_source

    recorded = typed(config, RecordedConfig)
    made, contract = write_source(recorded)
    print(f"source: {made}\ncontract: {contract}")
    print(f"next: paramnet preprocess --config-dir {recorded.output} source={made.stem} input={recorded.input} store={made.stem}_store")
    return made


def ccpp(config: DictConfig) -> Path:
    """A contract to the files of a CCPP scheme."""
    from paramnet.bridge.ccpp import CcppConfig, write_ccpp

    folder = write_ccpp(typed(config, CcppConfig))
    print(f"CCPP scheme: {folder / config.scheme}.F90, .meta, _namelist.xml")
    return folder


def adapter(config: DictConfig) -> Path:
    """A contract to the files that connect a model of the user's own."""
    from paramnet.bridge.adapter import HostAdapterConfig, write_adapter

    files = write_adapter(typed(config, HostAdapterConfig))
    print("\n".join(f"  {path}" for path in files))
    print(f"adapter: {files[0]}\nnext: the steps of {config.output}/README.md")
    return files[0].parent


def import_network(config: DictConfig) -> Path:
    """An existing network to scheme.pt."""
    from paramnet.importing import ImportConfig, import_scheme

    scheme = import_scheme(typed(config, ImportConfig))
    print(f"scheme: {scheme}\nlook inside: paramnet inspect {scheme}")
    return scheme


def card(config: DictConfig) -> Path:
    """A scheme.pt to its model card."""
    from paramnet.inspection.card import CardConfig, write_card

    folder = write_card(typed(config, CardConfig))
    print(f"model card: {folder / 'README.md'}\nmetadata for Zenodo: {folder / '.zenodo.json'}")
    return folder


def online(config: DictConfig) -> Path:
    """Coupled runs, and their comparison where the configuration names a control."""
    from paramnet.cli.coupled import compare_config, compare_runs, coupled_config, provenance, require_last_day
    from paramnet.hosts.experiment import run_online

    online_config = coupled_config(config)
    comparison = compare_config(config, list(online_config.runs)) if config.compare.control and not config.only else None
    outcomes = run_online(online_config)
    for name, outcome in outcomes.items():
        made = f"not run: no column fell back in {outcome.equal_to}, which has the same bits" if outcome.equal_to else ""
        print(f"{name}: {made or f'{outcome.days} days in {outcome.folder}'}" + (f" ({outcome.message})" if outcome.message else ""))
    if comparison is not None:
        compare_runs(comparison, provenance(config), outcomes)
    elif not config.compare.control:  # single runs of a set that is compared later may end early
        require_last_day(outcomes, online_config.days)
    return online_config.output


def compare(config: DictConfig) -> Path:
    """Histories of any model to their comparison."""
    from paramnet.climate.compare_files import compare_files
    from paramnet.climate.histories_config import HistoriesConfig
    from paramnet.climate.table import climate_table
    from paramnet.reporting.table import console

    folder = compare_files(typed(config, HistoriesConfig))
    console().print(climate_table(json.loads((folder / "comparison.json").read_text(encoding="utf-8"))))
    print(f"comparison: {folder / 'comparison.json'}\nreport: {folder / 'report.html'}")
    return folder


def host(config: DictConfig) -> Path:
    """Fetch and build the host, nothing run."""
    from paramnet.cli.coupled import host_config
    from paramnet.hosts import BuildRequest

    chosen = host_config(config.host)
    build = chosen.build(BuildRequest(Path(config.build), config.ranks, config.rank_independent))
    executable = Path(getattr(build, "executable", config.build))
    print(f"host: {executable}")
    return executable


STAGES: dict[str, Callable[[DictConfig], Path]] = {
    "preprocess": preprocess,
    "train": train,
    "compress": compress,
    "evaluate": evaluate,
    "export": export,
    "ccpp": ccpp,
    "adapter": adapter,
    "source": source,
    "import": import_network,
    "card": card,
    "online": online,
    "compare": compare,
    "host": host,
    "testbed": testbed,
}


# What a command writes: the key, and whether it names a file (or a store, which is made by its own rules) and not a folder.
_OUTPUTS = {
    "preprocess": ("store", True),
    "train": ("output", False),
    "compress": ("output", False),
    "evaluate": ("output", False),
    "export": ("output", True),
    "ccpp": ("output", False),
    "adapter": ("output", False),
    "source": ("output", False),
    "import": ("output", True),
    "card": ("output", False),
    "online": ("output", False),
    "compare": ("output", False),
    "host": ("build", False),
    "testbed": ("output", False),
}


def require_writable_output(name: str, config: DictConfig) -> None:
    """Before work starts, and before its libraries are imported; nothing is made."""
    key, is_file = _OUTPUTS[name]
    path = Path(str(config[key]))
    try:
        if is_file and path.exists():
            return  # a store that is complete may well be on a file system that is read only
        require_writable_folder(next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists()), key)
    except OSError as error:  # a name that is too long
        raise ParamnetError(
            f"{key} {path}", expected="a path", got=repr(error.strerror or str(error)), remedy=f"set {key} to another one"
        ) from error
    except ParamnetError as error:
        raise ParamnetError(f"{key} {path}", expected=error.expected, got=error.got, remedy=error.remedy) from error


def run_stage(name: str, config: DictConfig) -> Path:
    """Check that a stage can write its output, and run it; returns what it has made."""
    require_writable_output(name, config)
    return STAGES[name](config)


def main(name: str) -> None:
    """Run one stage with the configuration of its name (``host`` shares that of ``online``)."""
    sys.argv[1:] = with_keys(name, sys.argv[1:])
    if name == "train":
        from paramnet.cli.search import is_sweep, run_sweep

        if is_sweep(sys.argv[1:]):
            run_sweep(name, STAGES[name])
            return

    def task(config: DictConfig) -> None:
        run_stage(name, config)

    run_with_hydra("online" if name == "host" else name, task)
