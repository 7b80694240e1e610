"""Schemes with random weights for plasim_convection, and the difference of a program from a float64 evaluation of its module."""

import copy

import numpy as np
import torch
from torch import nn

from paramnet.contract import Contract
from paramnet.exporting.program.definition import Program
from paramnet.exporting.program.interpreter import interpret
from paramnet.exporting.program.lowering import lower
from paramnet.scheme.constraints import ConstraintConfig
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.normalization import FeatureConfig, Features, InputConfig
from paramnet.scheme.scheme import Scheme
from paramnet.store import ColumnStatistics

RAIN, DQ = "convective_precipitation_production", "tendency_of_specific_humidity_due_to_convection"
DT = "tendency_of_air_temperature_due_to_convection"
STATE = {"temperature": "air_temperature", "humidity": "specific_humidity"}
SO_FAR = {"heating": "tendency_of_air_temperature_so_far", "moistening": "tendency_of_specific_humidity_so_far"}
SURFACE = {"surface_temperature": "surface_temperature", "surface_humidity": "surface_specific_humidity"}
SUPPLY = {"first": "tendency_of_specific_humidity_so_far", "second": "tendency_of_specific_humidity_due_to_advection"}

FEATURES = {
    "relative_humidity_over_liquid": STATE,
    "moist_buoyancy": STATE,
    "lifted_parcel": STATE | SURFACE,
    "signed_logarithm": SUPPLY,
    "column_sum": SUPPLY,
    "plume_buoyancy": STATE,
    "scaled_latent_heat_flux": STATE | {"flux": "surface_temperature"},  # any single level will do
}
CONSTRAINTS = {
    "non_negative": {"variable": RAIN},
    "column_water_closure": {"tendency": DQ, "sink": RAIN},
    "column_enthalpy_closure": {"heating": DT, "condensation": RAIN, "humidity": "specific_humidity"},
}


def statistics(values: np.ndarray) -> ColumnStatistics:
    """Of (column, n), in float64."""
    wide = values.astype(np.float64)
    low, high = wide.min(axis=0), wide.max(axis=0)
    std = np.where(low == high, 0.0, wide.std(axis=0))
    return ColumnStatistics(
        np.clip(wide.mean(axis=0), low, high), std, low, high, low == high, np.quantile(wide, (0.001, 0.5, 0.999), axis=0)
    )


def random_scheme(
    contract: Contract,
    columns: np.ndarray,
    model: ModelConfig,
    features: dict[str, dict[str, str]] | None = None,
    constraints: dict[str, dict[str, str]] | None = None,
    selection: InputConfig | None = None,
    settings: dict[str, dict[str, float]] | None = None,
) -> Scheme:
    """A scheme with the normalization of ``columns`` and random weights; its outputs have the size of real tendencies."""
    torch.manual_seed(7)
    sizes = {"K s-1": 1e-5, "kg kg-1 s-1": 1e-8}
    spread = np.concatenate([np.full(v.stop - v.start, sizes.get(units, 1.0)) for v, units in _outputs(contract)])
    outputs = np.random.default_rng(5).normal(size=(500, contract.n_out)) * spread
    scheme = Scheme(
        contract,
        statistics(columns),
        statistics(outputs),
        model,
        [FeatureConfig(kind, variables) for kind, variables in (features or {}).items()],
        [ConstraintConfig(kind, variables, (settings or {}).get(kind, {})) for kind, variables in (constraints or {}).items()],
        selection,
    )
    for layer in scheme.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, a=0.3)  # as strong a signal at the end as at the start, like a trained network's
    if isinstance(scheme.features, Features):
        scheme.features.fit(torch.from_numpy(columns))
    return scheme.eval()


def _outputs(contract: Contract) -> list[tuple[slice, str]]:
    return [(contract.output_columns[variable.name], variable.units) for variable in contract.outputs]


def departure(scheme: nn.Module, columns: np.ndarray, arithmetic: str = "float32") -> tuple[Program, float, float]:
    """The program, and its rms and largest difference from the module in float64, in standard deviations of each output."""
    program = lower(scheme, columns.shape[1])
    with torch.inference_mode():
        exact = copy.deepcopy(scheme).double()(torch.from_numpy(columns).double()).numpy()
    std = np.where(exact.std(axis=0) > 0, exact.std(axis=0), 1.0)
    difference = (interpret(program, columns, arithmetic) - exact) / std
    assert np.isfinite(difference).all()
    return program, float(np.sqrt(np.square(difference).mean(axis=0)).max()), float(np.abs(difference).max())
