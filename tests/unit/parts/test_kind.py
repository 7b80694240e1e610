"""One dataclass per kind: made by its family, refused with keys of another, completed from records."""

import copy
import pickle
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from paramnet.contract import ParamnetError
from paramnet.scheme.networks import FlatModel, ModelConfig, UNetModel
from paramnet.training import LossConfig, ScheduleConfig


@dataclass
class Mine(FlatModel):
    """A user's network; its kind is its import path."""

    hidden: int = 3


def test_a_family_makes_the_dataclass_of_the_kind() -> None:
    network = ModelConfig(kind="column_unet", kernel=5)
    assert isinstance(network, UNetModel) and network == UNetModel(kernel=5)
    assert type(LossConfig("mae")) is LossConfig.parts["mae"] and ModelConfig().kind == "mlp" and ScheduleConfig().kind == "step"


def test_kinds_are_copied_changed_and_pickled_like_any_dataclass() -> None:
    network = ModelConfig(hidden=[3])
    assert copy.deepcopy(network) == network == pickle.loads(pickle.dumps(network))
    assert replace(network, hidden=[4]).hidden == [4]


@pytest.mark.parametrize(
    ("keys", "what", "got"),
    [
        ({"kernel": 7}, "model.kernel", "one of kind column_unet"),
        ({"kind": "linear", "width": 7}, "model.width", "one of kind column_bilstm, column_transformer, column_unet, residual_mlp"),
        ({"kind": "linear", "sheen": 7}, "model.sheen", "an unknown one"),
        ({"kind": "cnn"}, "model.kind", "'cnn'"),
    ],
)
def test_a_key_that_the_kind_does_not_have_is_refused(keys: dict, what: str, got: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        ModelConfig(**keys)
    assert (refused.value.what, refused.value.got) == (what, got)


def test_a_kind_cannot_be_called_another() -> None:
    with pytest.raises(ParamnetError) as refused:
        UNetModel(kind="mlp")
    assert (refused.value.what, refused.value.expected) == ("model.kind", "column_unet")


def test_a_users_class_is_a_kind_by_its_import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{__name__}.Mine"
    assert Mine().kind == path and path not in ModelConfig.parts
    with pytest.raises(ParamnetError) as refused:
        ModelConfig(path)
    assert refused.value.what == f"model.kind {path}" and refused.value.remedy.endswith(f"export PARAMNET_PARTS={__name__}")
    monkeypatch.setenv("PARAMNET_PARTS", f"others, {__name__}")
    assert ModelConfig(path, hidden=5) == Mine(hidden=5) == ModelConfig.read({"kind": path, "hidden": 5})


@pytest.mark.parametrize(
    ("name", "expected"),
    [("nosuch", "a class that can be imported"), ("pytest", "a class that extends paramnet.scheme.networks.ModelConfig")],
)
def test_what_is_not_a_network_is_refused(name: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAMNET_PARTS", __name__)
    with pytest.raises(ParamnetError) as refused:
        ModelConfig(f"{__name__}.{name}")
    assert (refused.value.what, refused.value.expected) == (f"model.kind {__name__}.{name}", expected)


def test_a_part_of_an_installed_package_needs_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "waves-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: waves\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[paramnet.loss]\nripple = waves_part:RippleLoss\nwrong = waves_part:Other\n")
    (tmp_path / "waves_part.py").write_text(
        "from dataclasses import dataclass\nfrom paramnet.training.loss.config import LossConfig\n"
        "@dataclass\nclass RippleLoss(LossConfig):\n    height: float = 2.0\n\nclass Other:\n    pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("PARAMNET_PARTS", raising=False)
    loss = LossConfig("ripple", height=3.0)
    assert (type(loss).__name__, loss.height) == ("RippleLoss", 3.0)
    with pytest.raises(ParamnetError) as refused:
        LossConfig("wrong")
    assert refused.value.what == "loss.kind wrong"
    with pytest.raises(ParamnetError) as refused:
        LossConfig("rippel")
    assert "ripple" in refused.value.expected
