"""Check output intervals against the lengths of stretches: the host drops unfinished means at the end of a stretch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.hosts.plasim.restart_file import steps_since_year_zero
from paramnet.hosts.plasim.setup import HostSetup
from paramnet.hosts.scheme_options import SchemeOptions
from paramnet.physics import SECONDS_PER_DAY

MEANS = ("history_every", "frequent_every")


def steps_per_day(host: HostSetup) -> int:
    """Steps per day from the host's time step in minutes, ``mpstep`` of plasim_namelist; the host's default at T21 is 45."""
    minutes = float((host.namelists.get("plasim") or {}).get("mpstep") or 45.0)
    steps = round(SECONDS_PER_DAY) // round(minutes * 60)
    return steps + steps % 2


def require_intervals(host: HostSetup, scheme: SchemeOptions, stretches: Sequence[int]) -> None:
    """Require that each averaging interval divides every stretch: the host drops unfinished sums when it ends.

    stretches : lengths in days. Raises ParamnetError naming the interval and the stretch.
    """
    per_day = steps_per_day(host)
    for name in MEANS:
        every = getattr(scheme, name)
        for days in sorted(set(stretches)):
            if every < 1 or (days * per_day) % every:
                raise ParamnetError(
                    f"options.{name}",
                    expected=f"an interval that divides a stretch of {days} days between restarts ({days * per_day} steps)",
                    got=f"{every} steps",
                    remedy=f"set options.{name} to a divisor, or days and chunk_days to multiples of {every / per_day:g} days",
                )


def require_records(host: HostSetup, scheme: SchemeOptions, days: int, start: Path | None) -> None:
    """Require that a recording run reaches the step at which recording starts. Raises ParamnetError otherwise."""
    if scheme.mode != "record" and not scheme.spcam_history:
        return
    per_day = steps_per_day(host)
    year_zero = 366 if (host.namelists.get("plasim") or {}).get("n_days_per_year", 365) == 365 else 360
    first = steps_since_year_zero(start) - year_zero * per_day if start is not None else 0
    for name in ("record_every", "spcam_every") if scheme.mode == "record" else ("spcam_every",):
        if getattr(scheme, name) < 1:
            raise ParamnetError(f"options.{name}", expected="1 step or more", got=str(getattr(scheme, name)))
    last = first + days * per_day
    if scheme.record_start >= last:
        raise ParamnetError(
            "options.record_start",
            expected=f"a step before the run's last, {last} steps after 0001-01-01 ({days} days)",
            got=f"{scheme.record_start}, so that nothing would be recorded",
            remedy="set more days, or record from an earlier step",
        )


def require_daily(where: str, host: HostSetup, scheme: SchemeOptions) -> None:
    """Require the daily means, and the means that divide a day, that a comparison needs. Raises ParamnetError before the runs start."""
    per_day = steps_per_day(host)
    if scheme.history_every != per_day:
        raise ParamnetError(
            f"{where}: options.history_every",
            expected=f"daily means ({per_day} steps) for the comparison",
            got=f"{scheme.history_every}",
            remedy=f"set options.history_every={per_day}, or compare.control='' for runs without a comparison",
        )
    if per_day % scheme.frequent_every:
        raise ParamnetError(
            f"{where}: options.frequent_every",
            expected=f"a divisor of {per_day} steps (a day) for the comparison",
            got=f"{scheme.frequent_every}",
            remedy=f"set options.frequent_every to a divisor ({per_day // 8}: three hours)",
        )
