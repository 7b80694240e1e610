"""Identity of the run in a folder: run.json records its settings, scheme, boundary files and executable; a later call compares them."""

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
from paramnet.hosts.plasim.build import HostBuild
from paramnet.hosts.scheme_options import SchemeOptions
from paramnet.hosts.stretches import done

if TYPE_CHECKING:
    from paramnet.hosts.plasim.run_config import HostRun

logger = logging.getLogger(__name__)
NAME, SCHEME = "run.json", "scheme.pt"
FORMAT = 2  # format 1 had neither the boundary files nor the executable
OURS = (NAME, SCHEME, "scheme.pt2", "scheme.pt2.json", "failed.json", "summary.json", "history_*.nc", "frequent_*.nc", "record_*.nc")


def identity(config: HostRun, build: HostBuild) -> dict[str, Any]:
    """Everything that determines the run, except its length. The scheme is identified by its content, not its path."""
    scheme = dataclasses.asdict(config.scheme)
    if config.scheme.scheme is not None:
        if not Path(config.scheme.scheme).is_file():
            raise ParamnetError(
                "options.scheme", expected="a file", got=f"none at {config.scheme.scheme}", remedy="give the path of a scheme.pt"
            )
        scheme["scheme"] = sha256_of(config.scheme.scheme)
        packages = {path.name: sha256_of(path) for path in _package(Path(config.scheme.scheme), config.scheme.backend)}
        scheme |= {"package": packages} if packages else {}
    values = {"format": FORMAT, "host": config.host.recorded(), "scheme": scheme, "seed": config.seed, "ranks": build.ranks}
    if config.start is not None:
        values |= {"start": sha256_of(config.start), "perturbation": config.perturbation}
    values |= {"raw_output": config.raw_output, "output_every": config.output_every}
    return values | {"boundary": _boundary(config, build), "build": build.fingerprint()}


def claim(run: Path, config: HostRun, build: HostBuild) -> dict[str, Any]:
    """Record the run's identity in its folder, or compare it with the recorded one. Returns the identity.

    Other settings would mix two climates in one folder: raises ParamnetError with each key that differs and both values.
    """
    now, path = identity(config, build), run / NAME
    then = _record(path)
    if not done(run) and not (run / "failed.json").is_file():  # there are no days yet that could be mixed with another run's
        write_json(path, now)
        return now
    free = ["build", "host.description"]  # the build matters only when days are left to run: see require_build
    if then is not None and then.get("format", 1) < FORMAT:
        free += ["format", "boundary", *(f"scheme.{name}" for name in now["scheme"] if name not in then.get("scheme", {}))]
    if then is not None:
        free += _unknown_to(then, now["scheme"])
    remedy = "choose another output, remove the folder, or set overwrite=true to start the run again"
    claim_identity(path, now, f"run {run}", remedy, free)
    if then is not None and then.get("format", 1) < FORMAT:
        write_json(path, now)
    return now


def _unknown_to(record: dict[str, Any], scheme: dict[str, Any]) -> list[str]:
    """Options that the version which wrote the record did not have, and that have their default now: they change nothing."""
    defaults, then = dataclasses.asdict(SchemeOptions()), record.get("scheme", {})
    return [f"scheme.{name}" for name, value in scheme.items() if name not in then and name in defaults and value == defaults[name]]


def require_build(run: Path, build: HostBuild, rebuilt: bool) -> None:
    """Require the executable and the bridge that the run was started with: another build may round differently from the first step on.

    rebuilt : accept another build, and record it. Raises ParamnetError naming what differs.
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
            expected="the host it was started with",
            got=got,
            where=str(build.executable),
            remedy="start again with overwrite=true, or resume with rebuilt=true (results may then differ in the last bits)",
        )
    logger.warning("%s resumes with another %s, because rebuilt=true", run, " and ".join(changed))
    write_json(path, then | {"build": new})


def own_scheme(run: Path, config: HostRun, digest: str) -> Path | None:
    """The run's copy of its scheme, made once, so that replacing the original does not change the run. None without a scheme."""
    if config.scheme.scheme is None:
        return None
    source, copy = Path(config.scheme.scheme), run / SCHEME
    if not copy.is_file() or sha256_of(copy) != digest:
        with replacing(copy) as temporary:
            shutil.copyfile(source, temporary)
            if sha256_of(temporary) != digest:
                raise ParamnetError(
                    f"{source}", expected=f"SHA-256 {digest[:12]}…", got="another: the file changed while it was copied", remedy="try again"
                )
    for path in _package(source, config.scheme.backend):
        target = run / (Path(SCHEME).stem + path.name.removeprefix(source.stem))
        if target.resolve() != path.resolve():
            with replacing(target) as temporary:
                shutil.copyfile(path, temporary)
    return copy


def clear(run: Path, config: HostRun) -> None:
    """Remove the files of a run from its folder. run.json goes last, so that an interruption leaves the folder claimed."""
    for key, path in (("scheme", config.scheme.scheme), ("start", config.start)):
        if path is not None and Path(path).resolve().is_relative_to(run.resolve()):
            raise ParamnetError(
                key, expected=f"a file outside {run}, which overwrite=true clears", got=str(path), remedy="copy the file elsewhere first"
            )
    shutil.rmtree(run / "chunks", ignore_errors=True)
    for path in run.glob("h1/*.cam2.h1.*.nc"):
        path.unlink()
    for pattern in reversed(OURS):
        for path in run.glob(pattern):
            path.unlink()


def _record(path: Path) -> dict[str, Any] | None:
    """Contents of run.json, or None. A damaged one is removed where the run has no completed stretch."""
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError("not a JSON object")
    except ValueError as error:
        if not done(path.parent):
            path.unlink()
            return None
        raise ParamnetError(
            f"{path}", expected="the settings of a run", got=f"a damaged file ({error})", remedy="set overwrite=true to start the run again"
        ) from error
    return record


def _package(scheme: Path, backend: str) -> list[Path]:
    """For backend aoti: the compiled package next to the scheme, and its description."""
    paths = (scheme.with_suffix(".pt2"), scheme.with_name(scheme.with_suffix(".pt2").name + ".json"))
    return [path for path in paths if path.is_file()] if backend == "aoti" else []


def _boundary(config: HostRun, build: HostBuild) -> str:
    """Digest of the boundary files that come with the model; the aquaplanet's are written from the settings."""
    if config.host.boundary != "earth":
        return ""
    folded = hashlib.sha256()
    for path in config.host.boundary_files(build.plasim):
        folded.update(f"{path.name} {sha256_of(path)}\n".encode())
    return folded.hexdigest()
