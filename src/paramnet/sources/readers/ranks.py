"""Reader of CF files that the ranks of a parallel model have written, each with its own columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.files import stored
from paramnet.sources.netcdf import Dataset, open_netcdf, read_values
from paramnet.sources.netcdf.joined import JoinedFile
from paramnet.sources.readers.cf import CFReader

FIRST_RANK = "_r0000.nc"  # how the names of the files of rank 0 end; module paramnet_record writes them


def files_of_ranks(path: Path, ranks: int) -> list[Path]:
    """Return the files of all ranks for the period of ``path``, the file of rank 0."""
    start = path.name.removesuffix(FIRST_RANK)
    return [path.with_name(f"{start}_r{rank:04d}.nc") for rank in range(ranks)]


def number_of_ranks(dataset: Dataset, path: Path) -> int:
    """Return the number of ranks that wrote the files next to this one; raise ParamnetError if it is not stated."""
    stated = np.asarray(getattr(dataset, "paramnet_ranks", None))
    if stated.dtype.kind not in "iuf" or stated.size != 1 or not 1 <= stated.item() < 1e6 or not path.name.endswith(FIRST_RANK):
        raise ParamnetError(
            "paramnet_ranks",
            expected=f"a file ending in {FIRST_RANK} with this attribute, as paramnet_record writes it",
            got="another",
            where=path.name,
            remedy="correct `pattern` or `reader` of the source",
        )
    return int(stated.item())


@stored
@dataclass
class RanksReader(CFReader):
    """A CF history in which each file of rank 0 stands for those of all ranks of the same steps; their columns are joined in order."""

    def parts(self, path: Path) -> list[Path]:
        """See Reader.parts."""
        with open_netcdf(path) as dataset:
            return files_of_ranks(path, number_of_ranks(dataset, path))

    @contextmanager
    def open(self, path: Path) -> Iterator[Dataset]:
        """See Reader.open; raises ParamnetError if a rank's file is missing, or has other times or levels."""
        with ExitStack() as stack:
            first = stack.enter_context(open_netcdf(path))
            others = files_of_ranks(path, number_of_ranks(first, path))[1:]
            files = [first]
            for other in others:
                files.append(stack.enter_context(open_netcdf(other)))
                self._require_same_steps(first, files[-1], path, other)
            yield JoinedFile(files, self.source.dims.column[0])

    def _require_same_steps(self, first: Dataset, file: Dataset, path: Path, other: Path) -> None:
        time = self.source.time.variable
        absent = sorted({time, *first.variables} - set(file.variables))
        if absent:
            raise ParamnetError(absent[0], expected=f"this variable, as in {path.name}", got="none", where=other.name)
        expected, got = (read_values(dataset[time], where.name) for dataset, where in ((first, path), (file, other)))
        if not np.array_equal(expected, got):
            raise ParamnetError(
                time,
                expected=f"the {len(expected)} steps of {path.name}",
                got=f"{len(got)} steps, or others",
                where=other.name,
                remedy="remove the files of this period of all ranks, or set on_bad_file=skip: one rank was stopped before the others",
            )
