"""Errors of the bridge as Python exceptions."""

from paramnet.contract import ParamnetError


class BridgeError(ParamnetError):
    """A refused call. `status` : PARAMNET_STATUS_* code. For an error of libparamnet, `what` is its complete message."""

    def __init__(self, what: str, status: int, *, expected: str = "", got: str = "", where: str = "", remedy: str = "") -> None:
        super().__init__(what, expected=expected, got=got, where=where, remedy=remedy)
        self.status = status
