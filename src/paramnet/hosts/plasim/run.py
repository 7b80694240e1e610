"""Run the host in stretches, each restarted from the previous one, so that a long run can be interrupted and resumed."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.files import locked, put_in_place, require_writable_folder, write_json, write_text
from paramnet.hosts import outcome
from paramnet.hosts.base import RESUME, HostFault, HostRunFailed
from paramnet.hosts.file_attributes import annotate
from paramnet.hosts.plasim import claim
from paramnet.hosts.plasim.build import HostBuild
from paramnet.hosts.plasim.intervals import require_intervals, require_records
from paramnet.hosts.plasim.launch import Days, launch
from paramnet.hosts.plasim.namelists import render
from paramnet.hosts.plasim.restart_file import not_finite, perturb, read_records, require_complete, write_records
from paramnet.hosts.plasim.run_config import HostRun, last_status
from paramnet.hosts.plasim.run_summary import combine_summaries
from paramnet.hosts.stopping import Stop
from paramnet.hosts.stretches import DAILY_FILES, PLASIM_STATUS, Stretch, copy_status, done, forget_old_status, intact, publish, record

__all__ = ["HostFault", "HostRun", "HostRunFailed", "last_status", "run_host"]

logger = logging.getLogger(__name__)


def run_host(config: HostRun, build: HostBuild, on_day: Callable[[int, int], None] | None = None, stop: Stop | None = None) -> Path:
    """Run the missing days of ``config.days`` and return the run's folder.

    on_day : called with (days completed, total days); the default is a progress bar on a terminal, log lines elsewhere.
    stop : ends the run when set. Raises HostRunFailed, in this and every later call, if the scheme ended the run;
    HostFault if anything else did (the same call then resumes); ParamnetError if the folder holds another run.
    """
    run = require_writable_folder(Path(config.output), "output")
    try:
        with locked(run / ".lock", f"run {run}"):
            if config.overwrite:
                claim.clear(run, config)
            return _run_claimed(config, build, run, on_day, stop or Stop())
    except OSError as error:
        got = f"{error.strerror or error} ({error.filename or run})"
        raise HostFault(f"run {run}", expected="files that can be read and written", got=got, remedy=RESUME) from error


def _run_claimed(config: HostRun, build: HostBuild, run: Path, on_day: Callable[[int, int], None] | None, stop: Stop) -> Path:
    identity = claim.claim(run, config, build)
    if (earlier := outcome.recall(run)) is not None:
        raise earlier
    stretches = intact(run, config.days, require_complete)
    lengths = _lengths(config, stretches)
    if lengths:
        require_intervals(config.host, config.scheme, lengths)
        require_records(config.host, config.scheme, config.days, config.start)
        if stretches:
            claim.require_build(run, build, config.rebuilt)
        else:
            write_json(run / claim.NAME, identity)
            _require_start(config)
            _warn_of_seed(config)
        (run / "summary.json").unlink(missing_ok=True)
    try:
        for days in lengths:
            stretches = _run_stretch(config, build, run, stretches, days, on_day, stop, identity)
            forget_old_status(stretches)
    except HostRunFailed as failure:
        outcome.record(run, failure)
        raise
    if lengths or not (run / "summary.json").is_file():
        summary = combine_summaries([stretch.folder / "summary.json" for stretch in stretches])
        write_json(run / "summary.json", {"seed": config.seed, "host": config.host.name} | summary, indent=2)
    return run


def _lengths(config: HostRun, stretches: list[Stretch]) -> list[int]:
    """Lengths of the stretches still to run, in days."""
    missing = config.days - sum(stretch.days for stretch in stretches)
    full, rest = divmod(max(missing, 0), config.chunk_days)
    return [config.chunk_days] * full + [rest] * bool(rest)


def _run_stretch(
    config: HostRun,
    build: HostBuild,
    run: Path,
    earlier: list[Stretch],
    days: int,
    on_day: Callable[[int, int], None] | None,
    stop: Stop,
    identity: dict[str, Any],
) -> list[Stretch]:
    first = sum(stretch.days for stretch in earlier)
    label = f"{config.host.name} {config.scheme.mode}"
    if stop.received:
        expected = f"the host to run to the end of day {config.days}"
        raise HostFault(label, expected=expected, got=f"{stop.name}, after day {first}", remedy="repeat the command to resume the run")
    name = f"{len(earlier) + 1:04d}"
    folder = run / "chunks" / (name + ".partial")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    claim.require_build(run, build, rebuilt=False)  # the file may have been replaced between two stretches
    _write_inputs(config, build, run, folder, earlier, days, identity)
    launch(build, folder, label, Days(first, first + days, config.days), on_day, config.scheme.threads, stop)
    _tidy(folder, keep_raw=config.raw_output)
    try:
        require_complete(folder / PLASIM_STATUS)
        known = {"mode": config.scheme.mode, "seed": config.seed, "scheme_sha256": identity["scheme"]["scheme"] or "none"}
        annotate(folder, known)
        record(folder, days, build.fingerprint()["executable"])
    except (ValueError, RuntimeError) as error:  # ParamnetError is a ValueError, as JSON's; netCDF4 raises RuntimeError
        raise HostFault(label, expected="complete files", got=str(error), where=str(folder), remedy=RESUME) from error
    put_in_place(folder, run / "chunks" / name)
    stretches = done(run)
    publish(stretches[-1])
    return stretches


def _write_inputs(
    config: HostRun, build: HostBuild, run: Path, folder: Path, earlier: list[Stretch], days: int, identity: dict[str, Any]
) -> None:
    """Write namelists, boundary files, the run's copy of the scheme, and the restart file."""
    config.host.write_inputs(folder, build.plasim, run_values(config, days))
    options = config.scheme.namelist() | {"noise_member": config.seed}
    options |= {"days_before": sum(stretch.days for stretch in earlier), "starts_anew": not earlier}
    digest = identity["scheme"]["scheme"]
    if claim.own_scheme(run, config, str(digest)) is not None:
        options |= {
            "scheme": f"../../{claim.SCHEME}",
            "scheme_digest": digest,
        }  # short in any folder
    write_text(folder / "paramnet_namelist", render("paramnet_nl", options))
    if earlier:
        copy_status(earlier[-1], folder / "plasim_restart")
    elif config.start is not None and config.perturbation:
        perturb(Path(config.start), folder / "plasim_restart", config.seed, config.perturbation)
    elif config.start is not None:
        write_records(folder / "plasim_restart", read_records(Path(config.start)))  # unpacked


