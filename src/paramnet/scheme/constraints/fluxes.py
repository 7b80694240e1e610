"""Single-level inputs and outputs as fluxes in one unit and one direction."""

from __future__ import annotations

from dataclasses import dataclass

from paramnet.contract import Contract, ParamnetError
from paramnet.physics import watts_per_unit
from paramnet.scheme.constraints.lookup import constant, input_variable, output_variable

Term = tuple[bool, int, float]  # True for an output (else an input), column, factor


@dataclass(frozen=True)
class FluxReader:
    """Finds the fluxes of a budget. ``unit``: W m-2 or kg m-2 s-1. Terms are positive into the column."""

    contract: Contract
    constraint: str
    unit: str

    def upward_at_surface(self, name: str) -> Term:
        """An input flux at the surface, such as evaporation: upward is into the column."""
        return self._input(name, enters="upward")

    def output(self, name: str, enters: str) -> Term:
        """An output flux; ``enters``: the direction, upward or downward, that is into the column."""
        variable = output_variable(self.contract, name, self.constraint)
        return (
            True,
            self.contract.output_columns[name].start,
            self._factor(variable.units, name) * self._sign(variable.sign, name, enters),
        )

    def _input(self, name: str, enters: str) -> Term:
        variable = input_variable(self.contract, name, self.constraint)
        return (
            False,
            self.contract.input_columns[name].start,
            self._factor(variable.units, name) * self._sign(variable.sign, name, enters),
        )

    def _factor(self, units: str, name: str) -> float:
        """Factor from the contract's unit to ``unit``, with the latent heat of vaporization for water."""
        per_unit = constant(self.contract, "latent_heat_of_vaporization", self.constraint) if self.unit != "W m-2" else 1.0
        return watts_per_unit(self.contract, units, f"{self.constraint}: {name}") / per_unit

    def _sign(self, sign: str, name: str, enters: str) -> float:
        for direction in ("upward", "downward"):
            if direction in sign:
                return 1.0 if direction == enters else -1.0
        raise ParamnetError(
            f"{self.constraint}: sign of {name}",
            expected="positive upward or downward",
            got=repr(sign),
            where=f"contract {self.contract.name}",
            remedy="correct the contract",
        )
