"""Boundary files of an aquaplanet in PlaSim's text format (.sra), with the QOBS sea surface temperature."""

from __future__ import annotations

from pathlib import Path

import numpy as np

LATITUDES = 32
LONGITUDES = 2 * LATITUDES
FREEZING = 273.15  # K
CODES = {"orography": 129, "sea_surface_temperature": 169, "land_mask": 172, "sea_ice": 210}


def gaussian_latitudes(count: int = LATITUDES) -> np.ndarray:
    """Gaussian latitudes (count,), degrees north, north first."""
    nodes, _ = np.polynomial.legendre.leggauss(count)
    return np.degrees(np.arcsin(nodes))[::-1]


def qobs(latitude: np.ndarray) -> np.ndarray:
    """The QOBS sea surface temperature in K at ``latitude`` in degrees: 27 C at the equator, 0 C from 60 degrees.

    Neale & Hoskins 2000 (Atmos. Sci. Lett. 1, 101): 27 (1 - (sin^2(3/2 phi) + sin^4(3/2 phi)) / 2), the mean of
    their control and flat profiles.
    """
    sine = np.sin(1.5 * np.radians(latitude)) ** 2
    celsius = np.where(np.abs(latitude) < 60.0, 27.0 * (1.0 - 0.5 * (sine + sine**2)), 0.0)
    return FREEZING + celsius


def write_sra(path: Path, code: int, fields: np.ndarray) -> None:
    """Write (month, lat, lon) fields, north first, in PlaSim's format: a header of 8 integers before each field."""
    with path.open("w") as file:
        for month, values in enumerate(fields):
            # a single field is used in all months; several are months 1..12
            header = (code, 0, 20090000 + 100 * (month + 1), -1, values.shape[1], values.shape[0], 0, 0)
            file.write("".join(f"{number:10d}" for number in header) + "\n")
            rows = values.reshape(-1, 8)
            file.writelines("".join(f"{value:10.3f}" for value in row) + "\n" for row in rows)


def write_aquaplanet_boundary(folder: Path) -> None:
    """Write the files of codes 129, 169, 172 and 210 to ``folder``: no land, no orography, no ice, QOBS temperature."""
    shape = (LATITUDES, LONGITUDES)
    temperature = np.broadcast_to(qobs(gaussian_latitudes())[:, None], shape)
    nothing = np.zeros(shape)
    for name, values in (
        ("orography", nothing),
        ("land_mask", nothing),
        ("sea_surface_temperature", temperature),
        ("sea_ice", nothing),
    ):
        months = 12 if name in ("sea_surface_temperature", "sea_ice") else 1
        code = CODES[name]
        write_sra(folder / f"N{LATITUDES:03d}_surf_{code:04d}.sra", code, np.repeat(values[None], months, axis=0))
