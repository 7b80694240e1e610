"""Learning rates over a run."""

import pytest

from paramnet.training import ScheduleConfig


def test_the_step_schedule_divides_by_five_every_three_epochs() -> None:
    config = ScheduleConfig(kind="step")
    rates = [config.multiplier(epoch * 10, 10, 18) for epoch in (0, 2, 3, 6, 17)]
    assert rates == pytest.approx([1.0, 1.0, 0.2, 0.04, 0.2**5])


@pytest.mark.parametrize("kind", ["cosine", "one_cycle"])
def test_cycles_end_at_zero(kind: str) -> None:
    assert ScheduleConfig(kind=kind).multiplier(100, 10, 10) == pytest.approx(0.0, abs=1e-12)


def test_one_cycle_peaks_after_its_warm_up() -> None:
    config = ScheduleConfig(kind="one_cycle", warmup=0.2)
    rates = [config.multiplier(step, 10, 10) for step in range(100)]
    assert max(rates) == rates[20] == pytest.approx(1.0)
    assert rates[0] == pytest.approx(0.04)
