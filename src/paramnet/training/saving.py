"""How checkpoints reach the disk: beside the file they replace, synced, renamed; and which of them is the best."""

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
from paramnet.training.checkpoint import read_checkpoint

_log = logging.getLogger(__name__)

STATES = 3  # numbers kept for each weight: itself and Adam's two moments
EXTRA = 2**20  # bytes: statistics, contract, configuration


class AtomicCheckpoints(TorchCheckpointIO):
    """Lightning's own goes through TMPDIR, and from there, if that is another file system, copies over the good checkpoint."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Replace ``path``; a kill or a full disk leaves it as it was."""
        save(checkpoint, Path(path))


def save(checkpoint: dict[str, Any], path: Path) -> None:
    """Write a checkpoint, or leave what is at ``path``; ParamnetError where it cannot be written."""
    content = io.BytesIO()  # torch's own writer says of a full disk that it "failed writing", and of nothing else more
    torch.save(checkpoint, content)
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(content.getbuffer())
    except OSError as error:
        raise ParamnetError(
            f"checkpoint {path}",
            expected=f"{len(content.getbuffer()) / 1e6:.1f} MB that can be written",
            got=repr(error.strerror or str(error)),
            remedy="make room, or give another output, and run the same command again"
            + (": it goes on from the checkpoint before" if path.is_file() else ""),
        ) from error


def require_room(module: nn.Module, output: Path) -> None:
    """Raise ParamnetError, before anything is fitted, where the checkpoints of ``module`` find no room in ``output``."""
    one = EXTRA + STATES * sum(weight.numel() * weight.element_size() for weight in module.parameters())
    # While one is replaced, the old one and the new one are both there.
    needed = one * (1 + sum(not (output / name).is_file() for name in ("best.ckpt", "last.ckpt")))
    free = shutil.disk_usage(output).free
    if free < needed:
        raise ParamnetError(
            f"output {output}",
            expected=f"room for checkpoints, {needed / 1e6:.0f} MB",
            got=f"{free / 1e6:.0f} MB",
            remedy="make room, or give another output",
        )


class BestCheckpoint(ModelCheckpoint):
    """``best.ckpt`` by what is monitored, after each epoch's validation."""

    def __init__(self, output: Path, monitor: str | None) -> None:
        super().__init__(dirpath=output, filename="best", monitor=monitor, enable_version_counter=False, save_on_train_epoch_end=True)

    @property
    def state_key(self) -> str:
        """As Lightning's own class has it, which wrote earlier checkpoints."""
        return super().state_key.replace(type(self).__qualname__, ModelCheckpoint.__qualname__, 1)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """The best score so far goes with ``best.ckpt``: wherever the folder is now, and not without a file that reads."""
        best = Path(str(self.dirpath)) / "best.ckpt"
        try:
            read_checkpoint(best)
        except ParamnetError as error:
            _log.warning("%s; of this run, the best epoch from here on is kept", error)
            return
        scores = {str(best): score for score in state_dict.get("best_k_models", {}).values()}
        here = {"best_model_path": str(best), "kth_best_model_path": str(best) if scores else "", "best_k_models": scores}
        super().load_state_dict({**state_dict, **here, "last_model_path": "", "dirpath": self.dirpath})


class LastCheckpoint(LightningCheckpoint):
    """``last.ckpt`` at the end of every epoch: Lightning's ``save_last`` leaves out epochs that were no better."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        trainer.save_checkpoint(self.path)
