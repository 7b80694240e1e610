"""What every scheme of a testbed is compared with: no subgrid tendency, and polynomials in X_k, also with noise that lasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Polynomial:
    """U_k as a polynomial of X_k, with coefficients from the constant, and first-order autoregressive noise.

    noise_std : standard deviation of the noise; 0 for none. noise_persistence : its correlation from one time step to the next.
    """

    coefficients: list[float]
    noise_std: float = 0.0
    noise_persistence: float = 0.0

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The tendency without noise."""
        return np.asarray(np.polynomial.polynomial.polyval(x, self.coefficients), np.float64)


def fit_polynomials(training: NDArray[np.float64], consecutive: NDArray[np.float64]) -> dict[str, Polynomial]:
    """Least-squares polynomials, and the cubic one with the noise of Arnold, Moroz & Palmer (2013), Phil. Trans. R. Soc. A 371, 20110479.

    training : (record, 3, member, sector) of the program, to fit the coefficients and the standard deviation of the residual.
    consecutive : the same of successive time steps, for the correlation of the residual from step to step.
    """
    x, u = training[:, 0].ravel(), training[:, -1].ravel()
    linear, cubic = (np.polynomial.Polynomial.fit(x, u, degree).convert().coef.tolist() for degree in (1, 3))
    residual = consecutive[:, -1] - np.polynomial.polynomial.polyval(consecutive[:, 0], cubic)
    residual -= residual.mean()
    persistence = float((residual[1:] * residual[:-1]).mean() / (residual**2).mean())
    spread = float(np.std(u - np.polynomial.polynomial.polyval(x, cubic)))
    return {"linear": Polynomial(linear), "cubic": Polynomial(cubic), "cubic_ar1": Polynomial(cubic, spread, persistence)}
