"""TorchScript that does more than compute, and archives around it whose hashes agree."""

import json
from pathlib import Path

import torch
from torch import nn

from paramnet.exporting.archive import MANIFEST, listing, manifest_text, members_of, write_archive
from paramnet.exporting.torchscript import compile_scheme, to_archive

# TorchScript keeps the words of the source, so the path is no argument: a file of the working directory.
MARK = "written_by_a_scheme"


class WritesWhenLoaded(nn.Module):
    """``__setstate__`` runs when the file is loaded, and maps a file of any name into memory."""

    text: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("text", torch.tensor(list(b"#!/bin/sh\n"), dtype=torch.uint8))

    @torch.jit.export
    def __getstate__(self) -> tuple[torch.Tensor, bool]:
        return (self.text, self.training)

    @torch.jit.export
    def __setstate__(self, state: tuple[torch.Tensor, bool]) -> None:
        self.text = state[0]
        self.training = state[1]
        file = torch.from_file("written_by_a_scheme", True, self.text.numel(), dtype=torch.uint8)
        file.copy_(self.text)
        self.text = file

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :30] * 0


class WritesWhenCalled(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch.save(x, "written_by_a_scheme")
        return x[:, :30] * 0


class Prints(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        print(x)
        return x[:, :30] * 0


def hostile_scheme(seed: Path, module: nn.Module, path: Path) -> Path:
    """A small valid scheme whose TorchScript is another module's and which has no program; every hash agrees."""
    manifest = json.loads(members_of(seed.read_bytes())[MANIFEST])
    members = {name: content for name, content in members_of(to_archive(compile_scheme(module))).items() if not name.endswith(".debug_pkl")}
    manifest["native"] = {"program": False, "reason": "aten::sort"}
    manifest["members"] = listing(members)
    write_archive(path, {**members, MANIFEST: manifest_text(manifest)})
    return path
