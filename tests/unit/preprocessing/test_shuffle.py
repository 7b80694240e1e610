"""The two-pass shuffle."""

from itertools import pairwise
from pathlib import Path

import numpy as np

from paramnet.preprocessing.shuffle import gather_range, order_of, range_bounds, sample_keys

DTYPE = np.dtype([("key", "<u8"), ("file_index", "<i4"), ("time_index", "<i4"), ("column_index", "<i4")])


def write_blocks(folder: Path, steps: int, columns: int, steps_per_block: int) -> list[Path]:
    paths = []
    for start in range(0, steps, steps_per_block):
        count = min(steps_per_block, steps - start)
        rows = np.zeros((count, columns), DTYPE)
        for step in range(count):
            rows["key"][step] = sample_keys(1, 0, start + step, columns)
        rows["time_index"], rows["column_index"] = start + np.arange(count)[:, None], np.arange(columns)
        rows = rows.reshape(-1)
        paths.append(folder / f"{steps_per_block}-{start}")
        rows[order_of(rows)].tofile(paths[-1])
    return paths


def gathered(paths: list[Path], rows_per_range: int) -> list[np.ndarray]:
    bounds = range_bounds(paths, DTYPE, rows_per_range)
    return [gather_range(paths, DTYPE, low, high) for low, high in pairwise(bounds)]


def test_ranges_have_the_size_asked_for_and_hold_each_sample_once(tmp_path: Path) -> None:
    parts = gathered(write_blocks(tmp_path, 50, 101, 7), 512)
    assert [len(part) for part in parts] == [512] * 9 + [50 * 101 - 9 * 512]
    everything = np.concatenate(parts)
    assert len(np.unique(everything[["time_index", "column_index"]])) == 50 * 101


def test_the_order_does_not_depend_on_blocks_or_ranges(tmp_path: Path) -> None:
    one = np.concatenate(gathered(write_blocks(tmp_path, 50, 101, 50), 10**6))
    many = np.concatenate(gathered(write_blocks(tmp_path, 50, 101, 3), 64))
    np.testing.assert_array_equal(one, many)


def test_the_order_is_a_random_permutation(tmp_path: Path) -> None:
    rows = np.concatenate(gathered(write_blocks(tmp_path, 200, 100, 9), 4096))
    step = rows["time_index"].astype(float)
    four_sigma = 4 / np.sqrt(len(step))
    assert abs(np.corrcoef(step[1:], step[:-1])[0, 1]) < four_sigma
    assert abs(np.corrcoef(step, np.arange(len(step)))[0, 1]) < four_sigma


def test_equal_keys_are_ordered_by_origin() -> None:
    rows = np.zeros(4, DTYPE)
    rows["column_index"] = [3, 1, 2, 0]
    assert list(order_of(rows)) == [3, 1, 2, 0]


def test_another_seed_gives_another_order() -> None:
    assert not np.array_equal(np.argsort(sample_keys(0, 0, 0, 50)), np.argsort(sample_keys(1, 0, 0, 50)))
