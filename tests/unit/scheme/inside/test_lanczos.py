"""Stochastic Lanczos quadrature against spectra that are known, and the division of a graph into modules."""

import pytest
import torch

from paramnet.scheme.inside import modularity, modules_of, quadrature


def matrix_with(eigenvalues: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(0)
    turned = torch.linalg.qr(torch.randn(len(eigenvalues), len(eigenvalues), dtype=torch.float64))[0]
    return (turned * eigenvalues) @ turned.T


def test_moments_are_within_their_errors_and_extremes_are_found() -> None:
    eigenvalues = torch.cat([torch.linspace(-1, 1, 198, dtype=torch.float64), torch.tensor([-4.0, 9.0], dtype=torch.float64)])
    matrix = matrix_with(eigenvalues).float()
    made = quadrature(lambda vector: matrix @ vector, 200, steps=20, probes=24)
    for power, (mean, error) in enumerate(made.moments(4), start=1):
        exact = float((eigenvalues**power).mean())
        assert 0 < error < 0.5 * abs(exact) + 0.1 and abs(mean - exact) < 4 * error
    assert float(made.nodes.max()) == pytest.approx(9.0, rel=1e-3) and float(made.nodes.min()) == pytest.approx(-4.0, rel=1e-3)
    share, error = made.share_between(1.5, 10.0)
    assert abs(share - 1 / 200) < 4 * error


def test_a_matrix_of_few_eigenvalues_needs_few_steps() -> None:
    matrix = matrix_with(torch.tensor([2.0] * 30 + [5.0] * 10, dtype=torch.float64)).float()
    made = quadrature(lambda vector: matrix @ vector, 40, steps=12, probes=3)
    nodes, weights = made.nodes[made.weights > 1e-4], made.weights[made.weights > 1e-4]
    assert set(nodes.round().tolist()) == {2.0, 5.0} and torch.allclose(made.weights.sum(dim=1), torch.ones(3, dtype=torch.float64))
    assert float(weights.sum()) == pytest.approx(3.0, rel=1e-3)


def test_the_products_done_are_shown() -> None:
    shown: list[int] = []
    quadrature(lambda vector: vector * torch.arange(1.0, 11.0), 10, steps=4, probes=2, show=shown.append)
    assert shown == list(range(1, 9))


def test_separate_blocks_are_modules() -> None:
    weights = torch.zeros(7, 7, dtype=torch.float64)
    weights[:4, :4], weights[4:, 4:] = 1.0, 1.0
    assert modules_of(weights) == [[0, 1, 2, 3], [4, 5, 6]]
    assert modularity(weights, modules_of(weights)) == pytest.approx(1 - (16**2 + 9**2) / 25**2)
    assert modularity(weights, [list(range(7))]) == pytest.approx(0.0)
    assert modules_of(torch.ones(5, 5, dtype=torch.float64)) == [[0, 1, 2, 3, 4]]
