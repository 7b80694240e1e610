"""Bare TorchScript is wrapped if it maps columns to columns independently, and refused with the reason otherwise."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from paramnet.contract import ParamnetError
from paramnet.exporting import load_scheme, read_manifest
from paramnet.importing import ImportConfig, import_scheme
from paramnet.importing.config import NormalizationTables
from paramnet.importing.tables import Table

Configure = Callable[..., ImportConfig]


class Pair(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x[:, :15], x[:, 15:30]


class Listed(nn.Module):
    def forward(self, x: Tensor) -> list[Tensor]:
        return [x[:, :30]]


class Two(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, profiles: Tensor, surface: Tensor) -> Tensor:
        return self.network(torch.cat([profiles, surface], 1))


class DoubleInside(nn.Module):
    """Casts to float64 whatever its parameters are."""

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Linear(53, 30).double()

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x.double())


class MixesColumns(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return (x - x.mean(0))[:, :30]


class Noisy(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[:, :30] + torch.rand_like(x[:, :30])


class OneBatchSize(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(64, 53)[:, :30]


class NotFinite(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.log(x - 2.0)[:, :30]


def saved(module: nn.Module, folder: Path) -> str:
    path = folder / "bare.pt"
    torch.jit.save(torch.jit.script(module.eval()), str(path))
    return str(path)


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(6)
    return nn.Sequential(nn.Linear(53, 32), nn.Tanh(), nn.Linear(32, 30))


def test_a_bare_file_becomes_a_scheme_that_computes_the_same(network: nn.Module, tmp_path: Path, import_config: Configure) -> None:
    scheme = import_scheme(import_config(source="torchscript", file=saved(network, tmp_path), normalization=NormalizationTables()))
    x = torch.rand(50, 53)
    torch.testing.assert_close(load_scheme(scheme)[0](x), network(x))
    manifest = read_manifest(scheme)
    assert manifest["provenance"]["imported_from"] == "torchscript" and manifest["native"] == {"program": True}
    assert any("order and units" in line for line in manifest["provenance"]["cannot_be_known"])


def test_tables_are_wrapped_around_it(network: nn.Module, tmp_path: Path, import_config: Configure) -> None:
    tables = NormalizationTables(Table(constant=0.5), Table(constant=2.0), Table(constant=4.0), Table(constant=-1.0))
    scheme = import_scheme(import_config(source="torchscript", file=saved(network, tmp_path), normalization=tables))
    x = torch.rand(50, 53)
    torch.testing.assert_close(load_scheme(scheme)[0](x), network((x - 0.5) / 2) / 4 - 1)


@pytest.mark.parametrize(
    ("module", "facts"),
    [
        (nn.Linear(52, 30), {"expected": "(column, 53) -> (column, 30) of contract plasim_convection", "got": "(64, 53)"}),
        (nn.Linear(53, 29), {"expected": "(column, 53) -> (column, 30)", "got": "(64, 29)"}),
        (MixesColumns(), {"what": "outputs", "expected": "itself alone", "got": "standard deviations"}),
        (Noisy(), {"what": "outputs", "expected": "the same", "remedy": ".eval()"}),
        (OneBatchSize(), {"got": "(1, 53)", "remedy": "batch size"}),
        (NotFinite(), {"what": "outputs", "expected": "finite", "got": "NaN"}),
        (Listed(), {"expected": "(column, 53) -> (column, 30)", "got": "list"}),
    ],
)
def test_a_module_that_is_not_a_scheme_is_refused_and_nothing_is_written(
    module: nn.Module, facts: dict[str, str], tmp_path: Path, import_config: Configure
) -> None:
    config = import_config(source="torchscript", file=saved(module, tmp_path), normalization=NormalizationTables())
    with pytest.raises(ParamnetError) as refused:
        import_scheme(config)
    assert config.file in (refused.value.what, refused.value.where)
    assert all(fact in getattr(refused.value, field) for field, fact in facts.items())
    assert not Path(config.output).exists()


def test_several_outputs_are_concatenated_in_their_order(tmp_path: Path, import_config: Configure) -> None:
    scheme = import_scheme(import_config(source="torchscript", file=saved(Pair(), tmp_path), normalization=NormalizationTables()))
    x = torch.rand(50, 53)
    torch.testing.assert_close(load_scheme(scheme)[0](x), x[:, :30])


def test_several_arguments_take_the_columns_in_order(network: nn.Module, tmp_path: Path, import_config: Configure) -> None:
    keys = {"source": "torchscript", "file": saved(Two(network), tmp_path), "normalization": NormalizationTables()}
    with pytest.raises(ParamnetError) as refused:
        import_scheme(import_config(**keys))
    assert refused.value.expected == "one argument of (column, 53)" and refused.value.got.endswith("takes 2 (profiles, surface)")
    scheme = import_scheme(import_config(**keys, argument_widths=[50, 3]))
    x = torch.rand(50, 53)
    torch.testing.assert_close(load_scheme(scheme)[0](x), network(x))
    assert read_manifest(scheme)["native"] == {"program": True}


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_precisions_are_converted_to_float32(
    dtype: torch.dtype, network: nn.Module, tmp_path: Path, import_config: Configure
) -> None:
    exact = copy.deepcopy(network).to(dtype).double()
    file = saved(network.to(dtype), tmp_path)
    scheme = import_scheme(import_config(source="torchscript", file=file, normalization=NormalizationTables()))
    x = torch.rand(50, 53)
    torch.testing.assert_close(load_scheme(scheme)[0](x).double(), exact(x.double()), rtol=1e-5, atol=1e-5)
    assert read_manifest(scheme)["native"] == {"program": True}


def test_a_network_that_fails_in_float32_remains_in_its_own_precision(tmp_path: Path, import_config: Configure) -> None:
    module = DoubleInside()
    scheme = import_scheme(import_config(source="torchscript", file=saved(module, tmp_path), normalization=NormalizationTables()))
    x = torch.rand(50, 53)
    torch.testing.assert_close(load_scheme(scheme)[0](x), module(x).float())


def test_a_scheme_is_not_imported_again(network: nn.Module, tmp_path: Path, import_config: Configure) -> None:
    scheme = import_scheme(import_config(source="torchscript", file=saved(network, tmp_path), normalization=NormalizationTables()))
    with pytest.raises(ParamnetError) as refused:
        import_scheme(import_config(source="torchscript", file=str(scheme), normalization=NormalizationTables()))
    assert (refused.value.what, refused.value.got) == (str(scheme), "a scheme of paramnet")


def test_a_checkpoint_of_weights_is_refused(network: nn.Module, tmp_path: Path, import_config: Configure) -> None:
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    with pytest.raises(ParamnetError) as refused:
        import_scheme(import_config(source="torchscript", file=str(tmp_path / "weights.pt"), normalization=NormalizationTables()))
    assert refused.value.what.endswith("weights.pt") and "TorchScript" in refused.value.expected and "script" in refused.value.remedy
