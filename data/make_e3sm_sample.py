"""The sample in data/e3sm_schema: columns of data/sp_plasim in the files, variables and levels of E3SM-MMF as ClimSim publishes it.

    python data/make_e3sm_sample.py data/sp_plasim data/e3sm_schema

Recorded by the superparameterized PlaSim, and remapped to 60 levels so that column integrals stay: temperature, vapour, their
tendencies, meridional wind, radiation, rain, surface fluxes. MADE UP, as that model has no such thing: clouds, zonal wind, snow,
albedo, trace gases, the split of surface sunlight. They have plausible sizes, and their tendencies have no column integral.
"""

from __future__ import annotations

import sys
from pathlib import Path

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract

Columns = dict[str, NDArray[np.float64]]
STEP, PLASIM_STEP, COUNT, DAYS = 1200.0, 1800.0, 384, 4  # s, s, columns, days of the source
STEFAN_BOLTZMANN, SOLAR_CONSTANT, ALBEDO = 5.670374e-8, 1365.0, 0.07
GASES = {"pbuf_CH4": 9.99e-7, "pbuf_N2O": 4.91e-7}  # mass fractions
MELTING = 273.15  # K
# Significant ones that are kept, of the others 4: a tendency is the small difference of two states.
DIGITS = {"state_t": 8, "state_ps": 7, "state_q0001": 7, "state_u": 7, "state_v": 7, "state_q0002": 6, "state_q0003": 6}


class Levels:
    """Layers of E3SM-MMF below each column's surface pressure, and the means of PlaSim's profiles over them."""

    def __init__(self, contract: Contract, sigma: NDArray[np.float64], pressure: NDArray[np.float64]) -> None:
        grid = contract.vertical_grid
        self.edges = np.asarray(grid.a_interface)[:, None] + np.asarray(grid.b_interface)[:, None] * pressure
        old = sigma[:, None] * pressure
        below, above = np.minimum(self.edges[1:, None], old[None, 1:]), np.maximum(self.edges[:-1, None], old[None, :-1])
        self.thickness = np.diff(self.edges, axis=0)
        self.shares = np.maximum(below - above, 0.0) / self.thickness[:, None]
        self.middle = 0.5 * (self.edges[1:] + self.edges[:-1])
        self.sigma = self.middle / pressure

    def of(self, profile: NDArray[np.float64]) -> NDArray[np.float64]:
        """Profile (old level, column) -> its mean over each new layer (level, column)."""
        return np.einsum("kjc,jc->kc", self.shares, profile)

    def smooth(self, profile: NDArray[np.float64], old_sigma: NDArray[np.float64]) -> NDArray[np.float64]:
        """Profile (old level, column), interpolated in the logarithm of pressure, constant above its uppermost level."""
        at = np.log(self.sigma)
        return np.stack([np.interp(at[:, c], np.log(old_sigma), profile[:, c]) for c in range(profile.shape[1])], axis=1)

    def without_integral(self, profile: NDArray[np.float64]) -> NDArray[np.float64]:
        return profile - (profile * self.thickness).sum(0) / self.thickness.sum(0)


def columns_of(file: netCDF4.Dataset, step: int) -> Columns:
    """Every variable of one step : (level, column) or (column), evenly spaced columns."""
    shape = (len(file.dimensions["lat"]), len(file.dimensions["lon"]))
    chosen = np.linspace(0, np.prod(shape) - 1, COUNT).round().astype(int)
    found = {name: np.asarray(v[step], dtype=np.float64) for name, v in file.variables.items() if v.dimensions[-2:] == ("lat", "lon")}
    found |= {"lat": np.repeat(np.asarray(file["lat"][:])[:, None], shape[1], 1), "gw": np.repeat(file["gw"][:][:, None], shape[1], 1)}
    found["lon"] = np.repeat(np.asarray(file["lon"][:])[None, :], shape[0], 0)
    return {name: values.reshape(*values.shape[:-2], -1)[..., chosen] for name, values in found.items()}


