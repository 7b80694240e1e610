"""Turn external causes that end a fit (Lightning's checks, disk, GPU memory) into errors for users."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from paramnet.contract import ParamnetError


@contextmanager
def explained(output: Path) -> Iterator[None]:
    """Raise ParamnetError for a refusal by Lightning, an unreadable or unwritable file, or a lack of GPU memory."""
    try:
        yield
    except MisconfigurationException as error:
        raise ParamnetError(
            "trainer", expected="a configuration that Lightning accepts", got=f"its refusal: {' '.join(str(error).split())}"
        ) from error
    except torch.OutOfMemoryError as error:
        raise ParamnetError(
            "GPU memory",
            expected="enough for one step",
            got=str(error).split(". ")[0],
            remedy="lower trainer.batch_size, set trainer.data.residence=stream, or use more GPUs (trainer.devices)",
        ) from error
    except OSError as error:
        raise ParamnetError(
            f"{error.filename or output}",
            expected="a readable and writable file",
            got=repr(error.strerror or str(error)),
            remedy="fix this and run the same command again; it resumes from the last checkpoint",
        ) from error
