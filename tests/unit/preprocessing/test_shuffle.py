"""The two-pass shuffle."""

from pathlib import Path

import numpy as np
import pytest

from paramnet.preprocessing.shuffle.order import gather_rows, plan_ranges, sample_keys
from paramnet.preprocessing.shuffle.spill import Spill, write_spill

DTYPE = np.dtype([("value", "<f4"), ("step", "<i4"), ("column", "<i4")])


def write_blocks(folder: Path, steps: int, columns: int, steps_per_block: int) -> list[Spill]:
    blocks = []
    for start in range(0, steps, steps_per_block):
        count = min(steps_per_block, steps - start)
        rows = np.zeros((count, columns), DTYPE)
        keys = np.stack([sample_keys(1, 0, start + step, columns) for step in range(count)])
        rows["step"], rows["column"] = start + np.arange(count)[:, None], np.arange(columns)
        path = folder / f"{steps_per_block}-{start}"
        write_spill(path, keys.reshape(-1), rows.reshape(-1))
        blocks.append(Spill.of(path, DTYPE))
    return blocks


def gathered(blocks: list[Spill], rows_per_range: int) -> list[np.ndarray]:
    found = (gather_rows(blocks, wanted) for wanted in plan_ranges(blocks, rows_per_range))
    return [rows[order] for rows, order in found]


def test_ranges_have_the_requested_size_and_contain_each_sample_once(tmp_path: Path) -> None:
    parts = gathered(write_blocks(tmp_path, 50, 101, 7), 512)
    assert [len(part) for part in parts] == [512] * 9 + [50 * 101 - 9 * 512]
    everything = np.concatenate(parts)
    assert len(np.unique(everything[["step", "column"]])) == 50 * 101


def test_the_order_does_not_depend_on_blocks_or_ranges(tmp_path: Path) -> None:
    one = np.concatenate(gathered(write_blocks(tmp_path, 50, 101, 50), 10**6))
    many = np.concatenate(gathered(write_blocks(tmp_path, 50, 101, 3), 64))
    np.testing.assert_array_equal(one, many)


def test_the_order_is_a_random_permutation(tmp_path: Path) -> None:
    rows = np.concatenate(gathered(write_blocks(tmp_path, 200, 100, 9), 4096))
    step = rows["step"].astype(float)
    four_sigma = 4 / np.sqrt(len(step))
    assert abs(np.corrcoef(step[1:], step[:-1])[0, 1]) < four_sigma
    assert abs(np.corrcoef(step, np.arange(len(step)))[0, 1]) < four_sigma


def test_equal_keys_keep_their_order_and_are_cut_at_the_rank(tmp_path: Path) -> None:
    blocks = []
    for number in range(3):
        rows = np.zeros(10, DTYPE)
        rows["step"], rows["column"] = number, np.arange(10)
        write_spill(tmp_path / str(number), np.full(10, 77, np.uint64), rows)
        blocks.append(Spill.of(tmp_path / str(number), DTYPE))
    parts = gathered(blocks, 7)
    assert [len(part) for part in parts] == [7, 7, 7, 7, 2]
    together = np.concatenate(parts)
    assert list(10 * together["step"] + together["column"]) == list(range(30))


@pytest.mark.parametrize("steps", [400, 4])
def test_lag_one_autocorrelation_is_that_of_random_permutations(steps: int, tmp_path: Path) -> None:
    step = np.concatenate(gathered(write_blocks(tmp_path, steps, 500, 16), 8192))["step"].astype(float)
    random = np.random.default_rng(3)

    def lag_one(values: np.ndarray) -> float:
        return float(np.corrcoef(values[1:], values[:-1])[0, 1])

    others = np.sort([lag_one(random.permutation(step)) for _ in range(200)])
    assert others[0] <= lag_one(step) <= others[-1]  # a random one falls outside once in 100 seeds; this one is fixed


def test_keys_are_found_where_they_are_not_uniform(tmp_path: Path) -> None:
    keys = np.arange(5000, dtype=np.uint64)
    write_spill(tmp_path / "a", keys[::-1].copy(), np.zeros(5000, DTYPE))
    start, found = Spill.of(tmp_path / "a", DTYPE).keys_between(1000, 1010)
    assert start == 1000 and list(found) == list(range(1000, 1010))


def test_another_seed_gives_another_order() -> None:
    assert not np.array_equal(np.argsort(sample_keys(0, 0, 0, 50)), np.argsort(sample_keys(1, 0, 0, 50)))
