"""The reference interpreter: bfloat16 with the rounding of processors, and float64."""

import numpy as np
import torch
from shipped_schemes import departure, random_scheme

from paramnet.contract import Contract
from paramnet.exporting.checks import Reference
from paramnet.exporting.program.interpreter import interpret, to_bfloat16
from paramnet.exporting.program.lowering import lower
from paramnet.scheme.networks import ModelConfig


def test_bfloat16_rounds_as_torch_does() -> None:
    bits = np.random.default_rng(0).integers(0, 2**32, 200_000, dtype=np.uint32)
    values = np.concatenate([bits.view(np.float32), np.float32([0.0, -0.0, np.inf, -np.inf, np.nan, 1.00390625, 1.01171875, 3.4e38])])
    expected = torch.from_numpy(values).bfloat16().float().numpy()
    np.testing.assert_array_equal(to_bfloat16(values), expected)


def test_bfloat16_multiplies_rounded_numbers_and_adds_in_float32(convection: Contract, convection_columns: np.ndarray) -> None:
    scheme = random_scheme(convection, convection_columns, ModelConfig(hidden=[48]))
    program = lower(scheme, convection.n_in)
    x = torch.from_numpy(convection_columns)
    with torch.inference_mode():
        z = scheme.normalizer(x)
        for layer in (scheme.network.trunk[0], scheme.network.head):
            product = z.bfloat16().double() @ layer.weight.bfloat16().double().T + layer.bias.double()
            z = torch.nn.functional.leaky_relu(product, 0.3).float() if layer is not scheme.network.head else product
        expected = scheme.denormalizer(z).double().numpy()
    got = interpret(program, convection_columns, "bfloat16")
    near = np.abs(got - expected) / expected.std(axis=0)
    # A hidden value near a rounding boundary may be rounded either way; nearly all are rounded the same way.
    assert np.quantile(near, 0.9) < 1e-5 and near.max() < 2e-2


def test_float64_is_closer_to_the_module_in_float64(convection: Contract, convection_columns: np.ndarray) -> None:
    scheme = random_scheme(convection, convection_columns, ModelConfig(hidden=[256] * 9))
    _, single, _ = departure(scheme, convection_columns)
    _, double, _ = departure(scheme, convection_columns, "float64")
    assert double < 1e-12 < single


def test_the_bfloat16_report_has_every_output_with_its_own_error(convection: Contract, convection_columns: np.ndarray) -> None:
    scheme = random_scheme(convection, convection_columns, ModelConfig(hidden=[64, 64]))
    names = [name for name, columns in convection.output_columns.items() for _ in range(columns.stop - columns.start)]
    std = scheme(torch.from_numpy(convection_columns)).detach().numpy().astype(np.float64).std(axis=0)
    reference = Reference(scheme, torch.from_numpy(convection_columns), std, names)
    report = reference.of_bfloat16(lower(scheme, convection.n_in))
    assert list(report) == list(convection.output_columns)
    assert all(1e-4 < error["rms"] < 0.05 and error["rms"] < error["max"] < 0.5 for error in report.values())
