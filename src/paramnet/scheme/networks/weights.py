"""Dense layers whose weights are symmetric, or have singular values between two bounds.

Both are parametrizations of plain layers, used in training only: ``load_checkpoint`` replaces them by the weights that they make, so
evaluation, export and the native program see plain dense layers.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from paramnet.contract import ParamnetError

WEIGHTS = ("free", "symmetric", "svd")
EDGE = 0.02  # a singular value starts at least this share of the interval away from its bounds


class Symmetric(nn.Module):
    """W = W', from its lower triangle : (n (n + 1) / 2). Hu, Zagoruyko & Komodakis (2018, arXiv:1812.11027), sec. 3."""

    places: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        rows, columns = torch.tril_indices(width, width)
        places = torch.empty(width, width, dtype=torch.long)
        places[rows, columns] = places[columns, rows] = torch.arange(len(rows))
        self.register_buffer("places", places, persistent=False)

    def forward(self, triangle: Tensor) -> Tensor:
        return triangle[self.places]

    def right_inverse(self, weight: Tensor) -> Tensor:
        """The triangle of (W + W') / sqrt(2) with the diagonal of W, whose entries have the variance of those of W."""
        rows, columns = torch.tril_indices(*weight.shape)
        mean = (weight + weight.T) / 2**0.5
        return torch.where(rows == columns, weight[rows, columns], mean[rows, columns])


class SingularValues(nn.Module):
    """W = U diag(s) V', with U and V products of Householder reflectors, and each s between ``low`` and ``high``.

    Zhang, Lei & Dhillon (2018, ICML, arXiv:1803.09327), eqs. 4 to 7: s = low + (high - low) sigmoid(p). With v_i the i-th column of
    a matrix that is zero above its unit diagonal, H_1 ... H_k = I - V T V', where T^-1 is the upper triangle of V'V with half its
    diagonal (Joffrain et al. 2006, ACM TOMS 32). p is stored divided by the root of the number of singular
    values: a step of Adam then moves them about as fast as those of free weights. ``reflectors`` of each side;
    0 for as many as there are singular values, with which every W within the bounds can be reached.
    """

    signs: Tensor

    def __init__(self, shape: Sequence[int], low: float, high: float, reflectors: int) -> None:
        super().__init__()
        self.low, self.high = low, high
        self.rows, self.columns = shape
        self.count, self.gain = min(reflectors or min(shape), *shape), min(shape) ** 0.5
        self.register_buffer("signs", torch.ones(min(shape)))

    def forward(self, left: Tensor, right: Tensor, positions: Tensor) -> Tensor:
        """left : (rows, reflectors), right : (columns, reflectors), positions : (singular values) -> (rows, columns)."""
        values = (self.low + (self.high - self.low) * torch.sigmoid(self.gain * positions)) * self.signs
        middle = torch.eye(self.rows, self.columns, dtype=values.dtype, device=values.device)[:, : len(values)] * values
        left_side = _reflected(left, middle)
        padded = left_side if len(values) == self.columns else nn.functional.pad(left_side, (0, self.columns - len(values)))
        return _reflected(right, padded.T).T

    @torch.no_grad()
    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The largest ``reflectors`` singular vectors of W, and its singular values, moved between the bounds."""
        u, values, v = torch.linalg.svd(weight.double(), full_matrices=False)
        sides = [torch.geqrf(vectors[:, : self.count])[0] for vectors in (u, v.T)]
        for side, vectors in zip(sides, (u, v.T), strict=True):
            start = torch.eye(len(side), self.count, dtype=side.dtype)
            aligned = (_reflected(side, start) * vectors[:, : self.count]).sum(dim=0)
            self.signs[: self.count] *= torch.sign(aligned).to(self.signs.dtype)
        share = ((values - self.low) / (self.high - self.low)).clamp(EDGE, 1 - EDGE)
        left, right, positions = (part.to(weight.dtype) for part in (*sides, torch.logit(share) / self.gain))
        return left, right, positions


def _reflected(vectors: Tensor, x: Tensor) -> Tensor:
    """H_1 ... H_k x, for x : (n, any); vectors : (n, k), of which only what is below the diagonal counts."""
    v = torch.tril(vectors, -1) + torch.eye(*vectors.shape, dtype=vectors.dtype, device=vectors.device)
    gram = v.T @ v
    inverse = torch.triu(gram, 1) + torch.diag(gram.diagonal() / 2)
    return x - v @ torch.linalg.solve_triangular(inverse, v.T @ x, upper=True)


def constrain(network: nn.Module, weights: str, singular_values: Sequence[float], reflectors: int) -> None:
    """Constrain the weights of the dense layers of a network, in place: of all with ``svd``, of the square ones with ``symmetric``.

    Raises ParamnetError if no layer is square.
    """
    if weights == "free":
        return
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    if weights == "symmetric":
        layers = [layer for layer in layers if layer.in_features == layer.out_features]
        if not layers:
            expected = "a network with a square dense layer: two hidden layers of one width after each other"
            raise ParamnetError(
                "model.weights symmetric", expected=expected, got="none", remedy="change model.hidden, or set model.weights=free"
            )
    low, high = singular_values
    for layer in layers:
        made = Symmetric(layer.in_features) if weights == "symmetric" else SingularValues(layer.weight.shape, low, high, reflectors)
        parametrize.register_parametrization(layer, "weight", made)


def folded(layer: nn.Module) -> tuple[Tensor, Tensor]:
    """Weight and bias of a dense layer, float64; zeros for a layer without bias."""
    assert isinstance(layer, nn.Linear)
    weight = layer.weight.detach().double()
    return weight, weight.new_zeros(len(weight)) if layer.bias is None else layer.bias.detach().double()
