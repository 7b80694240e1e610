"""SYNTHETIC columns of plausible size for input of any volume: smooth waves and noise on a zonal-mean state, no model behind."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from paramnet.contract import Contract
from paramnet.physics import gas_constants
from paramnet.physics.saturation import saturation_specific_humidity

Fields = dict[str, NDArray[np.float32]]


@dataclass
class SyntheticAtmosphere:
    """Fields of single steps on a Gaussian grid and the contract's levels, the same for the same seed and step.

    Every field is (level, latitude, longitude) or (latitude, longitude), float32, in the units of SPCAM's history files.
    """

    contract: Contract
    latitudes: int
    longitudes: int
    seed: int
    latitude: NDArray[np.float64] = field(init=False)  # degrees, south first

    def __post_init__(self) -> None:
        nodes, self.weights = np.polynomial.legendre.leggauss(self.latitudes)
        self.latitude = np.degrees(np.arcsin(nodes))
        self.longitude = np.arange(self.longitudes) * 360.0 / self.longitudes
        grid, self._sine = self.contract.vertical_grid, nodes.astype(np.float32)[:, None]
        self._angle = np.radians(self.longitude).astype(np.float32)[None, :]
        self._sigma = (grid.pressure(1e5) / 1e5).astype(np.float32)[:, None, None]
        self._a, self._b = (np.asarray(c, dtype=np.float32)[:, None, None] for c in (grid.a_mid, grid.b_mid))
        surface, top = 301.0 - 32.0 * self._sine**2, 198.0 + 18.0 * self._sine**2
        self._mean_temperature = np.maximum(surface * self._sigma**0.19, top).astype(np.float32)
        self._convective = np.sin(np.pi * self._sigma) * (self._sigma > 0.1)  # heating over its maximum

    def generator(self, step: int) -> np.random.Generator:
        """Random numbers of a step, independent of which steps are made."""
        return np.random.default_rng([self.seed, step])

    def _wave(self, number: int, period: float, day: float, lag: float = 0.0) -> NDArray[np.float32]:
        """A zonal wave that moves around the globe once in ``number`` times ``period`` days, (latitude, longitude)."""
        return np.cos(number * self._angle - np.float32(2 * np.pi * day / period + lag) + 3 * self._sine).astype(np.float32)

    def step(self, step: int, steps_per_day: int) -> Fields:
        """The fields that a scheme is trained on, and the radiative heating they contain."""
        random, day = self.generator(step), step / steps_per_day
        shape = (len(self._sigma), self.latitudes, self.longitudes)

        def noise(size: float, flat: bool = False) -> NDArray[np.float32]:
            return random.standard_normal(shape[1:] if flat else shape, dtype=np.float32) * np.float32(size)

        middle = 1.0 - self._sine**2
        surface_pressure = 98800 - 3500 * self._sine**2 + 900 * self._wave(5, 6.0, day) * middle + noise(80, flat=True)
        pressure = self._a + self._b * surface_pressure
        temperature = self._mean_temperature + 4 * self._wave(5, 6.0, day, 1.0) * np.sqrt(self._sigma) + noise(1.0)
        humid = 0.75 * self._sigma * (1 + 0.3 * self._wave(3, 9.0, day)) + noise(0.06) * self._sigma
        dry_air, vapour = gas_constants(self.contract)
        state = (torch.from_numpy(np.asarray(values, dtype=np.float64)) for values in np.broadcast_arrays(temperature, pressure))
        saturated = saturation_specific_humidity(*state, dry_air / vapour).numpy().astype(np.float32)
        humidity = np.clip(np.clip(humid, 0.02, 1.0) * saturated, 2e-6, 0.022) * np.where(self._sigma > 0.1, 1, 0) + 2e-6
        activity = np.maximum(0.0, 1.6 * middle**4 - 0.8 + self._wave(3, 9.0, day) + noise(0.4, flat=True))
        sun = np.maximum(0.0, np.sqrt(middle) * np.cos(self._angle + 2 * np.pi * day)).astype(np.float32)
        longwave = -1.5e-5 * np.sqrt(self._sigma) * (1 + 0 * temperature) + noise(1e-6)
        shortwave = 2.5e-5 * sun * (0.3 + self._sigma) + noise(1e-7)
        convective = 6e-5 * activity * self._convective
        dt, constants = self.contract.time_step, self.contract.constants
        warming_to_drying = constants["specific_heat_of_dry_air"] / constants["latent_heat_of_vaporization"]
        heating = convective + longwave + shortwave + noise(1e-5) * self._sigma
        moistening = np.maximum(-convective * warming_to_drying + 4e-8 * self._sigma**8 + noise(3e-9) * self._sigma, -0.8 * humidity / dt)
        cloud = np.clip(0.25 * activity, 0.0, 0.6)
        insolation = 1365.0 * sun
        rain = np.sum(convective * warming_to_drying * np.gradient(pressure, axis=0), axis=0) / self.contract.constants["gravity"] / 1000.0
        fields = {
            "TAP": temperature + heating * dt,
            "QAP": humidity + moistening * dt,
            "VAP": 6 * self._wave(5, 6.0, day, 2.0) * np.sqrt(1 - 0.8 * self._sigma) + noise(2.0),
            "TPHYSTND": heating,
            "PHQ": moistening,
            "QRL": longwave,
            "QRS": shortwave,
            "PS": surface_pressure,
            "SOLIN": insolation,
            "SHFLX": np.maximum(5.0, 18 + noise(6, flat=True)),
            "LHFLX": np.maximum(1.0, 140 * middle + noise(20, flat=True)),
            "FSNT": insolation * (0.88 - cloud),
            "FSNS": insolation * (0.66 - cloud),
            "FLNT": 270 - 60 * self._sine**2 - 160 * cloud + noise(3, flat=True),
            "FLNS": 70 - 50 * cloud + noise(3, flat=True),
            "PRECT": rain,
        }
        return {name: np.asarray(values, dtype=np.float32) for name, values in fields.items()}

    def bulk(self, step: int, profiles: dict[str, tuple[str, float, float]]) -> Fields:
        """Unrelated profiles, as archives are full of: name -> (units, mean, spread); each noise around its mean."""
        random = np.random.default_rng([self.seed, step, 1])
        shape = (len(self._sigma), self.latitudes, self.longitudes)
        return {
            name: random.standard_normal(shape, dtype=np.float32) * np.float32(spread) + np.float32(mean)
            for name, (_, mean, spread) in profiles.items()
        }
