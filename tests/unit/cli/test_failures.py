"""Whatever goes wrong is one sentence, a status and a traceback in a file outside the working directory."""

import errno
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

from paramnet.cli import failures, stages
from paramnet.cli.config import composed
from paramnet.cli.coupled import coupled_config
from paramnet.cli.failures import explained
from paramnet.cli.main import main
from paramnet.cli.overrides import command_line
from paramnet.contract import ParamnetError
from paramnet.hosts import BuildRequest


class MisconfigurationException(Exception):
    """Has the name of Lightning's."""


class OutOfMemoryError(RuntimeError):
    """Has the name of torch's."""


def system(number: int, name: str = "/a/b") -> OSError:
    return OSError(number, os.strerror(number), name)


CASES = [
    (system(errno.ENOSPC), "/a/b", "room on the disk"),
    (system(errno.EDQUOT), "/a/b", "room within the quota"),
    (system(errno.EACCES), "/a/b", "permission"),
    (system(errno.EROFS), "/a/b", "a file system that can be written to"),
    (system(errno.ENAMETOOLONG), "/a/b", "a shorter name"),
    (system(errno.EMFILE), "/a/b", "fewer open files"),
    (OSError(-101, "NetCDF: HDF error", "x.nc"), "x.nc", "a file that can be read and written"),
    (BlockingIOError(11, "Unable to open file (unable to lock file, errno = 11)"), "stopped", "a file that no other program holds open"),
    (RuntimeError("NetCDF: Filter error: undefined filter encountered"), "stopped", "an HDF5 filter that is installed"),
    (MemoryError("Unable to allocate 8 TiB"), "memory", "enough of it"),
    (OutOfMemoryError("CUDA out of memory. Tried to allocate\nmore"), "stopped", "enough memory on the GPU"),
    (MisconfigurationException("No supported gpu backend found!"), "stopped", "trainer settings that fit this machine"),
    (ModuleNotFoundError("No module named 'optuna'", name="optuna"), "installation", "the package optuna"),
    (RecursionError("maximum recursion depth exceeded"), "stopped", "data that is nested less deeply"),
    (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "text", "UTF-8"),
    (json.JSONDecodeError("Expecting value", "", 0), "stopped", "JSON"),
    (KeyError("T"), "unexpected KeyError: 'T'", ""),
]


@pytest.mark.parametrize(("error", "what", "expected"), CASES)
def test_each_kind_of_failure_names_its_path_and_what_was_expected(error: Exception, what: str, expected: str, tmp_path: Path) -> None:
    told = explained(error, "train", tmp_path)
    assert (told.what, told.expected) == (what, expected) and "\n" not in str(told)
    (kept,) = tmp_path.glob("paramnet-error-train-*.txt")
    assert str(kept) in told.remedy and type(error).__name__ in kept.read_text()


def test_a_broken_yaml_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\nb: [1\nc: 2\n")
    with pytest.raises(yaml.YAMLError) as caught, open(tmp_path / "a.yaml") as file:
        yaml.safe_load(file)
    assert explained(caught.value, "train", tmp_path).where == f"{tmp_path}/a.yaml, line 3"


def test_the_traceback_goes_to_a_temporary_folder_or_to_stderr_and_never_into_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    explained(KeyError("a"), "train", work)
    assert len(list(temporary.iterdir())) == 1 and not list(work.iterdir())
    monkeypatch.setattr(tempfile, "tempdir", str(work))
    told = explained(KeyError("b"), "train", tmp_path / "none")
    assert "traceback" not in told.remedy and "KeyError: 'b'" in capsys.readouterr().err and not list(work.iterdir())


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["paramnet", *arguments])
    return main()


