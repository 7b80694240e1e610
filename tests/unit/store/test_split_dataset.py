"""A split as a Dataset: the values of the store by variable, with times and levels that CF describes."""

from pathlib import Path

import numpy as np
import pytest

from paramnet.contract import Contract
from paramnet.store import StoreError, open_store


def test_each_variable_has_its_columns_units_and_dimensions(convection_store: Path, convection: Contract) -> None:
    store = open_store(convection_store)
    split, dataset = store.split("test"), store.to_xarray("test")
    for side, variables, columns in (
        (split.inputs[:], convection.inputs, convection.input_columns),
        (split.outputs[:], convection.outputs, convection.output_columns),
    ):
        for variable in variables:
            values = dataset[variable.name]
            assert values.dims == (("sample", "level") if variable.is_profile else ("sample",))
            np.testing.assert_array_equal(values.values.reshape(len(split), -1), side[:, columns[variable.name]])
            assert (values.attrs["units"], values.attrs["standard_name"]) == (variable.units, variable.standard_name)
    assert dataset.sizes == {"sample": 800, "level": 10}
    np.testing.assert_array_equal(dataset.area_weight, split.area_weight[:])


def test_values_are_read_when_they_are_used(convection_store: Path) -> None:
    dataset = open_store(convection_store).to_xarray("train")
    assert all(dataset[name].chunks is not None for name in dataset.data_vars)


def test_times_and_levels_are_decoded_by_their_attributes(convection_store: Path, convection: Contract) -> None:
    dataset = open_store(convection_store).to_xarray("validation")
    assert dataset.time.values[0].calendar == "noleap" and dataset.time.values[0].year == 1
    terms = dict(zip(*[iter(dataset.level.attrs["formula_terms"].replace(":", "").split())] * 2, strict=True))
    pressure = dataset[terms["ap"]] + dataset[terms["b"]] * 1e5
    assert terms["ps"] in dataset and dataset.level.attrs["positive"] == "down"
    np.testing.assert_allclose(pressure, convection.vertical_grid.pressure(1e5))


def test_a_split_that_is_not_there_is_refused(convection_store: Path) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(convection_store).to_xarray("tests")
    assert refused.value.what == "split"
