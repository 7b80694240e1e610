"""Files of a run say what ran, and keep their values."""

from pathlib import Path

import netCDF4
import numpy as np

from histories import base_field, write_cf
from paramnet.hosts.file_attributes import annotate


def test_files_of_a_stretch_get_attributes_and_keep_their_values(tmp_path: Path) -> None:
    fields = {"air_temperature": base_field("air_temperature", 3), "precipitation_flux": base_field("precipitation_flux", 3)}
    write_cf(tmp_path / "history.nc", fields)
    with netCDF4.Dataset(tmp_path / "history.nc", "a") as file:
        file["air_temperature"].long_name = "temperature"
        before = {name: np.asarray(variable[...]) for name, variable in file.variables.items()}
    annotate(tmp_path, {"mode": "learned", "seed": 4, "scheme_sha256": "ab"})
    with netCDF4.Dataset(tmp_path / "history.nc") as file:
        assert (file.mode, int(file.seed), file.scheme_sha256) == ("learned", 4, "ab")
        assert file.Conventions.split(", ") == ["CF-1.11", "ACDD-1.3"] and {"summary", "keywords", "command", "paramnet_version"} <= set(
            file.ncattrs()
        )
        assert file["air_temperature"].long_name == "temperature" and file["air_temperature"].coverage_content_type == "modelResult"
        assert file["lat"].long_name == "latitude" and "coverage_content_type" not in file["lat"].ncattrs()
        assert file["time_bounds"].ncattrs() == []
        for name, values in before.items():
            np.testing.assert_array_equal(file[name][...], values)
    assert [path.name for path in tmp_path.iterdir()] == ["history.nc"]
