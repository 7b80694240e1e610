"""The bridge on a GPU; skipped without one."""

from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.bridge import BridgeError, Scheme


@pytest.fixture
def gpu() -> str:
    """Name of the first GPU."""
    if not torch.cuda.is_available():
        pytest.skip(f"no GPU for torch {torch.__version__} here; this test needs one")
    return torch.cuda.get_device_name(0)


def test_a_gpu_gives_the_results_of_the_cpu(gpu: str, schemes: Path, columns: np.ndarray) -> None:
    cpu = Scheme(schemes / "tiny.pt", backend="torchscript", strict=False)
    cuda = Scheme(schemes / "tiny.pt", device="cuda", strict=False)
    assert "cuda" in repr(cuda)
    expected, got = cpu.predict(columns)[0], cuda.predict(columns)[0]
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-5 * np.abs(expected).max())


def test_auto_selects_the_gpu_of_the_local_rank(gpu: str, schemes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMPI_COMM_WORLD_LOCAL_RANK", str(torch.cuda.device_count()))
    assert "cuda:0" in repr(Scheme(schemes / "tiny.pt", device="auto", strict=False))


def test_a_gpu_that_does_not_exist_is_refused_by_its_number(gpu: str, schemes: Path) -> None:
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes / "tiny.pt", device="cuda:99")
    assert "'cuda:99'" in str(caught.value) and f"{torch.cuda.device_count()} CUDA device" in str(caught.value)
