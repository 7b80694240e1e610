"""Each scheduler reads the words of a directive exactly as given, or they are refused."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramnet.contract import ParamnetError
from paramnet.execution.quoting import log_path, option, quoted, require_printable, words_of

PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40)
STRANGE = ("my runs", "a=b #c", "größe", "it's", 'say "x"', "both ' and \"", "$HOME `id`", "&|;<>*?[]{}()~!", "50%j", "")


@given(PRINTABLE)
@settings(max_examples=500, deadline=None)
def test_flux_reads_every_word_unchanged(word: str) -> None:
    assert shlex.split(option("flux", "--cwd", word, "key"), comments=True) == [f"--cwd={word}"]


@pytest.mark.parametrize("kind", ["slurm", "pbs"])
@given(word=PRINTABLE)
@settings(max_examples=500, deadline=None)
def test_slurm_and_pbs_read_every_word_unchanged_or_it_is_refused(kind: str, word: str) -> None:
    try:
        written = quoted(kind, word, "key")
    except ParamnetError as error:
        assert kind == "pbs" and "\\" in word and error.what == "key"
        return
    assert words_of(kind, f"-x {written} -y") == ["-x", word, "-y"]


def test_words_are_split_as_the_schedulers_split_them() -> None:
    assert words_of("slurm", '--a=b\\ c --d=\'e "f\' "g\\"h"#i # rest') == ["--a=b c", '--d=e "f', 'g"h']
    assert words_of("pbs", '-o "a b"\'c"d\' -l x=1 # 2') == ["-o", 'a bc"d', "-l", "x=1", "#", "2"]
    with pytest.raises(ValueError, match="No closing quotation"):
        words_of("slurm", "--a='b")


def test_a_plain_word_is_left_without_quotes() -> None:
    assert option("slurm", "--chdir", "/work/a-b_c.d", "key") == "--chdir=/work/a-b_c.d"
    assert option("slurm", "--chdir", "/my runs", "key") == '--chdir="/my runs"'
    assert option("pbs", "-q", "a b", "key") == '-q "a b"' and option("flux", "--queue", "a b", "key") == "--queue='a b'"


@pytest.mark.parametrize(
    ("kind", "folder", "got"),
    [("slurm", "/a\\b", "'\\\\'"), ("flux", "/a{{id}}", "'{{'"), ("pbs", "/a:b", "':'"), ("pbs", "/a/$PBS_JOBID", "'$PBS_'")],
)
def test_a_log_folder_that_the_scheduler_would_change_is_refused(kind: str, folder: str, got: str) -> None:
    with pytest.raises(ParamnetError) as error:
        log_path(kind, folder, "x.log", "batch.log_directory")
    assert (error.value.what, error.value.got, error.value.where) == ("batch.log_directory", got, repr(folder))


def test_a_per_cent_sign_in_a_log_folder_is_no_pattern_of_slurm() -> None:
    assert log_path("slurm", "/50%j", "%x-%j.log", "key") == "/50%%j/%x-%j.log"


@pytest.mark.parametrize("value", ["a\nb", ["a", "b\r"], {"a": "b\x00"}, {"a\x1b": "b"}, "a\x85", "a\u2028b", "a\udcff", [["a\tb"]]])
def test_control_characters_are_refused_wherever_they_are(value: object) -> None:
    with pytest.raises(ParamnetError) as error:
        require_printable(value, "batch.x")
    assert error.value.what.startswith("batch.x") and error.value.expected.startswith("text on one line")


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("slurmctld", path="/usr/sbin") and os.geteuid() == 0), reason="needs SLURM (Debian slurm-wlm) and root"
)
def test_a_real_slurm_runs_and_logs_in_folders_of_strange_names(tmp_path: Path, repository: Path) -> None:
    """pwd and the location of the log show how sbatch read the directives."""
    folders = [tmp_path / f"{index} {name.replace('/', '')}" for index, name in enumerate(STRANGE)]
    for index, folder in enumerate(folders):
        folder.mkdir()
        chdir, log = option("slurm", "--chdir", str(folder), "key"), log_path("slurm", str(folder), "%x-%j.log", "key")
        (tmp_path / f"{index}.sh").write_text(f"#!/bin/bash\n#SBATCH {chdir} --job-name=named\n#SBATCH --output={log}\npwd\n")
    submit = f'for i in $(seq 0 {len(folders) - 1}); do sbatch --parsable --wait "{tmp_path}/$i.sh"; done'
    done = subprocess.run(
        [repository / "tests" / "slurm" / "on_slurm", "bash", "-c", submit],
        capture_output=True, text=True, timeout=240, check=False, env={**os.environ, "ON_SLURM_PORT": "16917"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for folder in folders:
        (log,) = folder.glob("named-*.log")
        assert log.read_text() == f"{folder}\n"
