"""State that a scheme keeps from step to step, and its random numbers."""

from typing import Any

import numpy as np

from paramnet.bridge.loader import bridge_errors


class Carrying:
    """The part of a loaded scheme that is for stochastic schemes and for schemes with state.

    Order: bind_columns once; start_state, or set_state with the values of a restart, once, if ``state_size`` is not 0; set_step
    before the runs of each step. Random numbers depend on seed, member, step and global column number, and on nothing else.
    """

    _raw: Any

    def bind_columns(self, numbers: np.ndarray) -> None:
        """Global numbers (column) of this handle's columns, at least 0 and different from each other in the whole model."""
        with bridge_errors():
            self._raw.bind_columns(np.asarray(numbers))
        self._columns = len(numbers)

    def set_step(self, step: int) -> None:
        """The host's step, for all shared handles. With state, steps are consecutive; runs at the same step start from the same state."""
        with bridge_errors():
            self._raw.set_step(step)

    def set_noise(self, seed: int, member: int) -> None:
        """Seed and ensemble member of the random numbers, for all shared handles; both 0 at load."""
        with bridge_errors():
            self._raw.set_noise(seed, member)

    def stochastic(self, on: bool) -> None:
        """False: zeros in place of random numbers."""
        with bridge_errors():
            self._raw.set_stochastic(on)

    @property
    def state_size(self) -> int:
        """Numbers per column that the scheme keeps from step to step."""
        return self._raw.state_size()

    @property
    def random_numbers(self) -> int:
        """Random numbers that the scheme takes per column and call."""
        return self._raw.random_numbers()

    def start_state(self) -> None:
        """Cold start: all columns of this handle get the start values."""
        with bridge_errors():
            self._raw.start_state()

    def set_state(self, state: np.ndarray) -> None:
        """The state (column, state_size) of this handle's columns, as get_state returned it."""
        with bridge_errors():
            self._raw.set_state(np.asarray(state, np.float32).T)

    def get_state(self) -> np.ndarray:
        """The state (column, state_size), float32, for a restart at the next step."""
        with bridge_errors():
            return self._raw.get_state(getattr(self, "_columns", 0)).T