def _require_start(config: HostRun) -> None:
    """Require a complete and finite initial state."""
    if config.start is None:
        return
    require_complete(Path(config.start))
    if name := not_finite(Path(config.start)):
        raise ParamnetError(
            "start",
            expected="finite values",
            got=f"{name} with NaN or infinity",
            where=str(config.start),
            remedy="start from another state",
        )


def _warn_of_seed(config: HostRun) -> None:
    """Say if another seed does not make another run."""
    if config.seed == 1 or config.seed_acts:
        return
    if config.scheme.scheme is not None:
        from paramnet.exporting import read_manifest  # imports torch

        if read_manifest(config.scheme.scheme).get("random_numbers") and config.scheme.stochastic:
            return
    begins = "at a state without perturbation" if config.start else "at rest without noise, as every aquaplanet of this model"
    logger.warning(
        "%s: begins %s: with seed %d it is the run with seed 1; for another member set start and perturbation",
        config.output, begins, config.seed,
    )  # fmt: skip


def run_values(config: HostRun, days: int) -> dict[str, Any]:
    """Values of plasim_nl that the run sets. The host's seed is eight integers, the first not 0."""
    seeds = [int.from_bytes(hashlib.sha256(f"{config.seed}/{i}".encode()).digest()[:3]) + 1 for i in range(8)]
    values = {"n_run_years": 0, "n_run_months": 0, "n_run_days": days, "kick": 1, "seed": seeds}
    return values | {"noutput": int(config.raw_output), "nstpw": config.output_every}


def _tidy(folder: Path, keep_raw: bool) -> None:
    """Remove inputs and the host's diagnostic dumps, which neither the next stretch nor a reader needs."""
    wanted = {"history.nc", "frequent.nc", "record.nc", "summary.json", "plasim_status", "plasim_diag", "log", "plasim_namelist"}
    wanted |= {"paramnet_namelist"} | ({"plasim_output"} if keep_raw else set())
    for path in folder.iterdir():
        if path.name not in wanted and not path.match(DAILY_FILES):
            path.unlink()
