"""The defaults of YAML files and of dataclasses are the same: a command does what the Python call does."""

from dataclasses import MISSING, asdict, fields
from typing import Any

import pytest

from paramnet.bridge.adapter import HostAdapterConfig
from paramnet.bridge.ccpp import CcppConfig
from paramnet.cli.config import composed, typed
from paramnet.cli.keys import kinds_of, options_of
from paramnet.evaluation.config import EvaluateConfig
from paramnet.execution import ClusterConfig
from paramnet.execution.batch import BatchConfig
from paramnet.exporting import ExportConfig
from paramnet.importing.config import ImportConfig
from paramnet.parts import Kind
from paramnet.preprocessing import PreprocessConfig
from paramnet.scheme.adapter_config import AdapterConfig
from paramnet.scheme.networks import ModelConfig
from paramnet.sources.recorded import RecordedConfig
from paramnet.training import AverageConfig, LoggerConfig, LossConfig, ScheduleConfig, TrainConfig

IMPORTED = ["normalization.input_divide.constant=1", "normalization.output_divide.constant=1", "normalization.output_add.constant=0"]
COMMANDS: dict[str, tuple[type, list[str]]] = {
    "train": (TrainConfig, ["store=a"]),
    "preprocess": (PreprocessConfig, []),
    "evaluate": (EvaluateConfig, ["checkpoint=a"]),
    "export": (ExportConfig, ["checkpoint=a"]),
    "import": (ImportConfig, ["contract=a", "source=keras", "file=f", "normalization.input_subtract.constant=0", *IMPORTED]),
    "ccpp": (CcppConfig, ["contract=a", "output=b"]),
    "adapter": (HostAdapterConfig, ["name=a", "contract=a", "output=b"]),
    "source": (RecordedConfig, ["input=a", "output=b"]),
}
# Folders, what another key decides, and tables of names that only YAML has.
OF_THE_SOURCE = ("contract", "store", "input", "output", "names", "constants", "normalization")
FAMILIES: dict[str, tuple[str, type[Kind]]] = {
    "model": ("train", ModelConfig),
    "loss": ("train", LossConfig),
    "adapters": ("train", AdapterConfig),
    "logger": ("train", LoggerConfig),
    "trainer/schedule": ("train", ScheduleConfig),
    "trainer/average": ("train", AverageConfig),
    "cluster": ("preprocess", ClusterConfig),
}
REQUIRED = {"adapters.base": "a", "adapters.teacher": "a", "cluster.address": "tcp://a:1"}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_and_the_python_call_have_the_same_defaults(command: str) -> None:
    kind, overrides = COMMANDS[command]
    config = typed(composed(command, overrides), kind)
    given = {override.partition("=")[0] for override in overrides} | set(OF_THE_SOURCE)
    needed = {f.name for f in fields(kind) if (f.default is MISSING and f.default_factory is MISSING) or f.name in given}
    assert config == kind(**{name: getattr(config, name) for name in needed})


def test_a_batch_job_has_the_same_defaults() -> None:
    assert typed(composed("batch", []).batch, BatchConfig) == BatchConfig()


def table(group: str, option: str) -> tuple[Any, set[str]]:
    """The configuration that an option makes, and the keys that its YAML states."""
    command, family = FAMILIES[group]
    name = family.parts.key
    needed = [f"{key}={value}" for key, value in REQUIRED.items() if key.startswith(f"{name}.") and option in _needing(key)]
    config = composed(command, [f"{group}={option}", *needed])
    for part in name.split("."):
        config = config[part]
    return typed(config, family, name), {str(key) for key in config}


def _needing(key: str) -> list[str]:
    return {"cluster.address": ["existing"], "adapters.teacher": ["distilled"]}.get(
        key, ["full", "extended", "lora", "tucker", "subspace", "distilled"]
    )


@pytest.mark.parametrize(("group", "kind"), [(group, kind) for group, (_, family) in FAMILIES.items() for kind in family.parts])
def test_the_yaml_of_a_kind_states_its_keys_and_their_defaults(group: str, kind: str) -> None:
    command, family = FAMILIES[group]
    part, option = family.of(kind), {"mse": "energy"}.get(kind, kind)
    config, stated = table(group, option)
    required = {name: value for key, value in REQUIRED.items() if (name := key.rpartition(".")[2]) in part.key_names()}
    assert asdict(config) == asdict(part(**required))
    assert stated == part.key_names()
    assert kinds_of(command)[f"{family.parts.key}."][kind] == {f"{family.parts.key}.{name}" for name in part.key_names()}


@pytest.mark.parametrize("group", FAMILIES)
def test_every_option_of_a_group_lists_keys_of_its_kind_only(group: str) -> None:
    for option in options_of(group):
        config, stated = table(group, option)
        assert stated <= config.key_names(), option
