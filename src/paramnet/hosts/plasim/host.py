"""PlaSim as `paramnet online` sees it: built with the adapter, run in stretches."""

from __future__ import annotations

from dataclasses import dataclass, fields

from paramnet.bridge.paths import prefix_folder, require_source
from paramnet.hosts.base import BuildRequest, Host, OnDay, RunRequest
from paramnet.hosts.plasim.build import HostBuild, build_host
from paramnet.hosts.plasim.intervals import require_daily
from paramnet.hosts.plasim.run import HostRun, run_host
from paramnet.hosts.plasim.setup import HostSetup
from paramnet.hosts.scheme_options import SchemeOptions
from paramnet.hosts.stopping import Stop


@dataclass
class Plasim(HostSetup, Host, kind="plasim"):
    """PlaSim with the adapter in ``fortran_bridge/hosts/plasim``; its keys are those of ``HostSetup``."""

    def require(self, options: SchemeOptions, compared: bool, where: str) -> None:
        """Require the daily means that a comparison needs."""
        if compared:
            require_daily(where, self, options)

    def build(self, request: BuildRequest) -> HostBuild:
        """Fetch and compile PlaSim, linked with the installed bridge. Raises ParamnetError without the bridge or the adapter's sources."""
        adapter, bridge = require_source("host") / "hosts" / "plasim", prefix_folder("lib").parent
        return build_host(adapter, request.folder, request.ranks, bridge=bridge, rank_independent=request.rank_independent)

    def run(self, request: RunRequest, build: HostBuild, on_day: OnDay, stop: Stop) -> None:
        """Run the missing days: see ``run_host``."""
        asked = {field.name: getattr(request, field.name) for field in fields(request) if field.name != "options"}
        run_host(HostRun(host=self, scheme=request.options, **asked), build, on_day, stop)
