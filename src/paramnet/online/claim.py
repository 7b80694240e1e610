"""Whose run a folder holds: its settings, scheme, boundary files and executable in run.json, compared before anything is added."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramnet.contract import ParamnetError
from paramnet.files import claim_identity, replacing, sha256_of, write_json
from paramnet.online.build import HostBuild
from paramnet.online.stretches import done

if TYPE_CHECKING:
    from paramnet.online.run import HostRun

logger = logging.getLogger(__name__)
NAME, SCHEME = "run.json", "scheme.pt"
FORMAT = 2  # 1 knew neither the boundary files nor the executable
OURS = (NAME, SCHEME, "scheme.pt2", "scheme.pt2.json", "failed.json", "summary.json", "history_*.nc", "frequent_*.nc", "record_*.nc")


def identity(config: HostRun, build: HostBuild) -> dict[str, Any]:
    """Everything that shapes the run but its length; the scheme by its content, not its path."""
    scheme = dataclasses.asdict(config.scheme)
    if config.scheme.scheme is not None:
        if not Path(config.scheme.scheme).is_file():
            raise ParamnetError(f"scheme {config.scheme.scheme}", expected="a file", got="none", remedy="give the path of a scheme.pt")
        scheme["scheme"] = sha256_of(config.scheme.scheme)
        packages = {path.name: sha256_of(path) for path in _package(Path(config.scheme.scheme), config.scheme.backend)}
        scheme |= {"package": packages} if packages else {}
    values = {"format": FORMAT, "host": dataclasses.asdict(config.host), "scheme": scheme, "seed": config.seed, "ranks": build.ranks}
    if config.start is not None:
        values |= {"start": sha256_of(config.start), "perturbation": config.perturbation}
    values |= {"raw_output": config.raw_output, "output_every": config.output_every}
    return values | {"boundary": _boundary(config, build), "build": build.fingerprint()}


def claim(run: Path, config: HostRun, build: HostBuild) -> dict[str, Any]:
    """Record the run's identity in its folder, or compare it with the one there; returns it.

    Taking a folder up with other settings would join two climates: raises ParamnetError naming what differs, with both values.
    """
    now, path = identity(config, build), run / NAME
    then = _record(path)
    if not done(run) and not (run / "failed.json").is_file():  # nothing is there yet that another run could be joined to
        write_json(path, now)
        return now
    free = ["build", "host.description"]  # the build is compared where there are days to run: require_build
    if then is not None and then.get("format", 1) < FORMAT:
        free += ["format", "boundary", *(f"scheme.{name}" for name in now["scheme"] if name not in then.get("scheme", {}))]
    remedy = "choose another output, remove the folder, or set overwrite=true to start the run again"
    claim_identity(path, now, f"run {run}", remedy, free)
    if then is not None and then.get("format", 1) < FORMAT:
        write_json(path, now)
    return now


def require_build(run: Path, build: HostBuild, rebuilt: bool) -> None:
    """The run goes on with the executable and the bridge it was begun with: others may round otherwise, from the first step on.

    rebuilt : accept others, and record them. Raises ParamnetError naming what differs.
    """
    path = run / NAME
    then = json.loads(path.read_text(encoding="utf-8"))
    old, new = then.get("build", {}), build.fingerprint()
    changed = [name for name in new if old.get(name) != new[name]]
    if not changed:
        return
    if not rebuilt:
        got = ", ".join(f"another {name} ({str(old.get(name))[:12]}… → {new[name][:12]}…)" for name in changed)
        raise ParamnetError(
            f"run {run}",
            expected="the host it was begun with",
            got=got,
            where=str(build.executable),
            remedy="start it again with overwrite=true, or go on with rebuilt=true (results may then differ in the last bits)",
        )
    logger.warning("%s goes on with another %s, as rebuilt=true says", run, " and ".join(changed))
    write_json(path, then | {"build": new})


def own_scheme(run: Path, config: HostRun, digest: str) -> Path | None:
    """The run's own copy of its scheme, made once, so that a file exchanged in the meantime changes nothing; None without a scheme."""
    if config.scheme.scheme is None:
        return None
    source, copy = Path(config.scheme.scheme), run / SCHEME
    if not copy.is_file() or sha256_of(copy) != digest:
        with replacing(copy) as temporary:
            shutil.copyfile(source, temporary)
            if sha256_of(temporary) != digest:
                raise ParamnetError(f"{source}", expected="the scheme that was looked at first", got="another", remedy="try again")
    for path in _package(source, config.scheme.backend):
        target = run / (Path(SCHEME).stem + path.name.removeprefix(source.stem))
        if target.resolve() != path.resolve():
            with replacing(target) as temporary:
                shutil.copyfile(path, temporary)
    return copy


def clear(run: Path, config: HostRun) -> None:
    """Remove what a run has left in its folder, run.json last so that an interruption leaves it claimed."""
    for key, path in (("scheme", config.scheme.scheme), ("start", config.start)):
        if path is not None and Path(path).resolve().is_relative_to(run.resolve()):
            raise ParamnetError(f"overwrite: {key}", expected="a file outside the folder to clear", got=str(path), remedy="copy it first")
    shutil.rmtree(run / "chunks", ignore_errors=True)
    for path in run.glob("h1/*.cam2.h1.*.nc"):
        path.unlink()
    for pattern in reversed(OURS):
        for path in run.glob(pattern):
            path.unlink()


def _record(path: Path) -> dict[str, Any] | None:
    """run.json, or None; a damaged one of a run that has done nothing yet is removed."""
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError("not a table")
    except ValueError as error:
        if not done(path.parent):
            path.unlink()
            return None
        raise ParamnetError(
            f"{path}", expected="the run's settings", got=f"a damaged file ({error})", remedy="set overwrite=true to start the run again"
        ) from error
    return record


def _package(scheme: Path, backend: str) -> list[Path]:
    """The compiled package next to a scheme and its description, where the run asks for it."""
    paths = (scheme.with_suffix(".pt2"), scheme.with_name(scheme.with_suffix(".pt2").name + ".json"))
    return [path for path in paths if path.is_file()] if backend == "aoti" else []


def _boundary(config: HostRun, build: HostBuild) -> str:
    """Of the files that come with the model; the others we write ourselves from the settings."""
    if config.host.boundary != "earth":
        return ""
    folded = hashlib.sha256()
    for path in config.host.boundary_files(build.plasim):
        folded.update(f"{path.name} {sha256_of(path)}\n".encode())
    return folded.hexdigest()