def before_and_after(now: Columns, last: Columns, levels: Levels, sigma: NDArray[np.float64]) -> tuple[Columns, Columns]:
    """Variables of a pair of files; ``last`` is the step before, whose surface fluxes the physics saw."""
    heat, moisten = levels.of(now["TPHYSTND"]), levels.of(now["PHQ"])
    t = levels.smooth(now["TAP"] - PLASIM_STEP * now["TPHYSTND"], sigma)
    q = np.maximum(levels.of(now["QAP"] - PLASIM_STEP * now["PHQ"]), 1e-8)  # the source has few digits
    active = now["PRECT"] / 1e-7
    cloud = 5e-5 * np.sin(np.pi * np.clip(levels.sigma, 0, 1)) ** 2 * (1 + active)
    frozen = np.clip((MELTING - t) / 20.0, 0.0, 1.0)
    jet = 30.0 * np.sin(np.radians(2 * now["lat"])) ** 2 * np.clip(1.2 - levels.sigma, 0, 1)
    sun = now["SOLIN"] / SOLAR_CONSTANT
    emitted = STEFAN_BOLTZMANN * now["TS"] ** 4
    ones = np.ones(COUNT)
    before = {
        "state_t": t, "state_q0001": q, "state_q0002": cloud * (1 - frozen), "state_q0003": cloud * frozen,
        "state_u": jet, "state_v": levels.smooth(now["VAP"], sigma), "state_ps": now["PS"], "state_pmid": levels.middle,
        "pbuf_SOLIN": now["SOLIN"], "pbuf_LHFLX": last["LHFLX"], "pbuf_SHFLX": last["SHFLX"], "pbuf_COSZRS": sun,
        "pbuf_TAUX": -2e-3 * jet[-1] ** 2, "pbuf_TAUY": 0.01 * now["VAP"][-1],
        "pbuf_ozone": 1e-5 * np.exp(-(((np.log(levels.middle) - np.log(1e3)) / 1.2) ** 2)) + 3e-8,
        "cam_in_LWUP": emitted, "cam_in_ICEFRAC": 0 * ones, "cam_in_LANDFRAC": 0 * ones, "cam_in_OCNFRAC": ones,
        "cam_in_SNOWHICE": 0 * ones, "cam_in_SNOWHLAND": 0 * ones,
        **{f"cam_in_{name}": ALBEDO * ones for name in ("ALDIF", "ALDIR", "ASDIF", "ASDIR")},
        **{name: share + 0 * t for name, share in GASES.items()},
    }  # fmt: skip
    drift = levels.without_integral(1e-9 * active * np.sin(2 * np.pi * levels.sigma))
    drag = levels.without_integral(-1e-5 * active * levels.sigma * np.sign(jet))
    sunlight = now["FSNS"] / (1 - ALBEDO)
    after = {
        "state_t": t + STEP * heat, "state_q0001": np.maximum(q + STEP * moisten, 0.0),
        "state_q0002": np.maximum(before["state_q0002"] + STEP * drift * (1 - frozen), 0.0),
        "state_q0003": np.maximum(before["state_q0003"] + STEP * drift * frozen, 0.0),
        "state_u": jet + STEP * drag, "state_v": before["state_v"] + STEP * levels.without_integral(drag * levels.sigma),
        "cam_out_NETSW": now["FSNS"], "cam_out_FLWDS": emitted - now["FLNS"], "cam_out_PRECC": now["PRECT"],
        "cam_out_PRECSC": now["PRECT"] * (t[-1] < MELTING + 2),
        **{f"cam_out_{name}": share * sunlight for name, share in (("SOLS", 0.3), ("SOLL", 0.3), ("SOLSD", 0.25), ("SOLLD", 0.15))},
    }  # fmt: skip
    return before, after


def write(path: Path, values: Columns, day: int, seconds: int) -> None:
    """One file of a pair, as E3SM-MMF writes it but for its size: packed, few digits."""
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts({"calendar": "NO_LEAP", "comment": f"{(__doc__ or '').splitlines()[0]} Partly made up: see README.md."})
        file.createDimension("lev", 60)
        file.createDimension("ncol", COUNT)
        for name, value in (("ymd", day), ("tod", seconds)):
            file.createVariable(name, "i4")[...] = value
        for name, value in sorted(values.items()):
            dims = ("lev", "ncol") if value.ndim == 2 else ("ncol",)
            packing = {"zlib": True, "complevel": 9, "shuffle": True, "quantize_mode": "BitGroom"}
            file.createVariable(name, "f8", dims, significant_digits=DIGITS.get(name, 4), **packing)[:] = value


def write_grid(path: Path, contract: Contract, places: Columns) -> None:
    """ClimSim's separate grid file; area (steradian) sums to 4 pi."""
    grid, reference = contract.vertical_grid, 100_000.0
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("lev", 60), ("ilev", 61), ("ncol", COUNT)):
            file.createDimension(name, size)
        file.createVariable("P0", "f8")[...] = reference
        levels = {"hyam": grid.a_mid, "hybm": grid.b_mid, "hyai": grid.a_interface, "hybi": grid.b_interface}
        for name, values in levels.items():
            scale = reference if name.startswith("hya") else 1.0
            file.createVariable(name, "f8", ("ilev" if name.endswith("i") else "lev",))[:] = np.asarray(values) / scale
        area = 4 * np.pi * places["gw"] / places["gw"].sum()
        for name, values in {"lat": places["lat"], "lon": places["lon"], "area": area}.items():
            file.createVariable(name, "f8", ("ncol",))[:] = values


def main(source: Path, target: Path) -> None:
    """A pair of files for the first and the last day of the source."""
    contract = Contract.from_yaml("climsim_v2")
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.cam2.h1.*.nc"))[:: DAYS - 1]:
        month, day = (int(word) for word in path.name.split("-")[1:3])
        with netCDF4.Dataset(path) as file:
            edges = np.asarray(file["hybi"][:])
            middle = np.asarray(file["hybm"][:])
            last, now = columns_of(file, 2), columns_of(file, 3)
        levels = Levels(contract, edges, now["PS"])
        before, after = before_and_after(now, last, levels, middle)
        for member, values in (("mli", before), ("mlo", after)):
            write(target / f"E3SM-MMF.{member}.0001-{month:02d}-{day:02d}-28800.nc", values, 10000 + 100 * month + day, 28800)
    write_grid(target / "ClimSim_low-res_grid-info.nc", contract, now)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
