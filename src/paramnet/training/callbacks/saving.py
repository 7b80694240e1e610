"""Writing checkpoints: to a temporary file that is synced and renamed into place; and keeping the best one."""

from __future__ import annotations

import io
import logging
import shutil
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import Checkpoint as LightningCheckpoint
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.plugins.io import TorchCheckpointIO
from torch import nn

from paramnet.contract import ParamnetError
from paramnet.files import replacing
from paramnet.scheme.checkpoint import read_checkpoint

_log = logging.getLogger(__name__)

STATES = 3  # numbers saved per weight: its value and Adam's two moments
EXTRA = 2**20  # bytes: statistics, contract, configuration


class AtomicCheckpoints(TorchCheckpointIO):
    """Replaces checkpoints atomically. Lightning writes to TMPDIR and, from another file system, copies over the old file."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Replace ``path``; if the process is killed or the disk is full, the old file is kept."""
        save(checkpoint, Path(path))


def save(checkpoint: dict[str, Any], path: Path) -> None:
    """Write a checkpoint. If it cannot be written, the old file at ``path`` is kept and ParamnetError raised."""
    content = io.BytesIO()  # on a full disk torch's writer reports only that it "failed writing"
    torch.save(checkpoint, content)
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(content.getbuffer())
    except OSError as error:
        raise ParamnetError(
            f"checkpoint {path}",
            expected=f"{len(content.getbuffer()) / 1e6:.1f} MB that can be written",
            got=repr(error.strerror or str(error)),
            remedy="free some space, or give another output, and run the same command again"
            + (", which resumes from the previous checkpoint" if path.is_file() else ""),
        ) from error


def require_room(module: nn.Module, output: Path) -> None:
    """Raise ParamnetError, before anything is fitted, if ``output`` has no space for the checkpoints of ``module``."""
    one = EXTRA + STATES * sum(weight.numel() * weight.element_size() for weight in module.parameters())
    # While a checkpoint is replaced, the old and the new one both exist.
    needed = one * (1 + sum(not (output / name).is_file() for name in ("best.ckpt", "last.ckpt")))
    free = shutil.disk_usage(output).free
    if free < needed:
        raise ParamnetError(
            f"output {output}",
            expected=f"{needed / 1e6:.0f} MB of free space for checkpoints",
            got=f"{free / 1e6:.0f} MB",
            remedy="free some space, or give another output",
        )


class BestCheckpoint(ModelCheckpoint):
    """Keeps ``best.ckpt``, by the monitored score, after the validation of each epoch."""

    def __init__(self, output: Path, monitor: str | None) -> None:
        super().__init__(dirpath=output, filename="best", monitor=monitor, enable_version_counter=False, save_on_train_epoch_end=True)

    @property
    def state_key(self) -> str:
        """The key of Lightning's class, which wrote the checkpoints of older versions."""
        return super().state_key.replace(type(self).__qualname__, ModelCheckpoint.__qualname__, 1)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the best score for ``best.ckpt`` in the folder's present location, if that file is readable."""
        best = Path(str(self.dirpath)) / "best.ckpt"
        try:
            read_checkpoint(best)
        except ParamnetError as error:
            _log.warning("%s; the best epoch from here on is kept instead", error)
            return
        scores = {str(best): score for score in state_dict.get("best_k_models", {}).values()}
        here = {"best_model_path": str(best), "kth_best_model_path": str(best) if scores else "", "best_k_models": scores}
        super().load_state_dict({**state_dict, **here, "last_model_path": "", "dirpath": self.dirpath})


class LastCheckpoint(LightningCheckpoint):
    """Saves ``last.ckpt`` at the end of every epoch. Lightning's ``save_last`` skips epochs without improvement."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        trainer.save_checkpoint(self.path)
