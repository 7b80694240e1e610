"""The data of a run for Lightning: where they lie is decided once, batches are this process's share of the run's."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor

from paramnet.datasets import Batch, MemoryBatches, Share, StreamedBatches, choose_residence, load_split, split_bytes
from paramnet.store import Split, Store
from paramnet.training.config import TrainConfig

FEATURE_SAMPLE = 131_072  # training samples that standardize the computed features
VALIDATION_BATCH = 8192


class StoreData(lightning.LightningDataModule):
    """Batches from a store: splits held on the GPU or in memory where they fit, streamed otherwise.

    The training loader is rebuilt every epoch (``reload_dataloaders_every_n_epochs=1``) with that epoch's seed.
    """

    def __init__(self, config: TrainConfig, store: Store) -> None:
        super().__init__()
        self.config = config
        self.parts: list[Split] = [store.split(name) for name in config.fit_on]
        self.validation: Split | None = store.split(config.validate_on) if config.validate_on else None
        self.share, self.device = Share(), torch.device("cpu")
        self.residence = ""
        self.held: Batch | None = None
        self.held_validation: Batch | None = None

    def setup(self, stage: str = "fit") -> None:
        """Load what is held; called by Lightning in every process, or by hand without a trainer."""
        if self.residence:
            return
        if self.trainer is not None:
            self.device = self.trainer.strategy.root_device
            self.share = Share(self.trainer.global_rank, self.trainer.world_size)
        settings = self.config.trainer
        needed = sum(map(split_bytes, [*self.parts, *([self.validation] if self.validation else [])]))
        # Two parts are held twice while they are mixed.
        needed += sum(map(split_bytes, self.parts)) if len(self.parts) > 1 else 0
        self.residence = choose_residence(settings.data.residence, needed, self.device, settings.data.free_share, settings.devices)
        if self.residence == "stream":
            return
        where = self.device if self.residence == "device" else torch.device("cpu")
        self.held = self._joined().to(where)
        self.held_validation = load_split(self.validation).to(where) if self.validation else None

    def _joined(self) -> Batch:
        """The splits fitted on as one, mixed when there are several (each alone is already shuffled)."""
        parts = [load_split(part) for part in self.parts]
        if len(parts) == 1:
            return parts[0]
        order = torch.randperm(sum(len(part.inputs) for part in parts), generator=torch.Generator().manual_seed(self.config.seed))
        return Batch(*(torch.cat(tensors)[order] for tensors in zip(*parts, strict=True)))

    def feature_sample(self) -> Tensor:
        """Inputs on which computed features are standardized : (sample, n_in), of each split its share."""
        share = min(1.0, FEATURE_SAMPLE / sum(map(len, self.parts)))
        return torch.cat([load_split(part, 0, max(1, int(share * len(part)))).inputs for part in self.parts])

    def loader(self, epoch: int) -> MemoryBatches | StreamedBatches:
        """The training batches of one epoch; all samples in stored order for ``epoch`` -1."""
        self.setup()
        return self._batches(self.parts, self.held, self.config.trainer.batch_size, epoch)

    def _batches(self, splits: list[Split], held: Batch | None, batch_size: int, epoch: int) -> MemoryBatches | StreamedBatches:
        seed, data = self.config.seed, self.config.trainer.data
        if held is not None:
            return MemoryBatches(batch_size, seed, epoch, self.share, data=held)
        return StreamedBatches(
            batch_size, seed, epoch, self.share, splits=splits, block=data.block, ahead=data.blocks_ahead, device=self.device
        )

    def train_dataloader(self) -> Any:
        assert self.trainer is not None
        return self.loader(self.trainer.current_epoch)

    def val_dataloader(self) -> Any:
        if self.validation is None:
            return []
        self.setup()
        return self._batches([self.validation], self.held_validation, VALIDATION_BATCH, -1)
