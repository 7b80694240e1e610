"""Inspect the output folder of a command: a training run, an evaluation, a coupled run, a comparison, or a folder of these."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from paramnet.contract import Fields, parse_json
from paramnet.inspection.report import Report, Section
from paramnet.inspection.skill import budget_section, skill_section

CHECKPOINTS = ("best.ckpt", "last.ckpt")


def kind_of_run(path: Path) -> str:
    """``training run``, ``evaluation``, ``coupled run``, ``comparison`` or ``runs``; "" for none of them. Only names are looked at."""
    for kind, (marks, _) in _KINDS.items():
        if any((path / mark).is_file() for mark in marks):
            return kind
    return "runs" if _members(path) else ""


def inspect_run(path: Path) -> Report:
    """Report the records of an output folder, which has to be of a ``kind_of_run``; arrays and weights are not read."""
    kind = kind_of_run(path)
    sections = _KINDS[kind][1](path) if kind in _KINDS else [Section("runs", ("folder", "kind"), _members(path))]
    return Report(str(path), kind, [section for section in (*sections, _files(path)) if section.rows])


def _training(path: Path) -> list[Section]:
    result, identity = _record(path / "train.json"), _record(path / "identity.json")
    ended = {"epochs": result.values.get("epochs"), "best checkpoint": _named(path, CHECKPOINTS[0]), "last": _named(path, CHECKPOINTS[1])}
    return [
        Section.of_values("training run", {"state": "complete" if result.values else "unfinished: the same command resumes it"} | ended),
        Section.of_values("scores", result.optional_fields("scores").values),
        Section.of_values("asked", result.optional_fields("asked").values),
        Section.of_values("settings", identity.values),
    ]


def _evaluation(path: Path) -> list[Section]:
    skill = _record(path / "skill.json")
    about = dict(skill.optional_fields("provenance").values)
    data = dict(about.pop("data", None) or {})
    data.pop("config", None)
    return [skill_section(skill), budget_section(skill), Section.of_values("provenance", about), Section.of_values("data", data)]


def _coupled(path: Path) -> list[Section]:
    run, failed = _record(path / "run.json"), _record(path / "failed.json")
    settings = {key: value for key, value in run.values.items() if key not in ("scheme", "host")}
    return [
        Section.of_values("end", {"ended early": failed.values.get("message", ""), "on day": failed.values.get("days", "")}),
        Section.of_values("host", run.optional_fields("host").values),
        Section.of_values("scheme", run.optional_fields("scheme").values),
        Section.of_values("run", settings),
        Section.of_values("summary", _record(path / "summary.json").values),
    ]


def _comparison(path: Path) -> list[Section]:
    table = _record(path / "comparison.json")
    fields, runs = table.fields("online").fields("fields"), table.fields("runs")
    others = [name for name in runs.values if any(fields.fields(field).has(name) for field in fields.values)]
    rows: list[tuple[Any, ...]] = []
    for name in fields.values:
        field = fields.fields(name)
        rows.append((name, field.text("units"), *(field.number(run) if field.has(run) else "" for run in others)))
    days = [(name, runs.fields(name).values.get("days", ""), runs.fields(name).values.get("message", "")) for name in runs.values]
    first, last = table.items("window_days")
    note = f"days {first} to {last}: {table.text('measure')}"
    return [Section("distance to control", ("field", "units", *others), rows, note), Section("runs", ("run", "days", "ended early"), days)]


_KINDS: dict[str, tuple[tuple[str, ...], Callable[[Path], list[Section]]]] = {
    "comparison": (("comparison.json",), _comparison),
    "evaluation": (("skill.json",), _evaluation),
    "training run": (CHECKPOINTS, _training),
    "coupled run": (("run.json", "failed.json"), _coupled),
}


def _members(path: Path) -> list[tuple[Any, ...]]:
    """Folders inside that are runs."""
    inside = sorted(one for one in path.iterdir() if one.is_dir() and not one.name.startswith("."))
    return [(one.name, kind) for one in inside for kind, (marks, _) in _KINDS.items() if any((one / mark).is_file() for mark in marks)]


def _record(path: Path) -> Fields:
    """A JSON file of the folder; an empty table if there is none."""
    return Fields(parse_json(path.read_bytes(), str(path), "repeat the command that made it") if path.is_file() else {}, str(path))


def _named(path: Path, name: str) -> str:
    return name if (path / name).is_file() else "none"


def _files(path: Path) -> Section:
    found = sorted(one for one in path.iterdir() if one.is_file() and not one.name.endswith(".lock"))
    return Section("files", ("file", "bytes"), [(one.name, one.stat().st_size) for one in found])
