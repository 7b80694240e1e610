"""Cost of a learned scheme in a climate model: PlaSim with Rasp's 9 x 256 network instead of its convection, compared with PlaSim.

The network is untrained and its outputs are nearly zero: it costs as much as a trained one, in a climate without convection. Days of
both models are run in turn on one core. Times are processor time.
"""

from __future__ import annotations

import os
import resource
import tempfile
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
import torch
from make_scheme import entries, manifest_of, random_columns, statistics
from report import Row
from torch import nn

from paramnet.bridge.paths import default_prefix, default_source
from paramnet.contract import Contract, ParamnetError
from paramnet.exporting.artefact import compile_artefact, write_compiled
from paramnet.exporting.envelope import envelope
from paramnet.hosts.plasim.build import HostBuild, build_host
from paramnet.hosts.plasim.run import HostRun, run_host
from paramnet.hosts.plasim.setup import HostSetup
from paramnet.hosts.scheme_options import SchemeOptions
from paramnet.scheme.normalization import Denormalizer, Normalizer

DAYS, ROUNDS = 5, 3


def write_scheme(path: Path) -> Path:
    """53 -> 9 x 256 (LeakyReLU 0.3) -> 30 on the contract of PlaSim's convection."""
    contract = Contract.from_yaml("plasim_convection")
    columns = random_columns(contract)
    widths = [contract.n_in, *[256] * 9]
    torch.manual_seed(0)
    layers: list[nn.Module] = [Normalizer(columns.mean(0), columns.std(0), columns.std(0) == 0)]
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.3)]
    zero = np.zeros(contract.n_out)
    layers += [nn.Linear(widths[-1], contract.n_out), Denormalizer(zero, np.full(contract.n_out, 1e-12), zero)]
    network = nn.Sequential(*layers)
    with torch.no_grad():
        results = network(torch.from_numpy(columns)).numpy()
    sides = [
        entries([(v.name, v.units, v.is_profile) for v in variables], contract.n_levels)
        for variables in (contract.inputs, contract.outputs)
    ]
    limits = envelope(statistics(columns), statistics(results), columns)
    write_compiled(compile_artefact(network, contract.n_in), manifest_of(contract, *sides, limits), path)
    return path


def seconds_of_a_run(folder: Path, host: HostBuild, scheme: SchemeOptions, days: int) -> float:
    """Processor time of the host's process, in seconds."""
    setup = HostSetup.from_yaml(default_source().parent / "conf" / "host" / "plasim_earth.yaml")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run_host(HostRun(output=folder, host=setup, days=days, chunk_days=days, scheme=scheme), host, on_day=lambda done, of: None)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def seconds_of_days(folder: Path, host: HostBuild, scheme: SchemeOptions) -> float:
    """Time for DAYS more days of a run of one day, without start-up and end."""
    short, long = (seconds_of_a_run(folder / f"days{days}", host, scheme, days) for days in (1, 1 + DAYS))
    return long - short


def rows() -> list[Row]:
    """Ratio of the learned model's time to the teacher's; no rows if the host is not available."""
    adapter = default_source() / "hosts" / "plasim"
    try:
        host = build_host(adapter, default_source().parent / "build" / "plasim", bridge=default_prefix())
    except ParamnetError as problem:
        print(f"bench: no row on PlaSim: {problem}")
        return []
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    times: dict[str, list[float]] = {"teacher": [], "learned": []}
    try:
        with tempfile.TemporaryDirectory() as name:
            path = write_scheme(Path(name) / "scheme.pt")
            options = {"teacher": SchemeOptions(), "learned": SchemeOptions(mode="learned", scheme=path, backend="native")}
            for turn in range(ROUNDS):
                for mode, scheme in options.items():
                    times[mode].append(seconds_of_days(Path(name) / f"{mode}{turn}", host, scheme))
    finally:
        os.sched_setaffinity(0, cores)
    ratio = median(learned / teacher for learned, teacher in zip(times["learned"], times["teacher"], strict=True))
    how = f"9 x 256, LeakyReLU, T21L10, {DAYS} days, 1 core; teacher {median(times['teacher']):.1f} s"
    return [Row("plasim_learned_vs_teacher", ratio, "times", "<= 2.1", how)]
