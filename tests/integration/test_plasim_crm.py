"""A cloud-resolving model in every column: it rains, goes on where it stopped, and does not see how many ranks there are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from paramnet.contract import ParamnetError
from paramnet.online.host import HostSetup

pytestmark = pytest.mark.host
# Coarse and hurried: what is tested is the coupling, not the clouds.
CHEAP = {"mode": "crm", "crm_points": 4, "crm_step": 30.0, "crm_acceleration": 4.0}


@pytest.fixture(scope="module")
def moist_sea(repository: Path) -> HostSetup:
    return HostSetup.from_yaml(repository / "conf" / "host" / "plasim_sp_aquaplanet.yaml")


def history(folder: Path, chunk: int = 1) -> xr.Dataset:
    return xr.open_dataset(folder / f"history_{chunk:04d}.nc", decode_times=False).drop_attrs()


def test_ranks_and_restarts_leave_no_trace(run: Callable[..., Path], moist_sea: HostSetup) -> None:
    through = run("through", days=2, host=moist_sea, rank_independent=True, **CHEAP)
    chained = run("chained", days=2, chunk_days=1, host=moist_sea, rank_independent=True, **CHEAP)
    halves = run("halves", host=moist_sea, ranks=2, rank_independent=True, **CHEAP)
    xr.testing.assert_identical(history(through), xr.concat([history(chained, 1), history(chained, 2)], "time"))
    xr.testing.assert_identical(history(chained, 1), history(halves))
    status = [(folder / "plasim_status").read_bytes() for folder in (through / "chunks/0001", chained / "chunks/0002")]
    assert status[0] == status[1]
    vapour = history(through).specific_humidity
    assert np.isfinite(vapour).all() and float(vapour.max()) > 5e-3


def test_a_host_that_condenses_by_itself_is_refused(run: Callable[..., Path]) -> None:
    with pytest.raises(ParamnetError, match="expected nprl=0, ndca=0, nevapprec=0"):
        run("refused", **CHEAP)
