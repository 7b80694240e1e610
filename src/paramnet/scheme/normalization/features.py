"""Features: further inputs of the network that the scheme computes from the inputs of the contract."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from paramnet.contract import Contract, require_roles
from paramnet.parts import Parts
from paramnet.physics import REFERENCE_PRESSURE
from paramnet.scheme.normalization.climate_invariant import PlumeBuoyancy, ScaledLatentHeatFlux
from paramnet.scheme.normalization.column_physics import ColumnSum, LiftedParcel, MoistBuoyancy, RelativeHumidityOverLiquid, SignedLogarithm
from paramnet.scheme.normalization.selection import OLD_KINDS, InputConfig

__all__ = ["FeatureConfig", "Features"]

_SHIPPED: dict[str, type[nn.Module]] = {
    "relative_humidity_over_liquid": RelativeHumidityOverLiquid,
    "moist_buoyancy": MoistBuoyancy,
    "column_sum": ColumnSum,
    "lifted_parcel": LiftedParcel,
    "signed_logarithm": SignedLogarithm,
    "plume_buoyancy": PlumeBuoyancy,
    "scaled_latent_heat_flux": ScaledLatentHeatFlux,
}
FEATURE_KINDS = Parts("features", nn.Module, _SHIPPED)


@dataclass
class FeatureConfig:
    """One feature: its kind, the contract inputs it is computed from, by role, and its settings by name."""

    kind: str
    variables: dict[str, str] = field(default_factory=dict)
    settings: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kind = OLD_KINDS.get(self.kind, self.kind)
        require_roles("features", self.kind, FEATURE_KINDS, self.variables, self.settings)


class Features(nn.Module):
    """Standardized features, which are appended to the normalized contract inputs.

    ``fit`` computes mean and standard deviation from training samples; they are buffers like those of the inputs. The standard
    deviations have the floor of the inputs (``selection``; see ``normalization.floor``), and at least ``floor_of_features`` times
    the observational ``uncertainty`` of the kind, in its unit, if it has one.
    forward : (column, n_in) in contract units -> (column, width), dimensionless, clipped to +-10.
    """

    mean: Tensor
    inverse_std: Tensor

    def __init__(self, contract: Contract, configs: list[FeatureConfig], selection: InputConfig | None = None) -> None:
        super().__init__()
        selection = selection or InputConfig()
        self.floors: tuple[float, float] = (selection.floor_of_size, selection.floor_of_profile)
        self.certain: float = selection.floor_of_features
        self.kinds: list[str] = [config.kind for config in configs]
        pressure = contract.vertical_grid.pressure(REFERENCE_PRESSURE) if selection.hidden_above else torch.zeros(0).numpy()
        below = {OLD_KINDS.get(name, name): (pressure >= top).tolist() for name, top in selection.hidden_above.items()}
        self.below: dict[str, list[bool]] = below
        self.levels: int = contract.n_levels
        self.parts = nn.ModuleList([FEATURE_KINDS[c.kind](contract, **c.variables, **c.settings) for c in configs])
        probe = torch.zeros(1, contract.n_in)
        self.widths: list[int] = [int(part(probe).shape[1]) for part in self.parts]
        self.width: int = sum(self.widths)
        self.register_buffer("mean", torch.zeros(self.width))
        self.register_buffer("inverse_std", torch.ones(self.width))

    @torch.no_grad()
    def fit(self, inputs: Tensor) -> None:
        """Set mean and 1/std from training inputs : (sample, n_in), contract units; constant and hidden features become zero."""
        raw = self.raw(inputs.double())
        std, mean = raw.std(dim=0, unbiased=False), raw.mean(dim=0)
        spread = torch.maximum(std, self._floor(mean, std))
        self.mean.copy_(mean)
        varies = std > 1.0e-6 * raw.abs().amax(dim=0)
        self.inverse_std.copy_(torch.where(varies & self._shown().to(std.device), 1.0 / spread, torch.zeros_like(std)))

    @torch.jit.unused
    def _shown(self) -> Tensor:
        """Mask of the features passed to the network : (width); False at levels where their kind is hidden."""
        shown = torch.ones(self.width, dtype=torch.bool)
        start = 0
        for kind, width in zip(self.kinds, self.widths, strict=True):
            if kind in self.below and width % self.levels == 0:
                shown[start : start + width] = torch.tensor(self.below[kind]).repeat(width // self.levels)
            start += width
        return shown

    @torch.jit.unused
    def _floor(self, mean: Tensor, std: Tensor) -> Tensor:
        """Floor of each standard deviation : (width), from the feature's size, the spread of its profile and its uncertainty."""
        of_size, of_profile = self.floors
        floor = of_size * torch.hypot(mean, std)
        start = 0
        for part, width in zip(self.parts, self.widths, strict=True):
            # One uncertainty for each profile of a kind.
            uncertainties = getattr(part, "uncertainty", ())
            profiles = len(uncertainties) or (width // self.levels if width % self.levels == 0 else 0)
            for index in range(profiles):
                level = slice(start + index * width // profiles, start + (index + 1) * width // profiles)
                least = of_profile * float(std[level].square().mean().sqrt())
                if uncertainties:
                    least = max(least, self.certain * uncertainties[index])
                floor[level] = floor[level].clamp(min=least)
            start += width
        return floor

    def raw(self, x: Tensor) -> Tensor:
        """The features before standardization : (column, width)."""
        columns: list[Tensor] = []
        for part in self.parts:
            columns.append(part(x))
        return torch.cat(columns, dim=1)

    def forward(self, x: Tensor) -> Tensor:
        # In float64 for any dtype of the network: features are small differences of large numbers, and cheap.
        z = (self.raw(x.double()) - self.mean.double()) * self.inverse_std.double()
        return torch.clamp(z, -10.0, 10.0).to(x.dtype)
