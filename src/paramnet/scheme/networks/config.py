"""Configuration of a network, validated at construction: what all kinds share. Each kind is in the file of its network."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from torch import nn

from paramnet.contract import Contract, ParamnetError
from paramnet.parts import Kind
from paramnet.scheme.networks.column import ColumnInput, ColumnOutput
from paramnet.scheme.networks.ensemble import Ensemble
from paramnet.scheme.networks.fourier import FourierFirst, RandomFourier
from paramnet.scheme.networks.head import Head
from paramnet.scheme.networks.heads import Deterministic, HeadedNetwork, Heteroscedastic, Quantile
from paramnet.scheme.networks.layout import ColumnLayout
from paramnet.scheme.networks.weights import WEIGHTS, constrain

ACTIVATIONS = ("leaky_relu", "relu", "gelu", "silu")
HEADS_OF_MEMBERS = ("deterministic", "heteroscedastic", "quantile")


def require(holds: bool, key: str, expected: str, got: object) -> None:
    """Raise ParamnetError for a key of ``model`` unless ``holds``."""
    if not holds:
        raise ParamnetError(f"model.{key}", expected=expected, got=repr(got))


@dataclass
class ModelConfig(Kind, key="model"):
    """A network. docs/reference/architectures.md has a section on each ``kind``, with source, size and cost.

    ``input_limit`` N > 0 clips normalized inputs to +-N standard deviations.
    """

    kind: str = "mlp"
    input_limit: float = 0.0

    dims: ClassVar[tuple[str, ...]] = ("column",)  # dimensions of the contract that the network distinguishes

    def __post_init__(self) -> None:
        require(self.input_limit >= 0, "input_limit", "a number of standard deviations, 0 for none", self.input_limit)

    @property
    def is_gated(self) -> bool:
        """True if outputs are multiplied by gates, so that they are zero at z = 0."""
        return False

    @property
    def size(self) -> int:
        """Number of networks of an ensemble, or 1."""
        return 1

    def random_numbers(self, contract: Contract) -> int:
        """Standard normal numbers that a stochastic network takes per column and call, after its other inputs; or 0."""
        return 0

    @property
    def memory_numbers(self) -> int:
        """Numbers of a column that a network with memory keeps from step to step; or 0."""
        return 0

    @property
    def uncounted_steps(self) -> int:
        """First steps of a sequence that fill the memory and count neither in training nor in evaluation."""
        return 0

    @property
    def member_head(self) -> Head:
        """The head of the network, or of each member of an ensemble."""
        return Head()

    def gates(self, contract: Contract) -> list[int]:
        """Index of the gate of each output column; empty without gates."""
        return []

    def build(self, contract: Contract, n_features: int, widths: list[int]) -> nn.Module:
        """Build the network: see ``build_network``, which has checked the widths."""
        raise NotImplementedError


@dataclass
class TrainedModel(ModelConfig, abstract=True):
    """A network trained by gradients, with a head, as a member of an ensemble or alone.

    ``activation``: leaky_relu (with ``negative_slope``), relu, gelu or silu. ``dropout``: a rate. ``fourier`` is the number of
    random Fourier features of the inputs, drawn with ``fourier_scale``. ``members`` > 1 is an ensemble whose mean is the output.
    ``noise`` N > 0 makes the scheme stochastic: the network takes N random numbers after its other inputs.
    ``head``: deterministic, heteroscedastic (mean and log variance) or quantile (``quantiles``, with the median as output).
    """

    activation: str = "silu"
    negative_slope: float = 0.3
    dropout: float = 0.0
    fourier: int = 0
    fourier_scale: float = 0.1
    members: int = 1
    noise: int = 0
    head: str = "deterministic"
    quantiles: list[float] = field(default_factory=lambda: [0.05, 0.25, 0.5, 0.75, 0.95])

    def __post_init__(self) -> None:
        super().__post_init__()
        for key, allowed in {"activation": ACTIVATIONS, "head": HEADS_OF_MEMBERS}.items():
            require(getattr(self, key) in allowed, key, f"one of {allowed}", getattr(self, key))
        require(0 <= self.dropout < 1, "dropout", "a rate in [0, 1)", self.dropout)
        require(self.fourier >= 0 and self.fourier_scale > 0, "fourier", "a number of features and a positive scale", self.fourier)
        require(self.members >= 1, "members", "at least 1", self.members)
        require(self.noise >= 0, "noise", "a number of random numbers, 0 for none", self.noise)
        alone = self.members == 1 and self.head == "deterministic"
        require(alone or not self.noise, "noise", "0, except for one network with the deterministic head", self.noise)
        if self.head == "quantile":
            rising = self.quantiles == sorted(set(self.quantiles)) and all(0 < level < 1 for level in self.quantiles)
            require(rising and 0.5 in self.quantiles, "quantiles", "increasing levels in (0, 1), including 0.5", self.quantiles)

    @property
    def size(self) -> int:
        return self.members

    def random_numbers(self, contract: Contract) -> int:
        return self.noise

    @property
    def member_head(self) -> Head:
        return Head(self.head, tuple(self.quantiles) if self.head == "quantile" else ())

    def build(self, contract: Contract, n_features: int, widths: list[int]) -> nn.Module:
        members = [self._member(contract, n_features, widths) for _ in range(self.members)]
        return members[0] if self.members == 1 else Ensemble(members)

    def body(self, contract: Contract, n_features: int, widths: Sequence[int], parts: int) -> nn.Module:
        """The network without its head: (column, n_features) -> (column, parts * n_out)."""
        raise NotImplementedError

    def activated(self) -> nn.Module:
        """The activation function."""
        activations: dict[str, nn.Module] = {
            "leaky_relu": nn.LeakyReLU(self.negative_slope),
            "relu": nn.ReLU(),
            "gelu": nn.GELU(approximate="tanh"),
            "silu": nn.SiLU(),
        }
        return activations[self.activation]

    def _member(self, contract: Contract, n_features: int, widths: list[int]) -> nn.Module:
        head = self._head(contract.n_out)
        body = self.body(contract, n_features, widths, int(head.parts))  # type: ignore[arg-type]
        return body if self.head == "deterministic" else HeadedNetwork(body, head)

    def _head(self, n_out: int) -> nn.Module:
        if self.head == "quantile":
            return Quantile(n_out, list(self.quantiles))
        return Heteroscedastic(n_out) if self.head == "heteroscedastic" else Deterministic(n_out)


@dataclass
class FlatModel(TrainedModel, abstract=True):
    """A network that reads a column as one flat vector: a subclass has ``network``.

    ``weights`` of its dense layers: free; symmetric, in square layers; or svd, with all singular values between the two numbers of
    ``singular_values`` and ``reflectors`` Householder reflectors on each side (0: as many as there are singular values).
    """

    weights: str = "free"
    singular_values: list[float] = field(default_factory=lambda: [0.0, 1.5])
    reflectors: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.weights in WEIGHTS, "weights", f"one of {WEIGHTS}", self.weights)
        bounds = self.singular_values
        require(len(bounds) == 2 and 0 <= bounds[0] < bounds[1], "singular_values", "two increasing numbers of at least 0", bounds)
        require(self.reflectors >= 0, "reflectors", "a number of reflectors, 0 for all", self.reflectors)

    def build(self, contract: Contract, n_features: int, widths: list[int]) -> nn.Module:
        network = super().build(contract, n_features, widths)
        constrain(network, self.weights, self.singular_values, self.reflectors)
        return network

    def network(self, contract: Contract, n_in: int, n_out: int) -> nn.Module:
        """(column, n_in) -> (column, n_out), dimensionless; n_out includes all parts of a head. Columns are independent."""
        raise NotImplementedError

    def body(self, contract: Contract, n_features: int, widths: Sequence[int], parts: int) -> nn.Module:
        network = self.network(contract, n_features + self.fourier, contract.n_out * parts)
        return FourierFirst(RandomFourier(n_features, self.fourier, self.fourier_scale), network) if self.fourier else network


@dataclass
class LevelModel(TrainedModel, abstract=True):
    """A network over levels, with ``width`` channels and ``depth`` blocks or layers: a subclass has ``network``."""

    width: int = 64
    depth: int = 2

    dims: ClassVar[tuple[str, ...]] = ("column", "level")

    def __post_init__(self) -> None:
        super().__post_init__()
        for key in ("width", "depth"):
            require(getattr(self, key) >= 1, key, "at least 1", getattr(self, key))

    @property
    def channels(self) -> int:
        """Channels at each level between the first and the last layer."""
        return self.width

    def network(self, levels: int, before: ColumnInput, after: ColumnOutput) -> nn.Module:
        """``before`` : (column, n_in) -> (column, channels, level), ``after`` : back to (column, parts * n_out)."""
        raise NotImplementedError

    def body(self, contract: Contract, n_features: int, widths: Sequence[int], parts: int) -> nn.Module:
        layout = ColumnLayout.of(contract, widths, self.kind)
        before = ColumnInput(layout, self.channels, self.fourier, self.fourier_scale)
        return self.network(layout.n_levels, before, ColumnOutput(layout, self.channels, self.activated(), parts))


def with_free_weights(model: ModelConfig) -> ModelConfig:
    """The configuration of the same network without constraints on its weights, as ``load_checkpoint`` returns it."""
    return replace(model, weights="free") if isinstance(model, FlatModel) else model
