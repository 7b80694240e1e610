"""Choice of where samples are kept, depending on free memory."""

import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.training.data import choose_residence
from paramnet.training.data.residence import available_memory

CPU = torch.device("cpu")


def test_auto_uses_memory_if_it_fits_and_streams_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramnet.training.data.residence.available_memory", lambda: 1000)
    assert choose_residence("auto", 600, CPU, 0.6) == "memory"
    assert choose_residence("auto", 601, CPU, 0.6) == "stream"
    assert choose_residence("auto", 301, CPU, 0.6, processes=2) == "stream"
    assert choose_residence("stream", 1, CPU, 0.6) == "stream"


def test_samples_that_do_not_fit_are_refused_with_both_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramnet.training.data.residence.available_memory", lambda: 3_000_000_000)
    assert choose_residence("memory", 2_900_000_000, CPU, 0.6) == "memory"
    with pytest.raises(ParamnetError) as refused:
        choose_residence("memory", 4_000_000_000, CPU, 0.6)
    assert "4.0 GB" in refused.value.expected and refused.value.got == "3.0 GB" and "stream" in refused.value.remedy


def test_residence_on_the_device_needs_a_gpu() -> None:
    with pytest.raises(ParamnetError) as refused:
        choose_residence("device", 1, CPU, 0.6)
    assert (refused.value.what, refused.value.got) == ("trainer.data.residence", "cpu")


def test_available_memory_respects_the_limit_of_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    free = available_memory()
    assert 1e7 < free < 1e14
    monkeypatch.setattr("paramnet.training.data.residence._group_memory", lambda: [(5000, 4000), (10**15, 0)])
    assert available_memory() == 1000


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_auto_uses_the_gpu_if_it_fits() -> None:
    assert choose_residence("auto", 1_000_000, torch.device("cuda", 0), 0.6) == "device"
