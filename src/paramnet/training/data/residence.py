"""Choice of where the samples of a run are kept: on the GPU, in memory, or in the store, depending on free memory."""

from __future__ import annotations

from pathlib import Path

import torch

from paramnet.contract import ParamnetError

RESIDENCES = ("auto", "memory", "device", "stream")


def available_memory() -> int:
    """Return the memory available to this process in bytes: that of the machine, or less if a control group (job, container) limits it."""
    fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free = 1024 * int(fields["MemAvailable"].split()[0])
    for limit, used in _group_memory():
        free = min(free, max(0, limit - used))
    return free


def _group_memory() -> list[tuple[int, int]]:
    """Return (limit, bytes in use) of this process's control groups (version 2) up to the root, without unlimited ones."""
    try:
        own = Path("/proc/self/cgroup").read_text().strip().splitlines()
    except OSError:
        return []
    names = [line.split(":", 2)[2] for line in own if line.startswith("0::")]
    found = []
    for name in names:
        folder = Path("/sys/fs/cgroup") / name.lstrip("/")
        for group in (folder, *folder.parents):
            limit, used = group / "memory.max", group / "memory.current"
            if limit.is_file() and used.is_file() and limit.read_text().strip() != "max":
                found.append((int(limit.read_text()), int(used.read_text())))
            if group == Path("/sys/fs/cgroup"):
                break
    return found


def choose_residence(wanted: str, needed: int, device: torch.device, share: float, processes: int = 1) -> str:
    """Return ``device``, ``memory`` or ``stream`` for ``needed`` bytes in each of ``processes`` on this machine.

    ``auto`` chooses the first of the three that fits into the fraction ``share`` of free memory. Raises ParamnetError if another
    ``wanted`` residence is not possible.
    """
    if wanted not in RESIDENCES:
        raise ParamnetError("trainer.data.residence", expected=f"one of {list(RESIDENCES)}", got=repr(wanted))
    on_gpu = device.type == "cuda"
    if wanted == "device" and not on_gpu:
        raise ParamnetError(
            "trainer.data.residence",
            expected="a GPU for device",
            got=str(device),
            remedy="choose memory or auto, or set trainer.accelerator=gpu",
        )
    if wanted == "stream":
        return wanted
    free_device = torch.cuda.mem_get_info(device)[0] if on_gpu and wanted in ("auto", "device") else 0
    if wanted == "auto" and on_gpu and needed <= share * free_device:
        return "device"
    free = available_memory() // processes
    limit = {"auto": share * free, "memory": free, "device": free_device}[wanted]
    if needed <= limit:
        return "memory" if wanted == "auto" else wanted
    if wanted == "auto":
        return "stream"
    raise ParamnetError(
        f"trainer.data.residence={wanted}",
        expected=f"{needed / 1e9:.1f} GB of free memory",
        got=f"{limit / 1e9:.1f} GB",
        remedy="choose stream or auto",
    )
