"""Two simultaneous exports to one file, and a full disk."""

import multiprocessing
import resource
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from paramnet.contract import Contract, ParamnetError
from paramnet.exporting import Bounds, check_and_write, contract_manifest, load_program, load_scheme


def write(contract: Contract, path: Path, seed: int) -> None:
    torch.manual_seed(seed)
    scheme = nn.Linear(contract.n_in, contract.n_out).eval()
    manifest, inputs = contract_manifest(contract, f"net {seed}"), torch.rand(64, contract.n_in)
    check_and_write(scheme, manifest, path, inputs, np.ones(contract.n_out), Bounds())


def repeatedly(contract: Contract, path: Path, seed: int) -> None:
    torch.set_num_threads(1)
    for _ in range(2):
        write(contract, path, seed)


def test_two_simultaneous_exports_both_succeed_and_leave_one_file(convection: Contract, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    path = tmp_path / "scheme.pt"
    processes = [context.Process(target=repeatedly, args=(convection, path, seed)) for seed in (1, 2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
    assert [process.exitcode for process in processes] == [0, 0]
    assert load_scheme(path)[1]["name"] in ("net 1", "net 2") and load_program(path) is not None
    assert [file.name for file in tmp_path.iterdir()] == ["scheme.pt"]


def test_a_full_disk_is_reported_and_the_old_file_is_kept(convection: Contract, tmp_path: Path) -> None:
    path = tmp_path / "scheme.pt"
    write(convection, path, 1)
    before = path.read_bytes()
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, old[1]))
        with pytest.raises(ParamnetError) as error:
            write(convection, path, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert error.value.what.endswith("/scheme.pt") and error.value.got == "File too large"
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
