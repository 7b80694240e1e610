from __future__ import annotations

import gzip
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.hosts.plasim.restart_file import (
    not_finite,
    perturb,
    read_records,
    require_complete,
    steps_since_year_zero,
    write_records,
)


@pytest.fixture
def status(tmp_path: Path) -> Path:
    """Step counter, both temperatures (10 levels of 6 coefficients) and a field that must not change."""
    values = np.arange(1.0, 61.0)
    records = [("nstep", np.int32(7).tobytes()), ("st", values.tobytes()), ("stm", (2 * values).tobytes()), ("dls", b"land")]
    write_records(tmp_path / "plasim_status", iter(records))
    return tmp_path / "plasim_status"


def test_reading_and_writing_gives_the_same_file(status: Path, tmp_path: Path) -> None:
    write_records(tmp_path / "copy", read_records(status))
    assert (tmp_path / "copy").read_bytes() == status.read_bytes()


def test_a_compressed_file_is_read_as_it_was(status: Path, tmp_path: Path) -> None:
    packed = tmp_path / "plasim_status.gz"
    packed.write_bytes(gzip.compress(status.read_bytes()))
    write_records(tmp_path / "copy", read_records(packed))
    assert (tmp_path / "copy").read_bytes() == status.read_bytes()
    for damaged in (packed.read_bytes()[:-20], packed.read_bytes()[:40] + b"xxxx" + packed.read_bytes()[44:]):
        packed.write_bytes(damaged)
        with pytest.raises(ParamnetError) as refused:
            list(read_records(packed))
        assert refused.value.what == str(packed)


def test_noise_moves_both_temperatures_alike_and_nothing_else(status: Path, tmp_path: Path) -> None:
    perturb(status, tmp_path / "kicked", seed=3, amplitude=1e-3)
    before, after = dict(read_records(status)), dict(read_records(tmp_path / "kicked"))
    assert {name for name in before if before[name] != after[name]} == {"st", "stm"}
    ratio = [np.frombuffer(after[n]).reshape(10, 6) / np.frombuffer(before[n]).reshape(10, 6) for n in ("st", "stm")]
    np.testing.assert_array_equal(ratio[0][:, :2], 1.0)  # global means
    assert 1e-4 < np.std(ratio[0][:, 2:]) < 1e-2
    np.testing.assert_allclose(ratio[0], ratio[1], rtol=1e-15)


def test_each_seed_gives_another_member(status: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        perturb(status, tmp_path / name, seed=seed, amplitude=1e-3)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c


@pytest.mark.parametrize("content", [b"\x10\0\0\0short", b"some text that is no restart file at all"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(ParamnetError) as refused:
        perturb(tmp_path / "other", tmp_path / "out", seed=1, amplitude=1e-3)
    assert refused.value.what == str(tmp_path / "other") and "Fortran unformatted records" in refused.value.expected


def test_a_restart_file_without_temperature_is_named(tmp_path: Path) -> None:
    write_records(tmp_path / "status", iter([("nstep", b"1234")]))
    with pytest.raises(ParamnetError) as refused:
        perturb(tmp_path / "status", tmp_path / "out", seed=1, amplitude=1e-3)
    assert refused.value.what == str(tmp_path / "status") and "st and stm" in refused.value.expected and refused.value.got == "neither"


def complete(path: Path) -> Path:
    write_records(
        path, iter([("nstep", np.int32(7).tobytes()), ("st", np.ones(3).tobytes()), ("cheat", b"12345678"), ("clwfla", b"12345678")])
    )
    return path


def test_a_file_is_complete_only_with_the_hosts_last_record(tmp_path: Path) -> None:
    content = complete(tmp_path / "status").read_bytes()
    require_complete(tmp_path / "status")
    assert steps_since_year_zero(tmp_path / "status") == 7
    for length in range(len(content)):  # wherever the disk became full, also between two records
        (tmp_path / "cut").write_bytes(content[:length])
        with pytest.raises(ParamnetError):
            require_complete(tmp_path / "cut")
    with pytest.raises(ParamnetError) as refused:
        require_complete(tmp_path / "nowhere")
    assert (refused.value.what, refused.value.got) == (str(tmp_path / "nowhere"), "no file")


def test_any_changed_byte_raises_paramnet_error_or_is_read(tmp_path: Path) -> None:
    """Includes names outside ASCII and record lengths of two gigabytes or below zero: no other exception, no huge allocation."""
    content = complete(tmp_path / "status").read_bytes()
    tried = read = 0
    for place in range(len(content)):
        for value in (0x00, 0x7F, 0x80, 0xC3, 0xFF):
            (tmp_path / "changed").write_bytes(content[:place] + bytes([value]) + content[place + 1 :])
            tried += 1
            with suppress(ParamnetError):
                write_records(tmp_path / "copy", iter(list(read_records(tmp_path / "changed"))))
                read += 1
    assert 0 < read < tried


@pytest.mark.parametrize("name", ["sd", "szm", "st", "stm", "sq", "spm"])
def test_a_state_that_is_not_finite_is_named(tmp_path: Path, name: str) -> None:
    values = np.ones(60)
    write_records(tmp_path / "status", iter([(name, values.tobytes())]))
    assert not_finite(tmp_path / "status") == ""
    values[17] = np.inf
    write_records(tmp_path / "status", iter([("aprl", np.full(60, np.nan).tobytes()), (name, values.tobytes())]))
    assert not_finite(tmp_path / "status") == name
