"""The results of a coupled run as a Dataset that says what ran."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import paramnet
from histories import SINE, WEIGHTS, write_run
from paramnet.contract import ParamnetError


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """25 days in two files, with growing temperature."""
    grow = lambda name, values: values + np.arange(len(values))[:, None, None, None] if name == "air_temperature" else values  # noqa: E731
    summary = {
        "mode": "learned",
        "fallback_fraction": 0.25,
        "learned_ms_mean": 2.0,
        "learned_calls": 9,
        "teacher_ms_mean": 0.0,
        "teacher_calls": 0,
        "days": 25.0,
    }
    folder = write_run(tmp_path / "learned", 25, grow, summary=summary)
    identity = {"host": {"name": "plasim_earth"}, "scheme": {"mode": "learned", "scheme": "ab" * 32}, "seed": 3}
    (folder / "run.json").write_text(json.dumps(identity))
    return folder


def test_the_files_of_a_run_are_one_dataset_with_its_provenance(run: Path) -> None:
    dataset = paramnet.open_run(run)
    assert dataset.sizes["time"] == 25 and dataset.air_temperature.chunks is not None
    np.testing.assert_allclose(dataset.air_temperature.mean(["lev", "lat", "lon"]).diff("time")[:19], 1.0, rtol=1e-5)
    known = {"mode": "learned", "scheme_sha256": "ab" * 32, "host": "plasim_earth", "seed": 3, "failure": "", "run": "learned"}
    assert known.items() <= dataset.attrs.items()
    assert (dataset.fallback_fraction, dataset.learned_ms_mean, "teacher_ms_mean" in dataset.attrs) == (0.25, 2.0, False)
    mean = dataset.precipitation_flux.isel(time=0).weighted(dataset.latitude_weight).mean()
    np.testing.assert_allclose(mean, WEIGHTS @ (3e-5 * (1 + 0.3 * SINE)), rtol=1e-5)
    dataset.to_netcdf(run / "copy.nc")


def test_a_run_that_its_scheme_ended_says_why(run: Path) -> None:
    (run / "failed.json").write_text(json.dumps({"days": 25, "message": "too many columns fell back", "kind": "scheme"}))
    assert paramnet.open_run(run).failure == "too many columns fell back"


def test_other_series_are_chosen_by_name(run: Path) -> None:
    with xr.open_dataset(run / "history_0001.nc") as file:
        file[["precipitation_flux"]].to_netcdf(run / "frequent_0001.nc")
    assert list(paramnet.open_run(run, "frequent").data_vars) == ["precipitation_flux"]


@pytest.mark.parametrize(
    ("folder", "series", "what"),
    [("none", "history", "run"), ("learned", "daily", "series"), ("learned", "record", "run"), (".", "history", "run")],
)
def test_what_is_not_there_is_refused(run: Path, folder: str, series: str, what: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        paramnet.open_run(run.parent / folder, series)
    assert refused.value.what.startswith(what)


def test_damaged_settings_are_refused(run: Path) -> None:
    (run / "run.json").write_text("{")
    with pytest.raises(ParamnetError) as refused:
        paramnet.open_run(run)
    assert refused.value.what == str(run / "run.json")
