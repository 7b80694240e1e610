"""The coupled host, built once in build/plasim (which `make demo` uses too), and toy schemes for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from system import table

from paramnet.contract import Contract
from paramnet.exporting import write_artefact
from paramnet.exporting.artefact import Compiled, compile_artefact, write_compiled
from paramnet.hosts.plasim.build import HostBuild, build_host
from paramnet.hosts.plasim.run import HostRun, run_host
from paramnet.hosts.plasim.setup import HostSetup
from paramnet.hosts.scheme_options import SchemeOptions


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start a new table of faults, in the process that starts the others."""
    if not hasattr(session.config, "workerinput"):
        table.clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which faults were tried and survived."""
    if text := table.publish():
        terminalreporter.write_line("\n" + text)


class ToyConvection(torch.nn.Module):
    """Over a warm surface each level rains a fraction of its vapour and is warmed by its latent heat.

    With ``leak`` it dries more than it rains, beyond the available vapour; where the surface is warmer than
    ``broken_above`` (K) its outputs are NaN.
    """

    def __init__(self, contract: Contract, leak: bool, broken_above: float) -> None:
        super().__init__()
        columns = contract.input_columns
        self.humidity = (columns["specific_humidity"].start, columns["specific_humidity"].stop)
        self.surface = columns["surface_temperature"].start
        self.leak = 500.0 if leak else 1.0
        self.broken_above = broken_above
        self.warming = contract.constants["latent_heat_of_vaporization"] / contract.constants["specific_heat_of_dry_air"]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        surface = x[:, self.surface : self.surface + 1]
        rain = torch.relu(x[:, self.humidity[0] : self.humidity[1]]) * torch.sigmoid(surface - 295.0) * 2e-6
        answer = torch.cat([self.warming * rain, -self.leak * rain, rain], dim=1)
        return torch.where(surface > self.broken_above, torch.full_like(answer, float("nan")), answer)


def manifest(contract: Contract) -> dict[str, object]:
    """paramnet.json of a scheme for this contract, with limits too wide to clip anything."""

    def described(variables: object, slices: dict[str, slice]) -> list[dict[str, object]]:
        return [
            {"name": v.name, "standard_name": v.standard_name, "units": v.units, "profile": v.is_profile}
            | {"offset": slices[v.name].start, "size": slices[v.name].stop - slices[v.name].start}
            for v in variables  # type: ignore[attr-defined]
        ]

    def limits(width: int, size: float) -> dict[str, object]:
        return {"min": [-size] * width, "max": [size] * width}

    frozen = contract.to_dict()
    return {
        "name": "toy",
        "contract": frozen,
        "contract_digest": contract.digest,
        "inputs": described(contract.inputs, contract.input_columns),
        "outputs": described(contract.outputs, contract.output_columns),
        "vertical_grid": frozen["vertical_grid"],
        "constants": frozen["constants"],
        "envelope": {
            "inputs": limits(contract.n_in, 1e6) | {"quantile_levels": [0.5], "quantiles": [[0.0] * contract.n_in]},
            "outputs": limits(contract.n_out, 1.0),
        },
        "provenance": {},
        "skill": {},
        "torch_version": torch.__version__,
    }


class ToyPhysics(torch.nn.Module):
    """No heating; it copies some inputs to its fluxes: insolation at the top, the two surface heat fluxes as longwave.

    It rains 2e-8 m s-1 everywhere. ``broken_above`` : outputs are NaN in columns with higher surface pressure.
    """

    def __init__(self, contract: Contract, broken_above: float) -> None:
        super().__init__()
        columns = contract.input_columns
        copied = ("toa_incoming_shortwave_flux", "surface_upward_sensible_heat_flux", "surface_upward_latent_heat_flux")
        self.sun, self.sensible, self.latent = (columns[name].start for name in copied)
        self.pressure = columns["surface_air_pressure"].start
        self.tendencies = contract.output_columns["toa_net_downward_shortwave_flux"].start
        self.broken_above = broken_above

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        sun, sensible = x[:, self.sun : self.sun + 1], x[:, self.sensible : self.sensible + 1]
        latent = x[:, self.latent : self.latent + 1]
        still = torch.zeros(x.shape[0], self.tendencies, dtype=x.dtype)
        out = torch.cat([still, sun, 0.5 * sun, sensible, latent, torch.full_like(sun, 2.0e-8)], 1)
        broken = x[:, self.pressure : self.pressure + 1] > self.broken_above
        return torch.where(broken, torch.full_like(out, float("nan")), out)


@pytest.fixture(scope="session")
def toy_physics(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a toy scheme of the complete physics."""

    def write(broken_above: float = 1e9) -> Path:
        path = tmp_path_factory.mktemp("toy_physics") / "scheme.pt"
        contract = Contract.from_yaml("rasp2018_plasim")
        write_artefact(ToyPhysics(contract, broken_above), manifest(contract), path)
        return path

    return write


