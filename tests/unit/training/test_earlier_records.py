"""Records of runs from before each kind had its own keys: they hold the keys of all kinds, and are read as the kind they name."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from test_shipped_configs import composed

from paramnet.cli.config import typed
from paramnet.contract import ParamnetError
from paramnet.scheme.adapter_config import AdapterConfig
from paramnet.scheme.networks import LinearModel, ModelConfig
from paramnet.training import TrainConfig
from paramnet.training.identity import FREE, changes

# asdict of the composed configuration, as checkpoints and identity.json held it, by overrides.
RECORDS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "earlier_records.json").read_text())


def identity(record: dict[str, Any]) -> dict[str, Any]:
    trainer = {key: value for key, value in record["trainer"].items() if key not in FREE}
    plain: dict[str, Any] = json.loads(
        json.dumps({**record, "store": {"content": "one"}, "trainer": trainer, "features": [], "inputs": {}})
    )
    return {key: value for key, value in plain.items() if key != "logger"}


@pytest.mark.parametrize("overrides", RECORDS)
def test_a_record_of_an_earlier_version_is_the_same_run(overrides: str) -> None:
    config = typed(composed("train", "store=a", "output=b", *overrides.split()), TrainConfig)
    now = {name: asdict(config)[name] for name in ("model", "loss", "trainer", "adapters", "logger")}
    record = RECORDS[overrides]
    assert record.keys() == now.keys() and len(record["model"]) == 19
    assert ModelConfig.read(record["model"]) == config.model
    assert AdapterConfig.read(record["adapters"]) == config.adapters
    assert changes(identity(record), identity(now)) == {}


def test_a_setting_of_the_kind_itself_makes_another_run() -> None:
    record = RECORDS["model=column_unet loss=huber trainer/schedule=cosine trainer/average=swa"]
    other = json.loads(json.dumps(record))
    other["model"]["kernel"], other["loss"]["huber_delta"], other["trainer"]["schedule"]["warmup"] = 5, 2.0, 0.2
    other["model"]["hidden"], other["loss"]["nll_beta"], other["trainer"]["schedule"]["patience"] = [7], 0.1, 9  # had no effect
    assert changes(identity(record), identity(other)) == {
        "loss.huber_delta": (1.0, 2.0),
        "model.kernel": (3, 5),
        "trainer.schedule.warmup": (0.05, 0.2),
    }


def test_the_linear_baseline_of_an_earlier_version_is_read_whatever_its_network_was() -> None:
    record = {**RECORDS["model=convection_mlp"]["model"], "kind": "linear", "ridge": 1.0}
    assert ModelConfig.read(record) == LinearModel(ridge=1.0, input_limit=10.0)


def test_a_record_with_a_key_of_no_kind_is_refused() -> None:
    with pytest.raises(ParamnetError) as refused:
        ModelConfig.read({"kind": "mlp", "sheen": 3})
    assert (refused.value.what, refused.value.got) == ("model.sheen", "an unknown one")
