"""The commands of the pipeline as functions: ``paramnet.preprocess``, ``train``, ``evaluate`` and ``export``.

Keywords are the keys of the command line, and are composed and checked by its code, so that defaults, results and errors are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from paramnet.api.keys import EvaluateKeys, ExportKeys, PreprocessKeys, TrainKeys
from paramnet.api.keywords import run

if TYPE_CHECKING:
    from paramnet.api.evaluation import Evaluation
    from paramnet.api.loaded_scheme import LoadedScheme
    from paramnet.store import Store
    from paramnet.training import TrainResult


def preprocess(**keys: Unpack[PreprocessKeys]) -> Store:
    """Turn history files into a training store, as ``paramnet preprocess``, and open it.

    ``preprocess(source="climsim", input="/data/climsim", store="runs/store", splits={"block_days": 5.0})``. A store that is complete and
    made from the same files and settings is opened as it is. Raises ParamnetError naming the key, or file and variable.
    """
    from paramnet.store import open_store

    return open_store(run("preprocess", keys)[1])


def train(**keys: Unpack[TrainKeys]) -> TrainResult:
    """Fit a scheme to a store, as ``paramnet train``. Returns the best and the last checkpoint, and the scores of the best one.

    ``train(store="runs/store", output="runs/mlp", model="small_mlp", trainer={"epochs": 3})``. A run in ``output`` that was interrupted
    is continued, and one that is complete is not repeated. Raises ParamnetError naming the key, or ContractMismatch.
    """
    from paramnet.training.resuming import read_result

    return read_result(run("train", keys)[1].parent)


def evaluate(**keys: Unpack[EvaluateKeys]) -> Evaluation:
    """Judge a scheme on data not used in training, as ``paramnet evaluate``. Returns its skill, figures and report.

    ``evaluate(checkpoint=trained.best_checkpoint, output="runs/mlp/skill")``. Raises ParamnetError naming the key, or ContractMismatch.
    """
    from paramnet.api.evaluation import Evaluation

    return Evaluation(run("evaluate", keys)[1])


def export(**keys: Unpack[ExportKeys]) -> LoadedScheme:
    """Export a checkpoint to the file that a host loads, as ``paramnet export``, and load that file.

    With ``language="fortran"`` or ``"cpp"`` also as source code, of a checkpoint or of a ``scheme``.

    ``export(checkpoint=trained.best_checkpoint, output="runs/scheme.pt")``. Nothing is written if the file would not reproduce the trained
    scheme. Raises ParamnetError naming the key, or ContractMismatch.
    """
    from paramnet.api.loaded_scheme import load

    return load(run("export", keys)[1])
