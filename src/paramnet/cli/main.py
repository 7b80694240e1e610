"""``paramnet <command>``: hands each command to its stage, with its configuration composed by Hydra."""

from __future__ import annotations

import logging
import os
import select
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from io import TextIOWrapper

from paramnet import __version__
from paramnet.reporting.log import mark

__all__ = ["main"]


@dataclass(frozen=True)
class Command:
    """A command: the module whose ``main()`` runs it, its line in the help, and whether Hydra reads its arguments."""

    module: str
    summary: str
    configured: bool = True


COMMANDS = {
    "source": Command("paramnet.cli.stages", "files that a host has recorded (module paramnet_record) -> a source and a contract"),
    "preprocess": Command("paramnet.cli.stages", "history files -> training store (Dask, Zarr)"),
    "train": Command("paramnet.cli.stages", "training store -> checkpoint (Lightning)"),
    "compress": Command("paramnet.cli.stages", "checkpoint -> a smaller one: pruned, then taught by the large one (Lightning)"),
    "evaluate": Command("paramnet.cli.stages", "checkpoint or scheme.pt -> skill, figures, HTML report"),
    "export": Command("paramnet.cli.stages", "checkpoint -> scheme.pt with its contract inside; scheme.pt -> Fortran or C++"),
    "ccpp": Command("paramnet.cli.stages", "contract -> a CCPP scheme (Fortran, .meta, namelist) for CAM-SIMA"),
    "adapter": Command(
        "paramnet.cli.stages", "new NAME: contract -> an adapter for your model: recorder, scheme, program to try it, build files"
    ),
    "import": Command("paramnet.cli.stages", "a network of Keras, CAM's text files or bare TorchScript -> scheme.pt"),
    "inspect": Command("paramnet.cli.inspect", "what is inside a scheme.pt, checkpoint, run, store or netCDF file", configured=False),
    "check-adjoint": Command(
        "paramnet.cli.check_adjoint", "dot-product and Taylor tests of a scheme's tangent and adjoint", configured=False
    ),
    "card": Command("paramnet.cli.stages", "scheme.pt -> a model card: README.md for Hugging Face, .zenodo.json"),
    "host": Command("paramnet.cli.stages", "fetch and build the Fortran host model (PlaSim) with the adapter"),
    "online": Command("paramnet.cli.stages", "run the host: teacher, record, learned, shadow or off"),
    "compare": Command("paramnet.cli.stages", "histories of any model: learned runs against control runs -> table, figures, report"),
    "testbed": Command("paramnet.cli.testbed", "lorenz96: a small system on the whole pipeline, run in Fortran; others in Python"),
    "trials": Command("paramnet.cli.trials", "the table of a search: offline skill and cost per column of each trial", configured=False),
    "batch": Command("paramnet.cli.batch", "a command as a job script for SLURM, PBS or Flux, submitted if asked", configured=False),
    "config": Command("paramnet.cli.starting_file", "init COMMAND: a commented file of settings to start from", configured=False),
    "doctor": Command("paramnet.cli.doctor", "what is installed here, what is missing, and what it is needed for", configured=False),
    "bridge": Command(
        "paramnet.cli.bridge", "its folders for CMake and pkg-config; install PREFIX: compiled with your compiler", configured=False
    ),
    "example": Command("paramnet.cli.example", "sample data, and scripts that write synthetic files", configured=False),
    "run": Command("paramnet.cli.pipeline", "a pipeline of these commands: pipeline=demo, rasp2018, rasp2018_small or yours"),
}


def usage() -> str:
    """The text of ``paramnet --help``."""
    rows = "\n".join(f"  {name:<15}{command.summary}" for name, command in COMMANDS.items())
    return f"""paramnet {__version__}: a neural network in place of a climate model's convection scheme

usage: paramnet COMMAND [KEY=VALUE ...]

{rows}

paramnet COMMAND --help       the command's configuration groups and keys, with their defaults
paramnet COMMAND --cfg job    the composed configuration, nothing run
paramnet COMMAND --config-dir DIR experiment=mine    your own folder of YAML files, in addition to the shipped ones
"""


def main() -> int:
    """Run the command named in ``sys.argv``; returns the exit status.

    0: done. 1: failed, with one sentence. 2: no such command. 130: interrupted. 141: the reader of the output has closed it.
    """
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without our letters is no reason to fail
    if logging.lastResort is not None:  # of commands that Hydra does not configure
        mark(logging.lastResort)
    try:
        try:
            status = _run(name)
        except SystemExit:  # argparse's, after its help
            _flush()
            raise
        _flush()
        return status
    except BrokenPipeError as error:
        return _closed_output(name, error)
    except KeyboardInterrupt:
        print(f"paramnet {name}: interrupted; the same command continues where it can", file=sys.stderr)
        return 130
    except Exception as error:
        return _failed(name, error)


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _failed(name: str, error: Exception) -> int:
    from paramnet.cli.failures import explained

    print(f"paramnet {name}: {explained(error, name if name in COMMANDS else 'command')}", file=sys.stderr)
    return 1


def _closed_output(name: str, error: BrokenPipeError) -> int:
    """What ``paramnet ... | head`` comes to; a pipe to another process is an error like any."""
    pipes = select.poll()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            pipes.register(stream.fileno(), 0)
    broken = [descriptor for descriptor, event in pipes.poll(0) if event & select.POLLERR]
    for descriptor in broken:
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)  # or Python complains when it flushes at exit
    return 141 if broken else _failed(name, error)


def _run(name: str) -> int:
    if name in ("", "-h", "--help", "help"):
        print(usage())
        return 0 if name else 2
    if name == "--version":
        print(__version__)
        return 0
    if {"-sc", "--shell-completion"} & set(sys.argv[1:]):
        print("paramnet: there is no shell completion; paramnet COMMAND --help lists the keys", file=sys.stderr)
        return 2
    if name == "demo":
        print("paramnet: demo is a pipeline: paramnet run pipeline=demo", file=sys.stderr)
        return 2
    if name not in COMMANDS:
        print(f"paramnet: expected one of {', '.join(COMMANDS)}, got {name!r}; see paramnet --help", file=sys.stderr)
        return 2
    sys.argv = [f"paramnet {name}", *sys.argv[2:]]
    if COMMANDS[name].configured and (status := _answered_at_once(name, sys.argv[1:])) is not None:
        return status
    import_module(COMMANDS[name].module).main(name)
    return 0


def _answered_at_once(name: str, arguments: list[str]) -> int | None:
    """The status of what needs neither Hydra nor torch, which take seconds to import: help, and a key that does not exist."""
    if {"-h", "--help"} & set(arguments):
        from paramnet.cli.help import help_of

        print(help_of(name, COMMANDS[name].summary, arguments))
        return 0
    from paramnet.cli.advice import unknown_key

    if wrong := unknown_key("online" if name == "host" else name, arguments):
        print(f"paramnet {name}: {wrong}", file=sys.stderr)
        return 1
    return None


if __name__ == "__main__":
    sys.exit(main())