@pytest.fixture(scope="session")
def scheme_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[torch.nn.Module, Contract], Path]:
    """Write a module as the scheme of a contract, compiled once for contracts of one width; ``described`` : more of its manifest."""
    compiled: dict[tuple[type, int], Compiled] = {}

    def write(module: torch.nn.Module, contract: Contract, **described: object) -> Path:
        kind, path = (type(module), contract.n_in), tmp_path_factory.mktemp("scheme_of") / "scheme.pt"
        if kind not in compiled:
            compiled[kind] = compile_artefact(module, contract.n_in)
        write_compiled(compiled[kind], manifest(contract) | described, path)
        return path

    return write


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.from_yaml("plasim_convection")


@pytest.fixture(scope="session")
def toy_manifest(contract: Contract) -> Callable[[], dict[str, object]]:
    """The manifest of a toy scheme."""
    return lambda: manifest(contract)


@pytest.fixture(scope="session")
def toy_scheme(tmp_path_factory: pytest.TempPathFactory, contract: Contract) -> Callable[..., Path]:
    """Write a toy scheme; ``change`` may edit its manifest."""

    def write(leak: bool = False, broken_above: float = 1e9, change: Callable[[dict], None] | None = None) -> Path:
        path = tmp_path_factory.mktemp("toy") / "scheme.pt"
        described = manifest(contract)
        if change is not None:
            change(described)
        write_artefact(ToyConvection(contract, leak, broken_above), described, path)
        return path

    return write


class Identity(torch.nn.Module):
    """Returns its input."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


@pytest.fixture(scope="session")
def identity_scheme(tmp_path_factory: pytest.TempPathFactory, contract: Contract) -> Path:
    """A scheme with the contract's outputs as inputs and outputs, for mode passthrough."""
    path = tmp_path_factory.mktemp("identity") / "scheme.pt"
    described = manifest(contract)
    described["inputs"] = described["outputs"]
    described["envelope"] = None
    write_artefact(Identity(), described, path)
    return path


@pytest.fixture(scope="session")
def build_variant(repository: Path) -> Callable[..., HostBuild]:
    """Build (or find) the host: ranks, reference."""
    prefix = repository / "build" / "bridge"
    bridge = prefix if (prefix / "lib" / "cmake" / "paramnet").is_dir() else None

    def build(ranks: int = 1, reference: bool = False, learned: bool = False, rank_independent: bool = False) -> HostBuild:
        if learned and bridge is None:
            pytest.skip("the bridge is not built; run `make bridge` first")
        adapter = repository / "fortran_bridge" / "hosts" / "plasim"
        return build_host(adapter, repository / "build" / "plasim", ranks, reference, None if reference else bridge, rank_independent)

    return build


@pytest.fixture(scope="session")
def earth(repository: Path) -> HostSetup:
    return HostSetup.from_yaml(repository / "conf" / "host" / "plasim_earth.yaml")


@pytest.fixture
def run(tmp_path: Path, build_variant: Callable[..., HostBuild], earth: HostSetup) -> Callable[..., Path]:
    """Run the host: run(name, mode=..., scheme=..., days=1, ranks=1, host=..., ...)."""

    def go(
        name: str,
        days: int = 1,
        chunk_days: int = 30,
        ranks: int = 1,
        host: HostSetup | None = None,
        rank_independent: bool = False,
        start: Path | None = None,
        **options: object,
    ) -> Path:
        scheme = SchemeOptions(**options)  # type: ignore[arg-type]
        learned = scheme.mode in ("learned", "shadow", "passthrough")
        build = build_variant(ranks, learned=learned, rank_independent=rank_independent)
        config = HostRun(tmp_path / name, host or earth, scheme, days=days, chunk_days=chunk_days, start=start)
        return run_host(config, build, on_day=lambda done, total: None)

    return go
