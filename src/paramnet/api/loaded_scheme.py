"""``paramnet.load("scheme.pt").predict(dataset)``: a scheme applied to an xarray Dataset."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paramnet import __version__
from paramnet.api.backends import FLAGS, NONFINITE_INPUT, NONFINITE_OUTPUT, choose
from paramnet.api.inputs import find_inputs, level_dimension
from paramnet.api.plausible import require_plausible
from paramnet.api.vertical import bottom_first, with_named_variables
from paramnet.contract import Contract
from paramnet.exporting import read_manifest
from paramnet.files import sha256_of

if TYPE_CHECKING:
    import xarray as xr

_BLOCK = 1 << 16  # columns evaluated in one call


def load(path: str | Path, *, backend: str = "auto", threads: int = 1, trust: bool = False) -> LoadedScheme:
    """Load a scheme.pt to apply it to Datasets.

    backend : ``libparamnet`` (the library that hosts link), ``torchscript``, or ``auto``: libparamnet where it is built. threads : of
    libparamnet. trust : load TorchScript that could do more than compute; only if you know its author. Raises ParamnetError or BridgeError
    naming the file and the reason.
    """
    return LoadedScheme(path, backend, threads, trust)


class LoadedScheme:
    """A scheme.pt with its ``path``, ``manifest`` and ``contract``; ``backend`` says what evaluates it."""

    def __init__(self, path: str | Path, backend: str = "auto", threads: int = 1, trust: bool = False) -> None:
        self.path = Path(path)
        self.manifest: dict[str, Any] = read_manifest(self.path)
        self.contract = Contract.from_dict(self.manifest["contract"], f"scheme {path}")
        self._evaluate = choose(self.path, backend, threads, trust)

    @property
    def backend(self) -> str:
        """What evaluates the scheme."""
        return self._evaluate.description

    def __repr__(self) -> str:
        inputs, outputs = (", ".join(one.name for one in side) for side in (self.contract.inputs, self.contract.outputs))
        return f"<LoadedScheme {self.path}: {inputs} -> {outputs}; {self.backend}>"

    def predict(self, dataset: xr.Dataset, *, level: str | None = None, strict: bool = True) -> xr.Dataset:
        """Return the outputs of the scheme for every column of ``dataset``, with CF attributes, in contract units.

        dataset : each input by its name in the contract or by its standard_name, with ``units``, which are converted; any dimensions
        besides the levels, such as (time, lat, lon) or (time, ncol). Arrays of Dask stay lazy. level : the dimension of the levels, if it
        does not follow from the dimensions; either order. strict : refuse a vertical grid that is not known, and values of which nearly all
        are far outside the valid range, as a host does in its first step.

        The result has the levels and coordinates of ``dataset`` with the variables that they name (bounds, formula terms), and ``flags``
        for each column. A column with an input or output that is not finite is NaN. A stochastic scheme gets zeros in place of its
        random numbers, one with state its start values. Raises ParamnetError naming the variable.
        """
        import xarray as xr

        inputs = find_inputs(dataset, self.contract)
        dim = level_dimension(inputs, self.contract, level)
        has_mass, names = self.contract.has_mass, [one.name for one in self.contract.inputs]
        pressure = inputs[names.index(self.contract.surface_pressure_name)] if has_mass else None
        flipped = dim is not None and bottom_first(dataset, dim, pressure, self.contract, strict)
        levels = dim or "level"
        found = xr.apply_ufunc(
            partial(self._columns, flipped=flipped, strict=strict),
            *inputs,
            input_core_dims=[[levels] if one.is_profile else [] for one in self.contract.inputs],
            output_core_dims=[*([levels] if one.is_profile else [] for one in self.contract.outputs), []],
            dask="parallelized",
            output_dtypes=[*(np.float32 for _ in self.contract.outputs), np.int32],
            dask_gufunc_kwargs={"output_sizes": {levels: self.contract.n_levels}, "allow_rechunk": True},
            join="exact",
        )
        return with_named_variables(self._described(found, _order(inputs, levels)), dataset)

    def _columns(self, *arrays: NDArray[Any], flipped: bool, strict: bool) -> tuple[NDArray[Any], ...]:
        """Outputs and flags of arrays (..., level) and (...), which broadcast against each other."""
        variables = self.contract.inputs
        shape = np.broadcast_shapes(*(one.shape[:-1] if v.is_profile else one.shape for one, v in zip(arrays, variables, strict=True)))
        parts = []
        for one, variable in zip(arrays, variables, strict=True):
            part = (one[..., ::-1] if flipped else one) if variable.is_profile else one[..., None]
            part = np.broadcast_to(part, (*shape, part.shape[-1])).reshape(-1, part.shape[-1])
            require_plausible(variable, part, strict)
            parts.append(part)
        outputs, flags = self._in_blocks(parts)
        outputs[(flags & (NONFINITE_INPUT | NONFINITE_OUTPUT)) != 0] = np.nan
        results = []
        for variable in self.contract.outputs:
            values = outputs[:, self.contract.output_columns[variable.name]]
            values = values[:, ::-1] if flipped and variable.is_profile else values
            results.append(values.reshape(*shape, -1) if variable.is_profile else values.reshape(shape))
        return (*results, flags.reshape(shape))

    def _in_blocks(self, parts: list[NDArray[Any]]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        columns = len(parts[0])
        outputs, flags = np.empty((columns, self.contract.n_out), np.float32), np.empty(columns, np.int32)
        for start in range(0, columns, _BLOCK):
            block = slice(start, start + _BLOCK)
            outputs[block], flags[block] = self._evaluate(np.concatenate([part[block] for part in parts], axis=1))
        return outputs, flags

    def _described(self, found: Sequence[xr.DataArray], order: list[str]) -> xr.Dataset:
        """The results with names, attributes and the order of dimensions of the inputs."""
        import xarray as xr

        *outputs, flags = found
        result = xr.Dataset()
        for variable, values in zip(self.contract.outputs, outputs, strict=True):
            result[variable.name] = values.transpose(*order, missing_dims="ignore")
            result[variable.name].attrs = dict(variable.attributes)
        known = self._evaluate.flags
        result["flags"] = flags.transpose(*order, missing_dims="ignore")
        result["flags"].attrs = {
            "long_name": "flags of the guard, whose bits add up",
            "flag_masks": np.array(known, np.int32),
            "flag_meanings": " ".join(FLAGS[flag] for flag in known),
        }
        return result.assign_attrs(
            Conventions="CF-1.11",
            title=f"Outputs of the scheme {self.manifest['name']}",
            source=f"paramnet {__version__}, paramnet.load",
            scheme=self.path.name,
            scheme_sha256=sha256_of(self.path),
            contract=self.contract.name,
            contract_digest=self.contract.digest,
            backend=self.backend,
        )


def _order(inputs: Sequence[xr.DataArray], level: str) -> list[str]:
    """Dimensions as the first profile has them, before those of the others."""
    longest = sorted(inputs, key=lambda one: (level not in one.dims, -one.ndim))
    return list(dict.fromkeys(str(dim) for one in longest for dim in one.dims))
