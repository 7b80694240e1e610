"""Every shipped YAML composes and validates; a wrong key says what to write."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from omegaconf import DictConfig, OmegaConf

from paramnet.bridge.ccpp import CcppConfig
from paramnet.cli.batch import write_script
from paramnet.cli.config import composed as command_line_composed
from paramnet.cli.config import spelt, typed
from paramnet.cli.coupled import coupled_config, members_of
from paramnet.cli.pipeline import overrides_of, require_composable, run_pipeline, stages_of
from paramnet.cli.stages import online
from paramnet.cli.staging import compose_command
from paramnet.contract import Contract, ParamnetError
from paramnet.evaluation import EvaluateConfig
from paramnet.exporting import ExportConfig
from paramnet.hosts.experiment import RunOutcome
from paramnet.hosts.scheme_options import SchemeOptions
from paramnet.importing import ImportConfig
from paramnet.preprocessing import PreprocessConfig
from paramnet.training import TrainConfig

CONF = Path(__file__).resolve().parents[3] / "conf"
CLASSES = {"preprocess": PreprocessConfig, "train": TrainConfig, "evaluate": EvaluateConfig, "export": ExportConfig}
REQUIRED = {
    "preprocess": ["input=in", "store=out"],
    "train": ["store=s", "output=o"],
    "evaluate": ["checkpoint=c", "store=s", "output=o"],
    "export": ["checkpoint=c", "store=s", "output=o"],
}


def composed(name: str, *overrides: str) -> DictConfig:
    with initialize_config_module("paramnet.conf", version_base="1.3"):
        return compose(name, overrides=list(overrides))


def group(name: str) -> list[str]:
    return sorted(path.stem for path in (CONF / name).glob("*.yaml"))


@pytest.mark.parametrize("name", CLASSES)
def test_each_stage_composes_to_its_typed_configuration(name: str) -> None:
    assert dataclasses.is_dataclass(typed(composed(name, *REQUIRED[name]), CLASSES[name]))


def test_the_translation_to_ccpp_validates() -> None:
    config = composed("ccpp", "output=o")
    config.contract = "mine.yaml"
    assert typed(config, CcppConfig).names["specific_humidity"].startswith("water_vapor_mixing_ratio")


@pytest.mark.parametrize("source", group("source"))
def test_every_shipped_source_names_variables_of_its_contract(source: str) -> None:
    config = composed("preprocess", f"source={source}", *REQUIRED["preprocess"])
    typed(config, PreprocessConfig)
    contract = Contract.from_yaml(config.contract)
    assert {v.name for v in (*contract.inputs, *contract.outputs)} <= set(config.source.variables)


@pytest.mark.parametrize("select", group("select"))
def test_every_shipped_selection_validates(select: str) -> None:
    config = typed(composed("preprocess", "source=climsim", f"select={select}", *REQUIRED["preprocess"]), PreprocessConfig)
    assert config.source.select.needs_land == (select == "tropical_ocean")


@pytest.mark.parametrize("splits", group("splits"))
def test_every_shipped_split_validates(splits: str) -> None:
    config = typed(composed("preprocess", f"splits={splits}", *REQUIRED["preprocess"]), PreprocessConfig)
    assert (config.splits.by == "columns") == (splits == "columns")


@pytest.mark.parametrize("cluster", group("cluster"))
def test_every_shipped_cluster_validates(cluster: str) -> None:
    needed = ["cluster.address=tcp://127.0.0.1:8786"] if cluster == "existing" else []
    assert typed(composed("preprocess", f"cluster={cluster}", *needed, *REQUIRED["preprocess"]), PreprocessConfig).cluster.kind == cluster


@pytest.mark.parametrize("experiment", group("experiment"))
def test_every_training_experiment_validates(experiment: str) -> None:
    needed = ["adapters.base=b"] if experiment == "rasp2018_stochastic" else []
    config = typed(composed("train", f"experiment={experiment}", *needed, *REQUIRED["train"]), TrainConfig)
    assert config.contract in group("contract") or experiment == "quick"  # which takes any store


@pytest.mark.parametrize("model", group("model"))
def test_every_model_validates(model: str) -> None:
    assert dataclasses.is_dataclass(typed(composed("train", f"model={model}", *REQUIRED["train"]), TrainConfig))


def test_a_misspelt_key_is_answered_with_the_right_one() -> None:
    config = composed("train", "+trainer.epoch=3", *REQUIRED["train"])
    with pytest.raises(ParamnetError) as refused:
        typed(config, TrainConfig)
    assert "'trainer.epochs'" in str(refused.value)


def test_a_value_of_the_wrong_type_names_its_key() -> None:
    with pytest.raises(ParamnetError) as refused:
        typed(composed("train", "seed=one", *REQUIRED["train"]), TrainConfig)
    assert "seed" in refused.value.what


@pytest.mark.parametrize("host", group("host"))
def test_a_lone_run_takes_the_options_of_the_command_line(host: str, tmp_path: Path, monkeypatch) -> None:
    _pretend_the_bridge_is_built(tmp_path, monkeypatch)
    config = coupled_config(composed("online", f"host={host}", "mode=record", "options.record_every=3", "seed=7"))
    member = config.runs["record"]
    assert (member.seed, member.options.record_every, config.host.name) == (7, 3, host)


def test_the_climate_experiment_differs_only_where_it_says_so(tmp_path: Path, monkeypatch) -> None:
    _pretend_the_bridge_is_built(tmp_path, monkeypatch)
    scheme = tmp_path / "scheme.pt"
    scheme.touch()
    config = coupled_config(composed("online", "coupled=plasim_climate", f"scheme={scheme}", f"linear_scheme={scheme}"))
    learned, alone = config.runs["learned"].options, config.runs["learned_no_fallback"].options
    assert dataclasses.replace(learned, fallback=False) == alone and learned.fallback
    assert {name: member.seed for name, member in config.runs.items()}["floor"] == 2


def test_members_of_a_run_have_consecutive_seeds_and_are_compared_together(tmp_path: Path, monkeypatch) -> None:
    _pretend_the_bridge_is_built(tmp_path, monkeypatch)
    scheme = tmp_path / "scheme.pt"
    scheme.touch()
    words = ["coupled=plasim_climate", f"scheme={scheme}", f"linear_scheme={scheme}", "+runs.learned.members=3"]
    composition = composed("online", *words)
    runs = coupled_config(composition).runs
    assert [runs[name].seed for name in ("learned", "learned_2", "learned_3")] == [1, 2, 3]
    assert members_of(composition) == {"learned": ["learned", "learned_2", "learned_3"]}
    for wrong, what in (("+runs.control.members=2", "runs.control.members"), ("+runs.learned.members=0", "runs.learned.members"),
                        ("+runs.learned.member=2", "runs.learned.member")):  # fmt: skip
        with pytest.raises(ParamnetError) as refused:
            coupled_config(composed("online", *words[:3], wrong))
        assert refused.value.what == what


def test_one_run_of_a_set_is_made_alone_and_an_array_has_a_job_for_each(tmp_path: Path, monkeypatch) -> None:
    _pretend_the_bridge_is_built(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    scheme = tmp_path / "scheme.pt"
    scheme.touch()
    words = ["coupled=plasim_climate", f"scheme={scheme}", f"linear_scheme={scheme}", "+runs.learned.members=2"]
    every = list(coupled_config(composed("online", *words)).runs)
    assert list(coupled_config(composed("online", *words, "only=[learned_2]")).runs) == ["learned_2"]
    with pytest.raises(ParamnetError) as refused:
        coupled_config(composed("online", *words, "only=[learned_3]"))
    assert (refused.value.what, refused.value.got) == ("only", "learned_3")
    message = write_script("online", [*words, "script=job.sh"], multirun=True)
    script = (tmp_path / "job.sh").read_text()
    assert f"({len(every)} jobs)" in message and f"--array=0-{len(every) - 1}" in script
    assert all(f"trial=('only=[{name}]')" in script for name in every)


def test_a_run_of_a_compared_set_may_end_early_alone(tmp_path: Path, monkeypatch) -> None:
    _pretend_the_bridge_is_built(tmp_path, monkeypatch)
    ended = {"floor": RunOutcome(tmp_path, 3, "the scheme blew up")}
    monkeypatch.setattr("paramnet.hosts.experiment.run_online", lambda config: ended)
    scheme = tmp_path / "scheme.pt"
    scheme.touch()
    words = [f"scheme={scheme}", f"linear_scheme={scheme}", f"output={tmp_path / 'runs'}"]
    assert online(composed("online", "coupled=plasim_climate", "only=[floor]", *words)) == tmp_path / "runs"
    with pytest.raises(ParamnetError):
        online(composed("online", "mode=teacher", *words))


def test_a_learned_run_without_a_scheme_says_which_key_is_missing(tmp_path: Path, monkeypatch) -> None:
    _pretend_the_bridge_is_built(tmp_path, monkeypatch)
    with pytest.raises(ParamnetError) as refused:
        coupled_config(composed("online", "mode=learned"))
    assert refused.value.what == "runs.learned" and "scheme=" in refused.value.remedy


def test_every_command_of_the_experiment_on_variability_composes(tmp_path: Path, monkeypatch) -> None:
    _pretend_the_bridge_is_built(tmp_path, monkeypatch)
    names = [f"out/stochastic_{number}.pt" for number in (1, 2, 3)]
    for name in (*names, "teacher/spin_up/chunks/0001/plasim_status", "teacher/spin_up/chunks/0001/done.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    words = ["pipeline=variability", f"output={tmp_path}/out", f"teacher={tmp_path}/teacher", "members=4"]
    stages = stages_of(composed("run", *words))
    require_composable(stages)
    compositions = {stage.name: compose_command(stage.command, stage.overrides) for stage in stages}
    assert list(compositions)[-3:] == ["online", "compare", "long"]
    assert compositions["long"].days == 1095 and list(coupled_config(compositions["long"]).runs) == ["long"]
    runs = coupled_config(compositions["online"]).runs
    assert {name: member.seed for name, member in runs.items() if name.startswith("stochastic_2")} == {
        "stochastic_2": 11, "stochastic_2_2": 12, "stochastic_2_3": 13, "stochastic_2_4": 14,
    }  # fmt: skip
    assert len(runs) == 14 and all(member.start is not None and not member.options.water_closure for member in runs.values())
    third, base = compositions["train_3"], compositions["base_3"]
    assert third.model.noise > 0 and third.seed == base.seed == 3 and third.contract == base.contract == "rasp2018_plasim_fusion"
    assert third.adapters.base == f"{base.output}/best.ckpt" and third.model.hidden == base.model.hidden


@pytest.mark.parametrize("pipeline", ["rasp2018", "rasp2018_small"])
def test_every_command_of_the_experiment_of_rasp_et_al_composes(pipeline: str, tmp_path: Path, monkeypatch) -> None:
    _pretend_the_bridge_is_built(tmp_path, monkeypatch)
    stages = stages_of(composed("run", f"pipeline={pipeline}", f"output={tmp_path}", "options.crm_step=15.0"))
    for name in ("scheme.pt", "linear.pt", "spin_up/chunks/0001/plasim_status", "spin_up/chunks/0001/done.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    names = {"spin_up": {"spin_up"}, "record": {"control"}, "online": {"control", "floor", "kuo", "linear", "learned"}}
    for stage in stages:
        config = composed("online" if stage.command == "host" else stage.command, *stage.overrides)
        if stage.command != "online":
            continue
        runs = coupled_config(config).runs
        assert set(runs) == names[stage.name]
        assert {member.options.crm_step for member in runs.values()} == {15.0}
        assert all(member.start is not None for member in runs.values()) or stage.name == "spin_up"
    recorded, later = (coupled_config(composed("online", *s.overrides)).runs["control"] for s in (stages[2], stages[-1]))
    assert recorded == later  # the control is run once
    kuo = coupled_config(composed("online", *stages[-1].overrides)).runs["kuo"]
    assert kuo.host is not None and kuo.host.name == "plasim_aquaplanet"


@pytest.mark.parametrize("pipeline", [name for name in group("pipeline") if name != "variability"])  # which preprocesses nothing
def test_days_that_leave_a_split_empty_are_refused_before_the_first_stage(pipeline: str, tmp_path: Path) -> None:
    require_composable(stages_of(composed("run", f"pipeline={pipeline}", f"output={tmp_path}")))
    few = composed("run", f"pipeline={pipeline}", f"output={tmp_path}", "record_days=3", "first_day=1")
    with pytest.raises(ParamnetError) as refused:
        require_composable(stages_of(few))
    assert refused.value.what == "stages.preprocess.days" and refused.value.got.startswith("3 days")
    assert "test" in refused.value.expected


@pytest.mark.parametrize(
    ("stages", "what"),
    [
        ({}, "stages"),
        ({"a": {"about": "x", "command": "fly"}}, "stages.a.command"),
        ({"a": {"about": "x", "command": "train", "takes": {"teacher": 3}}}, "stages.a.takes"),
        ({"../a": {"about": "x", "command": "train"}}, "stages"),
    ],
)
def test_a_pipeline_that_cannot_be_run_is_refused(stages: dict, what: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        stages_of(OmegaConf.create({"stages": stages, "measures": {}}))
    assert refused.value.what == what


def test_a_measure_is_run_in_a_folder_of_its_own_only() -> None:
    stages = {"a": {"about": "x", "command": "train"}}
    with pytest.raises(ParamnetError) as refused:
        stages_of(OmegaConf.create({"stages": stages, "measures": {"../online": []}}))
    assert (refused.value.what, refused.value.got) == ("measures", "'../online'")


def test_overrides_are_lists_and_tables_too() -> None:
    given = ["a=1", ["b=2", ["c=3"]], {"options": {"threads": 2, "crm": {"points": 4}, "fallback": False, "start": None}}]
    typed_out = ["a=1", "b=2", "c=3", "options.threads=2", "options.crm.points=4", "options.fallback=false", "options.start=null"]
    assert list(overrides_of(given)) == typed_out


def test_a_pipeline_of_the_users_own_folder_runs_once(tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "pipeline"
    folder.mkdir(parents=True)
    (folder / "ccpp_files.yaml").write_text(
        "# @package _global_\noutput: ???\nstages:\n  files:\n    about: Write the CCPP scheme\n    command: ccpp\n"
        '    overrides: [contract=cam3_keras, "output=${output}/ccpp"]\n    outputs: ["${output}/ccpp"]\n'
    )
    arguments = ["run", "--config-dir", str(folder.parent), "pipeline=ccpp_files", f"output={tmp_path / 'out'}"]
    command = [sys.executable, "-m", "paramnet.cli.main", *arguments]
    first, again = (subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout for _ in range(2))
    assert "reused" not in first and again.count("reused") == 1
    assert set(json.loads((tmp_path / "out" / "summary.json").read_text())["seconds"]) == {"files", "total"}


@pytest.mark.parametrize(
    ("command", "overrides"), [("run", ["pipeline=demo", "first_day=1", "days=10"]), ("online", ["coupled=plasim_climate", "days=20"])]
)
def test_climates_that_could_not_be_compared_are_refused_before_the_first_run(
    command: str, overrides: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend_the_bridge_is_built(tmp_path, monkeypatch)
    if command == "online":
        for name in ("scheme", "linear_scheme"):
            (tmp_path / name).touch()
            overrides = [*overrides, f"{name}={tmp_path / name}"]
    config = composed(command, *overrides, f"output={tmp_path / 'out'}")
    with pytest.raises(ParamnetError) as refused:
        {"run": run_pipeline, "online": online}[command](config)
    assert refused.value.what.endswith("first_day, days")
    assert not (tmp_path / "out").exists()


def test_every_command_of_the_demo_composes() -> None:
    stages = stages_of(composed("run", "pipeline=demo"))
    require_composable(stages)
    assert [stage.name for stage in stages][-1] == "online"


def _pretend_the_bridge_is_built(folder: Path, monkeypatch) -> None:
    (folder / "lib").mkdir()
    monkeypatch.setattr("paramnet.bridge.paths.default_prefix", lambda: folder)


def test_the_options_shown_by_help_are_the_defaults_of_the_adapter(tmp_path: Path, monkeypatch) -> None:
    _pretend_the_bridge_is_built(tmp_path, monkeypatch)
    assert coupled_config(composed("online")).runs["teacher"].options == SchemeOptions()


@pytest.mark.parametrize("network", group("network"))
def test_every_shipped_network_says_all_an_import_needs(network: str) -> None:
    config = typed(composed("import", f"network={network}", "folder=here", "output=o"), ImportConfig)
    contract = Contract.from_yaml(config.contract)
    assert set(config.normalization.output_divide.values) == {v.name for v in contract.outputs}


def test_a_value_may_have_the_name_of_a_group() -> None:
    arguments = spelt("import", ["source=keras", "contract=a.yaml", "network=cam3_keras"])
    assert arguments == ["+plain.source=keras", "+plain.contract=a.yaml", "network=cam3_keras"]
    assert spelt("preprocess", ["source=plasim", "contract=a.yaml"]) == ["source=plasim", "+plain.contract=a.yaml"]


@pytest.mark.parametrize(
    ("command", "override", "value"),
    [
        ("preprocess", "climates={warm: /data/plus4k}", {"warm": "/data/plus4k"}),
        ("train", "loss.weights={precipitation_rate: 2.0}", {"precipitation_rate": "2.0"}),
        ("train", "inputs.hidden_above={}", {}),
    ],
)
def test_a_table_that_is_empty_by_default_takes_keys_without_a_plus(command: str, override: str, value: dict) -> None:
    config = command_line_composed(command, [override])
    assert OmegaConf.to_container(OmegaConf.select(config, override.partition("=")[0])) == value
