"""What ends a fit that is not a fault of the program, said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from paramnet.contract import ParamnetError


@contextmanager
def explained(output: Path) -> Iterator[None]:
    """Lightning's refusals, a disk that cannot be written to and a full GPU become ParamnetErrors."""
    try:
        yield
    except MisconfigurationException as error:
        raise ParamnetError(f"trainer: {' '.join(str(error).split())}") from error
    except torch.OutOfMemoryError as error:
        raise ParamnetError(
            "memory of the GPU",
            expected="room for a step",
            got=str(error).split(". ")[0],
            remedy="lower trainer.batch_size, set trainer.data.residence=stream, or use more GPUs (trainer.devices)",
        ) from error
    except OSError as error:
        raise ParamnetError(
            f"{error.filename or output}",
            expected="a file that can be read and written",
            got=repr(error.strerror or str(error)),
            remedy="put that right and run the same command again: it goes on from the last checkpoint",
        ) from error
