"""Lightning data module of a run. Where the data are held is decided once; batches are the share of this process."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor

from paramnet.store import Split, Store
from paramnet.training.config import TrainConfig
from paramnet.training.data import Batch, MemoryBatches, Sequences, Share, StreamedBatches, choose_residence, load_split, split_bytes

FEATURE_SAMPLE = 131_072  # training samples used to standardize the computed features
VALIDATION_BATCH = 8192


class StoreData(lightning.LightningDataModule):
    """Batches from a store, whose splits are held on the GPU or in memory if they fit, and streamed otherwise.

    The training loader is rebuilt every epoch (``reload_dataloaders_every_n_epochs=1``) with that epoch's seed.
    """

    def __init__(self, config: TrainConfig, store: Store) -> None:
        super().__init__()
        self.config = config
        self.length = store.sequence if config.model.memory_numbers else 1  # steps of a sample
        self.parts = [self._samples(store, name) for name in config.fit_on]
        self.validation = self._samples(store, config.validate_on) if config.validate_on else None
        self.share, self.device = Share(), torch.device("cpu")
        self.residence = ""
        self.held: Batch | None = None
        self.held_validation: Batch | None = None

    def _samples(self, store: Store, name: str) -> Split | Sequences:
        split = store.split(name)
        return Sequences.of(split, self.length) if self.length > 1 else split

    def setup(self, stage: str = "fit") -> None:
        """Load the splits that are held in memory; called by Lightning in every process, or directly without a trainer."""
        if self.residence:
            return
        if self.trainer is not None:
            self.device = self.trainer.strategy.root_device
            self.share = Share(self.trainer.global_rank, self.trainer.world_size)
        settings = self.config.trainer
        needed = sum(map(split_bytes, [*self.parts, *([self.validation] if self.validation else [])]))
        # Several parts need twice the memory while they are mixed.
        needed += sum(map(split_bytes, self.parts)) if len(self.parts) > 1 else 0
        self.residence = choose_residence(settings.data.residence, needed, self.device, settings.data.free_share, settings.devices)
        if self.residence == "stream":
            return
        where = self.device if self.residence == "device" else torch.device("cpu")
        self.held = self._joined().to(where)
        self.held_validation = load_split(self.validation).to(where) if self.validation else None

    def _joined(self) -> Batch:
        """The splits fitted to, as one batch; mixed if there are several (each is already shuffled by itself)."""
        parts = [load_split(part) for part in self.parts]
        if len(parts) == 1:
            return parts[0]
        order = torch.randperm(sum(len(part.inputs) for part in parts), generator=torch.Generator().manual_seed(self.config.seed))
        return Batch(*(torch.cat(tensors)[order] for tensors in zip(*parts, strict=True)))

    def feature_sample(self) -> Tensor:
        """Inputs used to standardize the computed features : (sample, n_in), a share of each split."""
        share = min(1.0, FEATURE_SAMPLE / self.length / sum(map(len, self.parts)))
        return torch.cat([load_split(part, 0, max(1, int(share * len(part)))).inputs.flatten(0, -2) for part in self.parts])

    def loader(self, epoch: int) -> MemoryBatches | StreamedBatches:
        """The training batches of one epoch; with ``epoch`` -1 all samples in stored order."""
        self.setup()
        return self._batches(self.parts, self.held, self.config.trainer.batch_size, epoch)

    def _batches(self, splits: list[Split | Sequences], held: Batch | None, batch_size: int, epoch: int) -> MemoryBatches | StreamedBatches:
        seed, data = self.config.seed, self.config.trainer.data
        size, block = (max(1, samples // self.length) for samples in (batch_size, data.block))
        if held is not None:
            return MemoryBatches(size, seed, epoch, self.share, data=held)
        return StreamedBatches(size, seed, epoch, self.share, splits=splits, block=block, ahead=data.blocks_ahead, device=self.device)

    def train_dataloader(self) -> Any:
        assert self.trainer is not None
        return self.loader(self.trainer.current_epoch)

    def val_dataloader(self) -> Any:
        if self.validation is None:
            return []
        self.setup()
        return self._batches([self.validation], self.held_validation, VALIDATION_BATCH, -1)
