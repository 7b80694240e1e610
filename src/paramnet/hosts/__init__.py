"""Host models: models that call a scheme instead of their own convection."""

from paramnet.hosts.base import BuildRequest, Host, HostFault, HostRunFailed, RunRequest
from paramnet.hosts.command import CommandHost, CommandStretch
from paramnet.hosts.plasim.host import Plasim

__all__ = ["BuildRequest", "CommandHost", "CommandStretch", "Host", "HostFault", "HostRunFailed", "Plasim", "RunRequest"]
