"""Faults that hit a command at a random moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from commands import Running

SIGNALS = {"kill -9": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT, "SIGUSR1": signal.SIGUSR1}
DISKS = ("full disk", "read-only disk")


@dataclass
class Disk:
    """A small file system, mounted as root."""

    folder: Path

    def mount(self, megabytes: float) -> None:
        """Mount it with this size."""
        self.folder.mkdir(parents=True)
        self._do("mount", "-t", "tmpfs", "-o", f"size={int(megabytes * 1024)}k", "tmpfs", str(self.folder))

    def resize(self, megabytes: float) -> None:
        """Remount it, writable, with this size."""
        self._do("mount", "-o", f"remount,rw,size={int(megabytes * 1024)}k", str(self.folder))

    def freeze(self, seconds: float) -> bool:
        """Make it read-only once no file is open for writing. Returns False if that takes longer than ``seconds``."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if subprocess.run(["mount", "-o", "remount,ro", str(self.folder)], capture_output=True).returncode == 0:
                return True
            time.sleep(0.002)
        return False

    def unmount(self) -> None:
        """Unmount it."""
        self._do("umount", "-l", str(self.folder))

    def _do(self, *command: str) -> None:
        subprocess.run(command, check=True, capture_output=True)


def can_mount(folder: Path) -> bool:
    """Return True if this process may mount file systems."""
    if os.geteuid() != 0:
        return False
    disk = Disk(folder / "probe")
    try:
        disk.mount(1)
    except subprocess.CalledProcessError:
        return False
    disk.unmount()
    return True


def strike(running: Running, fault: str, lasts: float, chance: random.Random) -> float:
    """Send a signal at a random moment within ``lasts`` seconds of the start; returns that moment."""
    moment = chance.uniform(0.02, 0.95) * lasts
    time.sleep(max(0.0, moment - (time.monotonic() - running.started)))
    running.send(SIGNALS[fault])
    return moment
