"""``paramnet online``: coupled runs; or, where the configuration has a ``pipeline``, all stages of an experiment."""

from __future__ import annotations

from omegaconf import DictConfig

from paramnet.cli.config import run_with_hydra
from paramnet.cli.stages import online, require_writable_output


def main(name: str) -> None:
    """Run the command with the configuration of its name."""

    def task(config: DictConfig) -> None:
        require_writable_output(name, config)
        if config.get("pipeline"):
            from paramnet.cli.laptop import run_laptop

            run_laptop(config)
        else:
            online(config)

    run_with_hydra(name, task)
