"""Write a small scheme with made-up weights on any shipped contract: `make_scheme_of_contract.py CONTRACT FILE`."""

import sys
from pathlib import Path

import torch
from make_scheme import Network, entries, manifest_of, save

from paramnet.contract import Contract


def main() -> None:
    contract, path = Contract.from_yaml(sys.argv[1]), Path(sys.argv[2])
    torch.manual_seed(7)
    ranges = {}
    for role, variables in (("inputs", contract.inputs), ("outputs", contract.outputs)):
        bounds = [v.valid_range for v in variables for _ in range(contract.n_levels if v.is_profile else 1)]
        ranges[role] = torch.tensor(bounds).T
    (low, high), (least, most) = ranges["inputs"], ranges["outputs"]
    network = Network((low + high) / 2, (high - low) / 6, (most - least) / 100)
    listed = {
        role: entries([(v.name, v.units, v.is_profile) for v in variables], contract.n_levels)
        for role, variables in (("inputs", contract.inputs), ("outputs", contract.outputs))
    }
    envelope = {role: {"min": pair[0].tolist(), "max": pair[1].tolist()} for role, pair in ranges.items()}
    save(path, network, manifest_of(contract, listed["inputs"], listed["outputs"], envelope), contract.n_in)


if __name__ == "__main__":
    main()
