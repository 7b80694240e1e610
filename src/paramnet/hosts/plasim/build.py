"""Build the host's executable: fetch its sources, apply the adapter's edits, compile with CMake and Ninja."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from paramnet.bridge.build import cache_entries, fortran_compiler
from paramnet.contract import ParamnetError
from paramnet.files import locked, replacing, require_writable_folder, sha256_of
from paramnet.hosts.plasim.fetch import fetch_plasim

logger = logging.getLogger(__name__)

ADVICE = (
    "on Debian or Ubuntu: apt install gfortran cmake ninja-build pkg-config libnetcdff-dev libopenmpi-dev openmpi-bin; "
    "with conda: gfortran cmake ninja pkg-config netcdf-fortran openmpi; "
    "on a cluster: module load gcc cmake netcdf-fortran openmpi"
)


@dataclass(frozen=True)
class HostBuild:
    """A built host.

    executable : the model. plasim : the folder of fetched sources and boundary files. ranks : number of MPI ranks, which
    PlaSim fixes at compile time. bridge : the installed bridge it is linked with, if any.
    """

    executable: Path
    plasim: Path
    ranks: int
    bridge: Path | None = None

    def fingerprint(self) -> dict[str, str]:
        """SHA-256 of the executable, and of the bridge's libraries, which it loads when it starts."""
        found = {"executable": sha256_of(self.executable)}
        if self.bridge is not None:
            libraries = {path.resolve() for path in (self.bridge / "lib").glob("*.so*")}
            listed = "".join(f"{path.name} {sha256_of(path)}\n" for path in sorted(libraries))
            found["bridge"] = hashlib.sha256(listed.encode()).hexdigest()
        return found


def build_host(
    adapter: Path, build: Path, ranks: int = 1, reference: bool = False, bridge: Path | None = None, rank_independent: bool = False
) -> HostBuild:
    """Fetch PlaSim, edit a copy of it, and compile it with the adapter; a second call compiles only what has changed.

    adapter : fortran_bridge/hosts/plasim. build : folder for the download, the edited copy and one build tree for each
    (ranks, reference); ignored by git. reference : build the unmodified model, without the adapter.
    bridge : installed prefix or build tree of libparamnet (its CMake package); None builds without the modes
    learned and shadow. rank_independent : sum over latitudes in the same order on one and two ranks, so that their
    runs are bit-identical (and differ from the unmodified model's in the last bit).
    Raises ParamnetError if a tool is missing, an edit does not apply, or the compiler fails.
    """
    if ranks < 1 or ranks & (ranks - 1):
        raise ParamnetError("ranks", expected="a power of 2 (PlaSim divides 32 latitudes)", got=str(ranks))
    _require_tools(ranks)
    adapter, build = adapter.resolve(), require_writable_folder(build, "build").resolve()
    with locked(build / ".lock", f"host's build folder {build}", wait=True):
        return _build(adapter, build, ranks, reference, bridge, rank_independent)


def _build(adapter: Path, build: Path, ranks: int, reference: bool, bridge: Path | None, rank_independent: bool) -> HostBuild:
    plasim = fetch_plasim(adapter, build / "download")
    conditions = ["rank_independent"] if rank_independent else []
    variant = "-".join(["reference" if reference else "learned" if bridge else "teacher", *conditions])
    tree = build / f"{variant}-{ranks}"
    source = (
        plasim / "plasim" / "src" if reference else _edited_copy(adapter, plasim, build / "-".join(["source", *conditions]), conditions)
    )
    _configure(adapter, tree, source, ranks, reference, bridge, rank_independent)
    _run(["cmake", "--build", str(tree)], tree, "compilation of the host")
    return HostBuild(tree / "plasim", plasim, ranks, bridge)


