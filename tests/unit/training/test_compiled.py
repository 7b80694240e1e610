"""A step compiled by torch.compile gives the same fit as the plain one."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.training import TrainConfig, TrainerConfig, train


@pytest.mark.parametrize("disturbed", [{}, {"input_noise": 0.1}])
def test_a_compiled_step_gives_the_weights_of_the_plain_one_to_rounding(
    disturbed: dict, convection_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_step = torch.compile
    # The graphs are run as recorded: compiling them to C++ takes a minute and tests only torch. There is one graph.
    monkeypatch.setattr(torch, "compile", lambda step, mode: partial(compile_step, backend="aot_eager", fullgraph=True)(step))
    trainer = TrainerConfig(epochs=2, batch_size=1024, **disturbed, progress_bar=False, threads=1)
    model = ModelConfig(hidden=[16], activation="silu")
    plain = TrainConfig(str(convection_store), str(tmp_path / "plain"), model=model, trainer=trainer, linear_baseline=False)
    compiled = replace(plain, output=str(tmp_path / "compiled"), trainer=replace(trainer, compile="default"))
    states = [load_checkpoint(train(config).last_checkpoint).scheme.state_dict() for config in (plain, compiled)]
    for name, weights in states[0].items():
        torch.testing.assert_close(states[1][name], weights, rtol=1e-4, atol=1e-5)
