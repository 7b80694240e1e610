"""Failures of the bridge as Python exceptions."""

from paramnet.contract import ParamnetError


class BridgeError(ParamnetError):
    """libparamnet refused a call; `status` is its PARAMNET_STATUS_* code, the message is its own."""

    def __init__(self, message: str, status: int, *, expected: str = "", got: str = "", remedy: str = "") -> None:
        super().__init__(message, expected=expected, got=got, remedy=remedy)
        self.status = status