def edit_source(rules: list[dict[str, str]], folder: Path, target: Path) -> None:
    """Copy the Fortran and C files of ``folder`` to ``target``, replacing each rule's line.

    A rule is {file, line, becomes}; its line must occur exactly once in its file (outer blanks are ignored). Files whose
    content does not change keep their time stamp, so they are not compiled again. Raises ParamnetError if a rule does not apply.
    """
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted([*folder.glob("*.f90"), *folder.glob("*.c")]):
        lines = path.read_text(encoding="latin-1").split("\n")
        for rule in (rule for rule in rules if rule["file"] == path.name):
            matches = [i for i, line in enumerate(lines) if line.strip() == rule["line"]]
            if len(matches) != 1:
                raise ParamnetError(
                    f"{path.name}, line {rule['line']!r}",
                    expected="exactly one",
                    got=str(len(matches)),
                    where=str(path),
                    remedy="adapt edits.yaml to the version pinned in source.yaml",
                )
            lines[matches[0]] = lines[matches[0]].replace(rule["line"], rule["becomes"])
        text = "\n".join(lines).encode("latin-1")
        copy = target / path.name
        if not copy.is_file() or copy.read_bytes() != text:
            with replacing(copy) as temporary:
                temporary.write_bytes(text)
    missing = {rule["file"] for rule in rules} - {path.name for path in target.iterdir()}
    if missing:
        raise ParamnetError(
            "edits.yaml",
            expected=f"the files it edits: {', '.join(sorted(missing))}",
            got="none of them",
            where=str(folder),
            remedy="adapt edits.yaml to the version pinned in source.yaml",
        )


def _edited_copy(adapter: Path, plasim: Path, target: Path, conditions: list[str]) -> Path:
    rules = yaml.safe_load((adapter / "edits.yaml").read_text())
    wanted = [rule for rule in rules if "when" not in rule or rule["when"] in conditions]
    edit_source(wanted, plasim / "plasim" / "src", target)
    return target


def _require_tools(ranks: int) -> None:
    tools = [fortran_compiler(), "cmake", "ninja", "pkg-config"] + (["mpirun", "mpifort"] if ranks > 1 else [])
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise ParamnetError("build of the host", expected=", ".join(missing), got="none on PATH", remedy=ADVICE)
    found = subprocess.run(["pkg-config", "--exists", "netcdf-fortran"], check=False).returncode == 0
    if not found:
        raise ParamnetError("build of the host", expected="netcdf-fortran", got="none known to pkg-config", remedy=ADVICE)


def _configure(adapter: Path, tree: Path, source: Path, ranks: int, reference: bool, bridge: Path | None, rank_independent: bool) -> None:
    command = ["cmake", "-S", str(adapter), "-B", str(tree), "-G", "Ninja", f"-DPLASIM_SOURCE={source}"]
    command += [f"-DPLASIM_RANKS={ranks}", f"-DPARAMNET_PLASIM_REFERENCE={'ON' if reference else 'OFF'}"]
    command += [f"-DPARAMNET_PLASIM_WITH_BRIDGE={'ON' if bridge else 'OFF'}"]
    command += [f"-DPARAMNET_PLASIM_RANK_INDEPENDENT={'ON' if rank_independent else 'OFF'}"]
    if bridge:
        command += [f"-Dparamnet_ROOT={bridge.resolve()}"]
    if is_for_another_environment(tree, adapter, bridge):
        shutil.rmtree(tree)
    tree.mkdir(parents=True, exist_ok=True)
    _run(command, tree, "configuration of the host")


def is_for_another_environment(tree: Path, adapter: Path, bridge: Path | None) -> bool:
    """Return True if CMake's cache holds another checkout, compiler or bridge, which would override the ones given now."""
    entries = cache_entries(tree)
    if not entries:
        return False
    compiler = shutil.which(fortran_compiler())
    wanted = {"CMAKE_HOME_DIRECTORY": str(adapter), "CMAKE_CACHEFILE_DIR": str(tree), "CMAKE_Fortran_COMPILER": str(compiler)}
    if any(entries.get(name, value) != value for name, value in wanted.items()):
        logger.info("%s was configured for another checkout or compiler: building from scratch", tree)
        return True
    found = entries.get("paramnet_DIR", "")
    return bridge is not None and found.startswith("/") and not Path(found).is_relative_to(bridge.resolve())


def _run(command: list[str], tree: Path, step: str) -> None:
    environment = {**os.environ, "FC": os.environ.get("FC") or "gfortran", "LC_ALL": "C"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    log = tree / "build.log"
    log.write_text(" ".join(command) + "\n" + result.stdout + result.stderr)
    if result.returncode != 0:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-25:])
        raise ParamnetError(
            step, expected="exit status 0", got=f"{result.returncode}, complete output", where=str(log), remedy=f"{ADVICE}\n{tail}"
        )
    logger.debug("%s: done, output in %s", step, log)
