"""Size and cost of every shipped network on one contract, as a table for docs/reference/architectures.md.

    python benchmarks/bench_architectures.py [contract]

Cost is in microseconds per column: the fastest of several calls of the network on 384 columns, one thread, processor time.
"""

import sys
import time
from importlib import resources

import torch

from paramnet.cli.config import composed, typed
from paramnet.contract import Contract
from paramnet.scheme.networks import build_network, flop_per_column, parameter_count
from paramnet.training import TrainConfig

COLUMNS, CALLS = 384, 7


def seconds(network: torch.nn.Module, x: torch.Tensor, learn: bool) -> float:
    """Shortest processor time of a call, or of a call with its gradients."""
    times = []
    for _ in range(CALLS):
        start = time.process_time()
        with torch.set_grad_enabled(learn):
            y = network(x)
            if learn:
                y.square().mean().backward()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    torch.set_num_threads(1)
    contract = Contract.from_yaml(sys.argv[1] if len(sys.argv) > 1 else "climsim_v1")
    print(
        f"| `model=` on {contract.name} | parameters | MFLOP | us per column | us per sample trained |\n| --- | ---: | ---: | ---: | ---: |"
    )
    for path in sorted((resources.files("paramnet.conf") / "model").iterdir(), key=lambda file: file.name):
        if not path.name.endswith(".yaml"):
            continue
        config = typed(composed("train", [f"model={path.name.removesuffix('.yaml')}", "store=none"]), TrainConfig).model
        takes = contract.n_in + config.random_numbers(contract)
        network = build_network(config, contract, takes).eval()
        width = takes + config.memory_numbers
        x = torch.randn(COLUMNS, width)
        calls = [1e6 * seconds(network, x, learn) / COLUMNS for learn in (False, True)]
        cost = flop_per_column(network, width) / 1e6
        print(
            f"| `{path.name.removesuffix('.yaml')}` | {parameter_count(network):,} | {cost:.3g} | {calls[0]:.3g} | {calls[1]:.3g} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
