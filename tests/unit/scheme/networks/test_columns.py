"""Networks over levels: positions of their inputs and outputs."""

import pytest
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.networks import ModelConfig, build_network
from paramnet.scheme.networks.column import ColumnInput, ColumnOutput
from paramnet.scheme.networks.layout import ColumnLayout

SMALL = {"width": 8, "depth": 1, "attention_heads": 2, "hidden": [8], "activation": "silu"}
VERTICAL = [kind for kind, part in ModelConfig.parts.items() if "level" in part.dims]


@pytest.fixture(scope="module")
def climsim() -> Contract:
    return Contract.from_yaml("climsim_v1")


def test_profiles_are_the_variables_with_levels_in_the_contract(climsim: Contract) -> None:
    layout = ColumnLayout.of(climsim, [60, 2, 120], "column_unet")
    assert [profile[0] for profile in layout.input_profiles] == [0, 60, 124, 186, 246]
    assert layout.input_scalars == [120, 121, 122, 123, 184, 185]
    assert [profile[-1] for profile in layout.output_profiles] == [59, 119] and layout.output_scalars == list(range(120, 128))


def test_each_output_comes_from_its_own_level_and_channel(climsim: Contract) -> None:
    layout = ColumnLayout.of(climsim, [], "column_unet")
    output = ColumnOutput(layout, 4, torch.nn.ReLU(), parts=2)
    h = torch.randn(3, 4, 60)
    y, by_level = output(h), output.of_levels(h.transpose(1, 2))
    single = output.of_column(torch.cat([h.mean(dim=2), h[:, :, -1]], dim=1))
    for part in range(2):
        own = y[:, part * 128 : (part + 1) * 128]
        for channel in range(2):
            torch.testing.assert_close(own[:, channel * 60 : (channel + 1) * 60], by_level[:, :, 2 * part + channel])
        torch.testing.assert_close(own[:, 120:], single[:, part * 8 : (part + 1) * 8])


def test_a_profile_affects_only_its_level_and_a_scalar_all_levels(climsim: Contract) -> None:
    enter = ColumnInput(ColumnLayout.of(climsim, [], "column_unet"), 5)
    x = torch.randn(2, 124)
    for column, levels in ((climsim.input_columns["specific_humidity"].start + 17, [17]), (120, list(range(60)))):
        other = x.clone()
        other[:, column] += 1.0
        moved = (enter(other) - enter(x)).abs().sum(dim=1) > 1e-6
        assert moved[0].nonzero().flatten().tolist() == levels


@pytest.mark.parametrize("kind", VERTICAL)
def test_a_network_over_levels_is_refused_for_a_contract_without_profiles(climsim: Contract, kind: str) -> None:
    table = climsim.to_dict()
    table["inputs"] = [row for row in table["inputs"] if row["dims"] == ["column"]]
    surface = Contract.from_dict(table)
    with pytest.raises(ParamnetError) as refused:
        build_network(ModelConfig.read({"kind": kind, **SMALL}), surface, surface.n_in)
    assert (refused.value.what, refused.value.got) == (f"model.kind {kind}", "0 profiles on 60 levels")
    assert refused.value.where == f"contract {surface.name}" and "residual_mlp" in refused.value.remedy


@pytest.mark.parametrize("contract", ["climsim_v1", "plasim_convection", "rasp2018", "climsim_v4"])
@pytest.mark.parametrize("kind", [kind for kind in ModelConfig.parts if kind != "linear"])
def test_every_network_fits_every_contract(kind: str, contract: str) -> None:
    table = Contract.from_yaml(contract)
    config = ModelConfig.read({"kind": kind, **SMALL})
    width = table.n_in + 1 + config.random_numbers(table)
    x = torch.randn(3, width + config.memory_numbers)
    network = build_network(config, table, width).eval()
    assert network(x).shape == (3, table.n_out + config.memory_numbers)
    torch.testing.assert_close(network(x)[1:2], network(x[1:2]), rtol=1e-4, atol=1e-5)  # columns are independent


def test_a_u_net_halves_no_further_than_two_levels(convection: Contract) -> None:
    build_network(ModelConfig(kind="column_unet", depth=2, width=4), convection, 53)
    with pytest.raises(ParamnetError) as refused:
        build_network(ModelConfig(kind="column_unet", depth=3, width=4), convection, 53)
    assert (refused.value.what, refused.value.expected, refused.value.got) == ("model.depth", "at most 2 halvings of 10 levels", "3")
