"""Write small schemes, good and broken, and random columns for the bridge's tests: `make_scheme.py FOLDER`.

tiny.pt       a two-layer network on the plasim_convection contract
identity.pt   gives its inputs back
logarithm.pt  NaN where an input is negative
sorted.pt     each input sorted by row: what has no place in the native kernel's list, so without a program
*.pt others   each wrong in one way (see BROKEN), or without a promise for bfloat16 (see COARSE)
columns.bin   COLUMNS x 53 float64, row by row, realistic, each value exact in float32
"""

import copy
import functools
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from paramnet.contract import Contract
from paramnet.exporting.archive import FORMAT_VERSION, MANIFEST, OLDEST_VERSION, write_archive
from paramnet.exporting.artefact import Compiled, compile_artefact, write_compiled
from paramnet.exporting.checks import Reference
from paramnet.exporting.envelope import envelope
from paramnet.exporting.torchscript import compile_scheme, to_archive
from paramnet.scheme.normalization import InputConfig
from paramnet.store import ColumnStatistics
from paramnet.store.statistics import QUANTILE_LEVELS

COLUMNS = 10_240
Manifest = dict


class Network(nn.Module):
    """Normalize -> two hidden layers -> denormalize, in the arithmetic of its input."""

    def __init__(self, mean: torch.Tensor, std: torch.Tensor, scale: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.register_buffer("scale", scale)
        self.register_buffer("order", torch.arange(len(scale)).flip(0))  # integers, in any precision
        self.layers = nn.Sequential(
            nn.Linear(len(mean), 64), nn.LeakyReLU(0.3), nn.Linear(64, 64), nn.LeakyReLU(0.3), nn.Linear(64, len(scale))
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers((x - self.mean) / self.std)[:, self.order] * self.scale


class Identity(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


class Logarithm(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.log(x)


class Sorted(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sort(x, dim=1)[0]


class MixesColumns(nn.Module):
    """One row for all columns: the slip that other bridges broadcast silently."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(0, keepdim=True)


def entries(variables: list[tuple[str, str, bool]], levels: int) -> list[dict]:
    """Manifest entries of (name, units, profile) in order."""
    result, offset = [], 0
    for name, units, profile in variables:
        size = levels if profile else 1
        result.append({"name": name, "standard_name": name, "units": units, "profile": profile, "offset": offset, "size": size})
        offset += size
    return result


def manifest_of(contract: Contract, inputs: list[dict], outputs: list[dict], envelope: dict | None) -> Manifest:
    """paramnet.json of a scheme on the contract's grid."""
    return {
        "format": "paramnet-scheme",
        "format_version": OLDEST_VERSION,
        "name": "test",
        "contract": contract.to_dict(),
        "contract_digest": contract.digest,
        "inputs": inputs,
        "outputs": outputs,
        "vertical_grid": contract.to_dict()["vertical_grid"],
        "constants": dict(contract.constants),
        "envelope": envelope,
        "provenance": {},
        "skill": {},
        "torch_version": torch.__version__,
    }


@functools.cache
def compiled(module: nn.Module, width: int) -> Compiled:
    """TorchScript and program of a module, made once for all the files it goes into."""
    return compile_artefact(module, width)


def save(path: Path, module: nn.Module, manifest: Manifest | str | None, width: int) -> None:
    """The module as scheme.pt with this manifest (as it stands if a text); plain TorchScript if None."""
    if manifest is None:
        path.write_bytes(to_archive(compile_scheme(module)))  # as written by torch.jit.save
    elif isinstance(manifest, str):
        write_archive(path, {**compiled(module, width).members, MANIFEST: manifest.encode()})
    else:
        write_compiled(compiled(module, width), manifest, path)


def random_columns(contract: Contract) -> np.ndarray:
    """(COLUMNS, n_in) float32 with the size and the vertical shape of the real thing."""
    random = np.random.default_rng(20240229)
    sigma = np.asarray(contract.to_dict()["vertical_grid"]["b_mid"])
    noise = {
        "air_temperature": lambda n: 300 * sigma**0.19 + 8 * random.standard_normal((COLUMNS, n)),
        "specific_humidity": lambda n: 0.02 * sigma**3 * random.uniform(-0.01, 1, (COLUMNS, n)),
        "surface_air_pressure": lambda n: random.normal(98_000, 2_500, (COLUMNS, n)),
        "surface_temperature": lambda n: random.normal(288, 15, (COLUMNS, n)),
        "surface_specific_humidity": lambda n: random.uniform(0, 0.02, (COLUMNS, n)),
    }
    parts = []
    for variable in contract.inputs:
        size = contract.n_levels if variable.is_profile else 1
        scale = 1e-4 if variable.units == "K s-1" else 1e-8
        default = lambda n, scale=scale: scale * random.standard_normal((COLUMNS, n))  # noqa: E731
        parts.append(noise.get(variable.name, default)(size))
    return np.concatenate(parts, axis=1).astype(np.float32)


def edited(manifest: Manifest, edit: Callable[[Manifest], object]) -> Manifest:
    """A copy with one thing wrong."""
    result = copy.deepcopy(manifest)
    edit(result)
    return result


BROKEN: dict[str, Callable[[Manifest], object]] = {
    "newer": lambda m: m.update(format_version=FORMAT_VERSION + 1),
    "foreign_format": lambda m: m.update(format="other-scheme"),
    "no_inputs": lambda m: m.pop("inputs"),
    "wrong_offset": lambda m: m["inputs"][1].update(offset=3),
    "wrong_size": lambda m: m["inputs"][0].update(size=9),
    "name_twice": lambda m: m["inputs"][1].update(name=m["inputs"][0]["name"]),
    "bottom_first": lambda m: m["vertical_grid"].update(order="bottom_first"),
    "short_grid": lambda m: m["vertical_grid"]["b_mid"].pop(),
    "text_constant": lambda m: m["constants"].update(gravity="nine"),
    "short_envelope": lambda m: m["envelope"]["inputs"]["max"].pop(),
    "upside_down_envelope": lambda m: m["envelope"]["inputs"].update(max=[-1e9] * 53),
    "missing_output": lambda m: m["outputs"].pop(),
}


COARSE: dict[str, Callable[[Manifest], object]] = {  # complete, but without valid errors for bfloat16
    "coarse_bfloat16": lambda m: m["checks"]["bfloat16"]["convective_precipitation_production"].update(rms=0.5),
    "no_bfloat16_report": lambda m: m.pop("checks"),
}


def statistics(values: np.ndarray) -> ColumnStatistics:
    """Of (column, n), as a training store has them."""
    wide = values.astype(np.float64)
    low, high, std = wide.min(0), wide.max(0), wide.std(0)
    quantiles = np.quantile(wide, QUANTILE_LEVELS, axis=0)
    return ColumnStatistics(np.clip(wide.mean(0), low, high), std, low, high, std == 0, quantiles)


def write_tiny(folder: Path, contract: Contract) -> None:
    """tiny.pt, the broken copies of it, and columns.bin."""
    columns = random_columns(contract)
    columns.astype(np.float64).tofile(folder / "columns.bin")
    torch.manual_seed(1)
    scale = torch.full((contract.n_out,), 1e-4)
    mean, std = torch.from_numpy(columns.mean(0)), torch.from_numpy(columns.std(0))
    network = Network(mean, std, scale)
    with torch.no_grad():
        results = network(torch.from_numpy(columns)).numpy()
    # The range is that of the columns.
    plain = InputConfig(floor_of_size=0.0, floor_of_profile=0.0, floor_of_features=0.0, envelope_margin=0.0)
    limits = envelope(contract, statistics(columns), statistics(results), columns, plain)
    manifest = manifest_of(
        contract,
        entries([(v.name, v.units, v.is_profile) for v in contract.inputs], contract.n_levels),
        entries([(v.name, v.units, v.is_profile) for v in contract.outputs], contract.n_levels),
        limits,
    )
    width = contract.n_in
    program = compiled(network, width).program
    names = [variable["name"] for variable in manifest["outputs"] for _ in range(variable["size"])]
    reference = Reference(network, torch.from_numpy(columns), results.std(0), names)
    manifest["checks"] = {"bfloat16": reference.of_bfloat16(program)}
    save(folder / "tiny.pt", network, manifest, width)
    save(folder / "no_manifest.pt", network, None, width)
    save(folder / "not_json.pt", network, "{'format': 1}", width)
    save(folder / "no_limits.pt", network, edited(manifest, lambda m: m.update(envelope=None)), width)
    for name, edit in {**BROKEN, **COARSE}.items():
        save(folder / f"{name}.pt", network, edited(manifest, edit), width)
    whole = (folder / "tiny.pt").read_bytes()
    (folder / "truncated.pt").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.pt").write_bytes(b"")
    (folder / "foreign.pt").write_bytes(b"CDF\x01 no scheme at all")


def write_simple(folder: Path, contract: Contract) -> None:
    """Schemes whose results are known: identity.pt, logarithm.pt, sorted.pt; and mixes_columns.pt."""
    variables = [("air_temperature", "K", True), ("specific_humidity", "kg kg-1", True)]
    variables.append(("surface_air_pressure", "Pa", False))
    listed = entries(variables, contract.n_levels)
    manifest = manifest_of(contract, listed, listed, None)
    width = 2 * contract.n_levels + 1
    for name, module in (("identity", Identity()), ("logarithm", Logarithm()), ("sorted", Sorted()), ("mixes_columns", MixesColumns())):
        save(folder / f"{name}.pt", module, manifest, width)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    contract = Contract.from_yaml("plasim_convection")
    write_tiny(folder, contract)
    write_simple(folder, contract)


if __name__ == "__main__":
    main()
