from paramnet.api.commands import evaluate as evaluate
from paramnet.api.commands import export as export
from paramnet.api.commands import preprocess as preprocess
from paramnet.api.commands import train as train
from paramnet.api.loaded_scheme import load as load
from paramnet.climate.dataset import open_run as open_run
from paramnet.contract import ParamnetError as ParamnetError
from paramnet.store import open_store as open_store

__version__: str
DISTRIBUTION: str
