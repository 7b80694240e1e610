"""Restarted coupled runs end with the same bits as uninterrupted ones, in every mode, with one or two threads and ranks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import xarray as xr
from table import MOMENTS, note

from paramnet.hosts.plasim.build import HostBuild
from paramnet.hosts.plasim.run import HostRun, run_host
from paramnet.hosts.plasim.setup import HostSetup
from paramnet.hosts.scheme_options import SchemeOptions

pytestmark = [pytest.mark.host, pytest.mark.slow, pytest.mark.system]
# (mode, threads, ranks), in `make test-system`; the restarts of `make test` are in test_plasim_learned.py and test_plasim_teacher.py
MATRIX = [
    ("learned", 1, 1),
    ("record", 1, 1),
    ("ramp", 1, 1),
    ("teacher", 1, 1),
    ("off", 1, 1),
    ("shadow", 1, 1),
    ("learned", 2, 1),
    ("learned", 1, 2),
    ("record", 1, 2),
    ("shadow", 2, 2),
    ("ramp", 1, 2),
]


def state_after(config: HostRun, build: HostBuild) -> bytes:
    """The restart file at the end of a run."""
    run = run_host(config, build, lambda done, total: None)
    return max(run.glob("chunks/[0-9]*/plasim_status")).read_bytes()


@pytest.mark.parametrize(("mode", "threads", "ranks"), MATRIX if MOMENTS > 1 else [])
def test_a_restart_changes_no_bit(
    mode: str,
    threads: int,
    ranks: int,
    tmp_path: Path,
    build_variant: Callable[..., HostBuild],
    earth: HostSetup,
    toy_scheme: Callable[..., Path],
) -> None:
    needs_scheme = mode in ("learned", "shadow", "ramp")
    acting, ramp_days = ("learned", 2.5) if mode == "ramp" else (mode, 0.0)
    options = SchemeOptions(mode=acting, threads=threads, scheme=toy_scheme() if needs_scheme else None, ramp_days=ramp_days)
    build = build_variant(ranks, learned=needs_scheme)
    through = state_after(HostRun(tmp_path / "through", earth, options, days=3, chunk_days=3), build)
    restarted = state_after(HostRun(tmp_path / "restarted", earth, options, days=3, chunk_days=1), build)
    survived = through == restarted
    note(command="online", fault=f"two restarts, {mode}, {threads} threads, {ranks} ranks", survived=survived)
    assert survived


@pytest.mark.parametrize("mode", ["learned", "shadow"])
def test_the_number_of_threads_and_ranks_changes_no_bit(
    mode: str, tmp_path: Path, build_variant: Callable[..., HostBuild], earth: HostSetup, toy_scheme: Callable[..., Path]
) -> None:
    if MOMENTS == 1:
        pytest.skip("only in `make test-system`")
    scheme, runs = toy_scheme(), []
    for threads, ranks in ((1, 1), (2, 1), (1, 2)):
        options = SchemeOptions(mode=mode, threads=threads, scheme=scheme)
        build = build_variant(ranks, learned=True, rank_independent=True)
        runs.append(run_host(HostRun(tmp_path / f"{threads}{ranks}", earth, options, days=1), build, lambda done, total: None))
    one, threaded, ranked = (xr.open_dataset(run / "history_0001.nc", decode_times=False).drop_attrs() for run in runs)
    status = [(run / "chunks/0001/plasim_status").read_bytes() for run in runs]
    # The restart file of two ranks holds some fields with another length: the host's own, as shipped.
    survived = status[0] == status[1] and one.identical(threaded) and one.identical(ranked)
    note(command="online", fault=f"1, 2 threads, 2 ranks, {mode}", survived=survived)
    assert survived


@pytest.mark.long
def test_removing_or_replacing_the_scheme_during_a_run_changes_nothing(
    tmp_path: Path, build_variant: Callable[..., HostBuild], earth: HostSetup, toy_scheme: Callable[..., Path]
) -> None:
    build = build_variant(learned=True)

    def options(scheme: Path) -> SchemeOptions:
        return SchemeOptions(mode="learned", scheme=scheme)

    expected = state_after(HostRun(tmp_path / "undisturbed", earth, options(toy_scheme()), days=3, chunk_days=1), build)
    for fault in ("removed", "replaced"):
        scheme = toy_scheme()
        other = toy_scheme(leak=True)

        def disturb(done: int, total: int, scheme: Path = scheme, other: Path = other, fault: str = fault) -> None:
            if done == 1 and fault == "replaced":
                other.replace(scheme)
            elif done == 1:
                scheme.unlink(missing_ok=True)

        config = HostRun(tmp_path / fault, earth, options(scheme), days=3, chunk_days=1)
        run = run_host(config, build, disturb)
        survived = max(run.glob("chunks/[0-9]*/plasim_status")).read_bytes() == expected
        note(command="online", fault=f"scheme {fault}", survived=survived)
        assert survived