def stage_that_raises(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(config: object) -> Path:
        raise error

    monkeypatch.setitem(stages.STAGES, "evaluate", fail)


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (ParamnetError("store s", expected="a store", got="none"), 1, "store s: expected a store, got none\n"),
        (system(errno.ENOSPC), 1, "/a/b: expected room on the disk, got 'No space left on device'"),
        (ZeroDivisionError("float division"), 1, "unexpected ZeroDivisionError: float division"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_a_command_that_fails_says_so_in_a_sentence_and_its_status(
    error: BaseException, status: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    (tmp_path / "out").mkdir()
    stage_that_raises(monkeypatch, error)
    assert run(monkeypatch, "evaluate", "checkpoint=c", "output=out") == status
    said = capsys.readouterr().err
    assert said.startswith(f"paramnet evaluate: {told}") and "Traceback" not in said and said.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert len(list((tmp_path / "out").iterdir())) == (status == 1 and not isinstance(error, ParamnetError))


def test_an_empty_source_is_one_sentence_with_the_key_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine" / "source").mkdir(parents=True)
    (tmp_path / "mine" / "source" / "empty.yaml").touch()
    assert run(monkeypatch, "preprocess", "--config-dir", "mine", "source=empty", "input=x", "store=s") == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.startswith("paramnet preprocess: configuration: ") and "'source.contract'" in said


def test_one_trial_that_fails_makes_the_whole_call_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stage_that_raises(monkeypatch, OSError(errno.EACCES, "Permission denied", "/a"))
    assert run(monkeypatch, "evaluate", "-m", "checkpoint=a,b", "output=out", "paths.runs=runs") == 1


@pytest.mark.parametrize("arguments", [["train", "-sc"], ["-sc", "install=bash"], ["nosuch"], []])
def test_what_there_is_not_has_the_status_two(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, *arguments) == 2


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["preprocess", "store=/proc/none/store"], "store /proc/none/store"),
        (["train", "store=s", "output=/proc/none/run"], "output /proc/none/run"),
        (["train", "store=s", f"output={'x' * 300}"], f"output {'x' * 300}"),
        (["export", "checkpoint=c", "output=/proc/none/scheme.pt"], "output /proc/none/scheme.pt"),
        (["batch", "preprocess", "store=s", "script=/proc/none/job.sh"], "script /proc/none"),
        (["batch", "preprocess", "store=s", "script=job.sh", "batch.log_directory=/proc/none"], "batch.log_directory /proc/none"),
        (["train"], "store"),
        (["ccpp"], "contract, output"),
        (["adapter", "new", "mine", "contract=cf_example", "output=/proc/none/mine"], "output /proc/none/mine"),
        (["source", "input=a", "output=/proc/none/mine"], "output /proc/none/mine"),
    ],
)
def test_what_cannot_be_written_or_is_missing_is_told_before_work_starts(
    arguments: list[str], what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *arguments) == 1
    assert capsys.readouterr().err.startswith(f"paramnet {arguments[0]}: {what}: expected a ")
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("command", "overrides", "what"), [("host", [], "host"), ("online", [], "host"), ("run", ["pipeline=demo"], "run")]
)
def test_what_needs_the_fortran_sources_says_so_where_there_are_none(
    command: str, overrides: list[str], what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("paramnet.files.places.PACKAGE", tmp_path / "src" / "paramnet")
    assert run(monkeypatch, command, *overrides) == 1
    assert capsys.readouterr().err.startswith(f"paramnet {command}: {what}: expected the Fortran sources of paramnet, got none")
    assert not list(tmp_path.rglob("*"))


def test_coupled_runs_take_the_bridge_that_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lib").mkdir()
    monkeypatch.setenv("PARAMNET_BRIDGE_DIR", str(tmp_path))
    built: dict[str, Path] = {}
    monkeypatch.setattr("paramnet.hosts.plasim.host.build_host", lambda *given, bridge, **others: built.update(bridge=bridge))
    coupled_config(composed("online", [])).host.build(BuildRequest(tmp_path))
    assert built == {"bridge": tmp_path}


def test_of_several_files_the_readable_ones_are_shown_and_the_status_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], convection_store: Path
) -> None:
    assert run(monkeypatch, "inspect", "--json", str(tmp_path / "none"), str(convection_store)) == 1
    said = capsys.readouterr()
    assert [report["path"] for report in json.loads(said.out)] == [str(convection_store)] and str(tmp_path / "none") in said.err


def test_an_error_is_told_before_torch_is_imported_and_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    program = (
        "import sys; from paramnet.cli.main import main\n"
        "for arguments in (['train', 'trainer.epoch=3'], ['train'], ['evaluate', 'output=/proc/none'], ['batch', 'train', 'x.y=1']):\n"
        "    sys.argv = ['paramnet', *arguments]; assert main() == 1\n"
        "for command in ('inspect', 'trials', 'batch'):\n"
        "    sys.argv = ['paramnet', command, '--help']\n"
        "    try: main()\n"
        "    except SystemExit: pass\n"
        "assert 'torch' not in sys.modules\n"
        "sys.argv = ['paramnet', '--help']; sys.exit(main())\n"
    )
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", program], stdout=writer, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False)
    os.close(writer)
    assert done.returncode == 141 and "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_first_line_of_an_error_of_another_process_is_its_last() -> None:
    text = "-- Process 0 terminated with the following error:\nTraceback (most recent call last):\n  File x\nValueError: no room\n"
    assert failures.first_line(RuntimeError(text)) == "ValueError: no room"


@pytest.mark.parametrize(
    "options", ["-m --cfg job", "--cfg job -m hydra.job.chdir=true", "--multirun --info", "--cfg all --info config", "--run -m"]
)
@pytest.mark.parametrize("name", ["train", "online", "run"])
def test_options_that_exclude_each_other_are_named(name: str, options: str, monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["paramnet", name, *options.split()])
    assert main() == 1
    told = capsys.readouterr().err
    assert told.startswith(f"paramnet {name}: options: expected one of --") and told.count("\n") == 1 and "traceback" not in told


def test_resolve_needs_a_configuration_to_be_shown() -> None:
    with pytest.raises(ParamnetError) as caught:
        command_line(["--resolve", "seed=1"])
    assert (caught.value.what, caught.value.remedy) == ("--resolve", "add --cfg job")
    for arguments in (["--cfg", "job", "--resolve"], ["-m", "--help"], ["-m", "seed=1,2"], ["--help", "--resolve"]):
        command_line(arguments)
