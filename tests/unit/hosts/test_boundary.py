from __future__ import annotations

from pathlib import Path

import numpy as np

from paramnet.hosts.plasim.boundary import gaussian_latitudes, qobs, write_aquaplanet_boundary


def test_qobs_is_27_degrees_at_the_equator_and_freezing_from_60() -> None:
    np.testing.assert_allclose(qobs(np.array([0.0, 60.0, -75.0])), [300.15, 273.15, 273.15])
    # the mean of the control and the flat profile, at 30 degrees
    sine = np.sin(np.radians(45.0))
    np.testing.assert_allclose(qobs(np.array([30.0])), 273.15 + 27 * (1 - 0.5 * (sine**2 + sine**4)))


def test_qobs_prefers_no_hemisphere() -> None:
    temperature = qobs(gaussian_latitudes())
    np.testing.assert_allclose(temperature, temperature[::-1])


def test_boundary_files_hold_a_header_and_a_field_for_each_month(tmp_path: Path) -> None:
    write_aquaplanet_boundary(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "N032_surf_0129.sra",
        "N032_surf_0169.sra",
        "N032_surf_0172.sra",
        "N032_surf_0210.sra",
    ]
    numbers = np.array((tmp_path / "N032_surf_0169.sra").read_text().split(), float).reshape(12, 8 + 2048)
    assert numbers[:, 0].tolist() == [169.0] * 12 and numbers[0, 4:6].tolist() == [64.0, 32.0]
    assert abs(numbers[:, 8:].reshape(12, 32, 64) - qobs(gaussian_latitudes())[None, :, None]).max() < 1e-3
