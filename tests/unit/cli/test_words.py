"""Text keeps the letters it was typed with, on the command line, in job scripts and in YAML files."""

import re
import shlex
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from paramnet.cli.batch import write_script
from paramnet.cli.config import composed, typed
from paramnet.cli.sweeps import expand
from paramnet.cli.words import keep_letters, literal, split_items
from paramnet.contract import ParamnetError
from paramnet.execution.batch import BatchConfig
from paramnet.preprocessing import PreprocessConfig

# Each would be a number, nothing, a truth value, a list, several values or an error in Hydra's grammar.
WORDS = ("00123", "1e5", "1_000", "on", "null", "true", "2026-01-01", "nan", "1.10", "12:30:00", "a b", "größe", "a#1", "x=1", "[ab]",
         "{a}", "a,b", "it's", 'say "x"', "~/runs", "$HOME", "a(b)", "range(1,3)", "a&b;c", "日本", " a")  # fmt: skip


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1))
@settings(max_examples=1000, deadline=None)
def test_hydra_reads_any_text_as_it_was_typed(text: str) -> None:
    if text[0] in "\"'" or "\\" in text:  # Hydra's own quotes and escapes are left to those who use them
        return
    assert str(OverridesParser.create().parse_override(f"key={literal(text)}").value()) == text


@pytest.mark.parametrize("word", WORDS)
def test_text_keys_of_every_command_take_the_letters(word: str) -> None:
    config = typed(composed("batch", [f"batch.account={word}", f"batch.queue={word}", f"script={word}"]).batch, BatchConfig)
    assert config.account == config.queue == word
    online = composed("online", [f"scheme={word}", f"start={word}", f"output={word}"])
    assert (online.scheme, online.start) == ((None, None) if word == "null" else (word, word)) and online.output == word


def test_paths_of_preprocessing_stay_paths() -> None:
    overrides = ["store=2026-01-01", "input=0123", "contract=1e5", "+climates.warm=/a b/1_0#", "cluster=slurm", "cluster.account=007"]
    config = typed(composed("preprocess", [*overrides, "seed=1_0"]), PreprocessConfig)
    assert (config.store, config.input, config.contract, config.seed) == ("2026-01-01", "0123", "1e5", 10)
    assert (config.climates, config.cluster.account) == ({"warm": "/a b/1_0#"}, "007")


def test_lists_and_tables_of_texts_keep_theirs() -> None:
    overrides = ["members=[a b,1e5,/x/#1,'q,r',007]"]
    assert list(composed("evaluate", ["checkpoint=nan", *overrides]).members) == ["a b", "1e5", "/x/#1", "q,r", "007"]
    settings = composed("batch", ["+batch.environment={A:1e5,B:true,C:x y}", "+batch.environment.D=007"]).batch
    assert typed(settings, BatchConfig).environment == {"A": "1e5", "B": "true", "C": "x y", "D": "007"}
    settings = composed("batch", ["batch.directives=[--comment=1e5,'--x=1,2']"]).batch
    assert typed(settings, BatchConfig).directives == ["--comment=1e5", "--x=1,2"]


def test_numbers_lists_of_numbers_and_choices_are_left_to_hydra() -> None:
    given = [
        "trainer.learning_rate=1e-3",
        "model.hidden=[64,64]",
        "experiment=null",
        "linear_baseline=false",
        "model=linear",
        "store='1e5'",
    ]
    assert keep_letters("train", given) == given
    runs = keep_letters("online", ["+runs.a={mode:crm,seed:1,start:1e5}", "scheme=null", "options.fallback=true"])
    assert runs == ["+runs.a={mode:crm,seed:1,start:'1e5'}", "scheme=null", "options.fallback=true"]


def test_several_values_are_a_sweep_with_m_and_one_text_without() -> None:
    assert keep_letters("train", ["store=a#,1e5"], multirun=True) == ["store='a#','1e5'"]
    assert keep_letters("train", ["store=a#,1e5"]) == ["store='a#,1e5'"]
    swept = keep_letters("train", ["store=ö,b", "trainer.learning_rate=1e-3,1e-4"], multirun=True)
    assert len(expand(swept)) == 4 and expand(swept)[0] == ["store='ö'", "trainer.learning_rate=0.001"]
    assert split_items("a,[b,c],'d,e',f(g,h)") == ["a", "[b,c]", "'d,e'", "f(g,h)"]


def test_a_job_script_runs_the_command_with_the_letters_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my #1 ö"
    folder.mkdir()
    monkeypatch.chdir(folder)
    given = ["store=1e5", "output=0123", "contract=ö #1.yaml", "batch.account=00123", "batch.queue=on"]
    write_script("train", [*given, "script=job.sh"])
    script = (folder / "job.sh").read_text(encoding="utf-8")
    assert "#SBATCH --account=00123\n" in script and "#SBATCH --partition=on\n" in script and f'#SBATCH --chdir="{folder}"' in script
    again = shlex.split(script.splitlines()[-1].partition(" train ")[2])
    assert again == given[:3] and composed("train", again).contract == "ö #1.yaml" and composed("train", again).output == "0123"
    write_script("train", ["store=a", "output=1e5,x y", "script=job.sh"], multirun=True)
    trials = re.findall(r"trial=\((.*)\) ;;", (folder / "job.sh").read_text())
    assert [composed("train", ["store=a", *shlex.split(trial)[:1]]).output for trial in trials] == ["1e5", "x y"]


def test_yaml_files_keep_text_too_or_ask_for_quotes(tmp_path: Path) -> None:
    (tmp_path / "batch").mkdir()
    site = "defaults: [slurm, _self_]\naccount: 0123\nqueue: 1_000\ntime: 12:30:00\nnodes: 2\njob_name: a1\n"
    (tmp_path / "batch" / "mysite.yaml").write_text(site)
    chosen = [f"hydra.searchpath=[file://{tmp_path}]", "batch=mysite"]
    config = typed(composed("batch", chosen).batch, BatchConfig)
    assert (config.account, config.queue, config.time, config.nodes) == ("0123", "1_000", "12:30:00", 2)
    for value, got in (("on", "a truth value, True"), ("1.10", "a number, 1.1")):
        (tmp_path / "batch" / "mysite.yaml").write_text(f"defaults: [slurm, _self_]\nqueue: {value}\n")
        with pytest.raises(ParamnetError) as error:
            write_script("train", ["store=s", "batch=mysite"], config_dir=str(tmp_path))
        assert (error.value.what, error.value.expected, error.value.got) == ("batch.queue", "text", got)


def test_control_characters_are_refused() -> None:
    with pytest.raises(ParamnetError) as error:
        composed("train", ["store=s", "output=a\nb"])
    assert (error.value.what, error.value.got) == ("output", "'\\n'")


def test_of_a_key_or_a_choice_given_twice_the_last_one_counts() -> None:
    twice = composed("train", ["model=small_mlp", "store=s", "trainer.epochs=2", "model=linear", "trainer.epochs=3"])
    assert (twice.model, twice.trainer.epochs) == (composed("train", ["store=s", "model=linear"]).model, 3)
    assert composed("preprocess", ["contract=a.yaml", "contract=b.yaml", "input=x", "store=s", "source=spcam"]).contract == "b.yaml"


def test_a_plain_number_of_a_yaml_file_is_still_one() -> None:
    import io

    read = OmegaConf.load(io.StringIO("a: 12\nb: 3.0e-5\nc: .5\nd: 1e3\ne: -4\nf: true\ng: .inf\n"))
    assert read == {"a": 12, "b": 3e-5, "c": 0.5, "d": 1000.0, "e": -4, "f": True, "g": float("inf")}
