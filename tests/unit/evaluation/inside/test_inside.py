"""The network itself: Hessian and expansion of networks for which they are known, kinks of a trained scheme, and the report."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray
from torch import nn

from paramnet.contract import ParamnetError
from paramnet.evaluation import EvaluateConfig, evaluate
from paramnet.evaluation.inside.hessian import hessian_table
from paramnet.evaluation.inside.kinks import REACH, along
from paramnet.evaluation.inside.laziness import laziness_table, start_of
from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.store import open_store
from paramnet.training import LossConfig, TrainConfig, TrainerConfig, train


def trained_in(store: Path, output: Path, learning_rate: float = 3e-3, loss: str = "mse", **model: object) -> Path:
    settings = {"kind": "mlp", "hidden": [16, 16], "activation": "relu"} | model
    trainer = TrainerConfig(epochs=2, batch_size=256, learning_rate=learning_rate, progress_bar=False, threads=1)
    config = TrainConfig(
        str(store), str(output), model=ModelConfig(**settings), trainer=trainer, linear_baseline=False, seed=7, loss=LossConfig(loss)
    )
    return train(config).best_checkpoint


def test_the_hessian_of_a_linear_network_is_that_of_its_inputs() -> None:
    torch.manual_seed(0)
    network, z, truth = nn.Linear(3, 2, bias=False), torch.randn(500, 3), torch.randn(500, 2)
    exact = torch.linalg.eigvalsh(z.double().T @ z.double() / len(z) / 2)  # the mean is over samples and two outputs
    table = hessian_table(network, z, truth, torch.tensor([True, True]), 6, 8, lambda done: None)
    assert table["largest"] == pytest.approx(float(exact[-1]), rel=1e-3) and table["smallest"] == pytest.approx(float(exact[0]), rel=1e-3)
    mean = table["moments"][0]
    assert abs(mean["mean"] - float(exact.mean())) <= 4 * mean["error"] + 1e-6
    assert sum(table["shares"]["mean"]) == pytest.approx(1.0, abs=1e-6)


def test_a_network_linear_in_its_weights_is_its_expansion_and_a_deep_one_is_not() -> None:
    torch.manual_seed(1)
    z, truth, live = torch.randn(100, 3), torch.randn(100, 2), torch.tensor([True, True])
    for hidden, explained in ((False, 1.0), (True, None)):
        networks = [nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2)) if hidden else nn.Linear(3, 2) for _ in range(2)]
        table = laziness_table(*networks, z, truth, live)
        assert table["explained"] == pytest.approx(explained, abs=1e-5) if explained else table["explained"] < 0.9
        moved = [a - b for a, b in zip(networks[1].parameters(), networks[0].parameters(), strict=True)]
        size = sum(float(weight.detach().square().sum()) for weight in networks[0].parameters())
        assert table["weights_moved"] == pytest.approx((sum(float(m.detach().square().sum()) for m in moved) / size) ** 0.5, rel=1e-5)


@pytest.mark.parametrize("weights", ["free", "svd"])
def test_the_start_of_training_is_made_again_from_the_seed(convection_store: Path, tmp_path: Path, weights: str) -> None:
    checkpoint = load_checkpoint(trained_in(convection_store, tmp_path, learning_rate=1e-12, weights=weights))
    start = start_of(checkpoint)
    assert start is not None
    for one, other in zip(start.parameters(), checkpoint.scheme.network.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.fixture(scope="module")
def skill(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, dict], Path]:
    folder = tmp_path_factory.mktemp("inside")
    best = trained_in(convection_store, folder / "run")
    made = evaluate(
        EvaluateConfig(str(best), str(folder / "skill"), network_samples=200, lanczos_steps=6, lanczos_probes=2, noise_samples=0)
    )
    return json.loads((made / "skill.json").read_text()), made


def test_slopes_between_knots_add_up_to_the_response(skill: tuple[dict[str, dict], Path]) -> None:
    kinks = skill[0]["network"]["kinks"]
    assert set(kinks) >= {"mean"} and set(kinks["mean"]) == {"warming", "moistening", "stability"}
    for direction, table in kinks["mean"].items():
        reach = REACH[direction][0]
        places = np.array([-reach, *table["knots"], reach])
        assert (np.diff(places) >= 0).all() and table["units_with_kinks"] == 32
        for quantity in table["quantities"].values():
            assert len(quantity["slopes"]) == len(places) - 1
            whole = float(np.diff(places) @ np.array(quantity["slopes"]))
            response = quantity["response"]
            assert whole == pytest.approx(response[-1] - response[0], rel=1e-3, abs=1e-3 * max(map(abs, response)))
            # between the knots, the response is on the spline
            spline = response[0] + np.concatenate([[0.0], np.cumsum(np.diff(places) * quantity["slopes"])])
            np.testing.assert_allclose(np.interp(table["step"], places, spline), response, atol=2e-3 * max(map(abs, response)))


def test_directions_change_only_their_profile(convection_store: Path) -> None:
    contract = open_store(convection_store).contract
    state = np.arange(1.0, 1.0 + contract.n_in)
    steps = np.array([-0.1, 0.0, 0.1])
    warmed, moistened, tilted = (along(contract, state, name, steps) for name in ("warming", "moistening", "stability"))
    temperature, humidity = (contract.input_columns[name] for name in ("air_temperature", "specific_humidity"))
    np.testing.assert_allclose((warmed - state)[:, temperature], np.repeat(steps[:, None], contract.n_levels, axis=1), atol=1e-12)
    np.testing.assert_allclose((moistened - state)[:, humidity], np.outer(steps, state[humidity]))
    change = (tilted - state)[2, temperature]
    assert change[0] > 0 > change[-1] and np.count_nonzero(tilted[2] - state) <= contract.n_levels


def test_the_report_and_the_tables_have_every_part(skill: tuple[dict[str, dict], Path]) -> None:
    table, folder = skill[0]["network"], skill[1]
    assert table["samples"] == 200 and table["hessian"]["weights"] > 1000 and table["laziness"]["weights_moved"] > 0
    jacobian = table["jacobian"]
    assert jacobian["largest"] <= jacobian["lipschitz_bound"] and jacobian["median"] == sorted(jacobian["median"], reverse=True)
    interaction = table["interaction"]
    assert [layer["units"] for layer in interaction["layers"]][1:] == [16, 16]
    for name in interaction["modules"][0]["share_of_outputs"]:
        shares = [module["share_of_outputs"][name] for module in interaction["modules"]]
        assert sum(shares) <= 1 + 1e-6
    assert {"network_spectra", "network_directions"} <= {path.stem for path in (folder / "figures").iterdir()}
    with xarray.open_dataset(folder / "skill.nc") as stored:
        response = table["kinks"]["mean"]["moistening"]["quantities"]["column_heating"]["response"]
        chosen = stored["response_along"][0, list(stored["physical_direction"].values).index("moistening"), 0]
        np.testing.assert_allclose(chosen, response)
        np.testing.assert_allclose(stored["hessian_share"], table["hessian"]["shares"]["mean"])
    assert "The network itself" in (folder / "report.html").read_text()


def test_it_is_left_out_unless_asked_for_and_says_why_where_it_cannot_be(convection_store: Path, tmp_path: Path) -> None:
    best = trained_in(convection_store, tmp_path / "run", loss="crps", noise=2)
    common = {"noise_samples": 0, "jacobian_columns": 0, "draws": 2}
    plain = evaluate(EvaluateConfig(str(best), str(tmp_path / "plain"), **common))
    assert "network" not in json.loads((plain / "skill.json").read_text())
    asked = evaluate(EvaluateConfig(str(best), str(tmp_path / "asked"), network_samples=10, **common))
    assert set(json.loads((asked / "skill.json").read_text())["network"]) == {"not_applicable"}
    with pytest.raises(ParamnetError) as refused:
        EvaluateConfig("a", "b", lanczos_probes=1)
    assert refused.value.what == "lanczos_probes"
