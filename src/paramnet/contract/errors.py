"""The errors a user of paramnet meets."""


class ParamnetError(ValueError):
    """A wrong input: the message says what was expected, what was got, where, and what to do."""


class ContractMismatch(ParamnetError):
    """Two contracts that must be the same differ; the message names the first difference."""
