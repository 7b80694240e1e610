"""Any exception as one sentence for the user, with the traceback in a file."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path

from paramnet import __version__
from paramnet.contract import ParamnetError

_ROOM = "make room or choose another folder; the same command then continues"
# What was expected of the file system, and what to do where it was not so.
_SYSTEM = {
    errno.ENOSPC: ("room on the disk", _ROOM),
    errno.EDQUOT: ("room within the quota", _ROOM),
    errno.EFBIG: ("room for a file of this size", "raise the limit (ulimit -f) or choose another file system"),
    errno.EACCES: ("permission", "check the owner and mode of the path, or choose another one"),
    errno.EPERM: ("permission", "check the owner and mode of the path, or choose another one"),
    errno.EROFS: ("a file system that can be written to", "choose a folder on another one (output=, store=, PARAMNET_RUNS)"),
    errno.ENOENT: ("a file or folder that exists", "check the path"),
    errno.ENOTDIR: ("a folder", "check the path"),
    errno.EISDIR: ("a file", "check the path"),
    errno.EEXIST: ("no file of this name", "remove it or choose another path"),
    errno.ENAMETOOLONG: ("a shorter name", "choose a shorter path"),
    errno.ELOOP: ("a path without a loop of links", "check the links"),
    errno.EMFILE: ("fewer open files", "raise the limit (ulimit -n) or use fewer workers"),
    errno.ENFILE: ("fewer open files", "use fewer workers"),
    errno.ENOMEM: ("enough memory", "use fewer workers, smaller blocks or batches, or a larger node"),
    errno.EIO: ("a disk that answers", "check the file system; the same command then continues"),
    errno.ESTALE: ("a file system that answers", "check the network file system; the same command then continues"),
    errno.ETXTBSY: ("a program that is not running", "wait for it"),
}
_MEMORY = "use smaller batches or blocks, fewer workers, or a node with more memory"
# Errors known by their class's name, whose packages need not be imported for it, or by words in their message.
_KNOWN = (
    ("OutOfMemoryError", "", "enough memory on the GPU", "lower trainer.batch_size, or trainer.data.residence=stream"),
    ("", "can't allocate memory", "enough memory", _MEMORY),
    ("MisconfigurationException", "", "trainer settings that fit this machine", "check trainer.accelerator, devices and precision"),
    ("", "unable to lock file", "a file that no other program holds open", "close it there, or set HDF5_USE_FILE_LOCKING=FALSE"),
    ("", "Filter error", "an HDF5 filter that is installed", "point HDF5_PLUGIN_PATH at its plugin, or repack the file"),
    ("", "required filter", "an HDF5 filter that is installed", "point HDF5_PLUGIN_PATH at its plugin, or repack the file"),
    ("", "can't open directory", "an HDF5 filter that is installed", "point HDF5_PLUGIN_PATH at its plugin, or repack the file"),
    ("OperationalError", "", "a database that can be written to", "check the study's folder (hydra.sweeper.storage) and its locks"),
    ("RecursionError", "", "data that is nested less deeply", "check the file that is read"),
    ("JSONDecodeError", "", "JSON", "remove the damaged file; the command writes it anew"),
    ("BadZipFile", "", "a complete file", "make or copy it again"),
    ("BrokenProcessPool", "", "worker processes that live", "they ran out of memory or were killed: use fewer workers"),
    ("ProcessExitedException", "", "training processes that live", "one ran out of memory or was killed: see the lines above"),
    ("DistBackendError", "", "processes that reach each other", "check the network, and the lines above"),
)


def explained(error: BaseException, command: str, folder: Path | None = None) -> ParamnetError:
    """The error as the user sees it. The traceback goes to a file in ``folder``, else in a temporary folder.

    Where neither can be written, the traceback goes to stderr.
    """
    if isinstance(error, ParamnetError):
        return error
    kept = _keep_traceback(error, command, folder)
    if kept is None:
        traceback.print_exception(error)
    described = _described(error)
    remedy = "; ".join(part for part in (described.remedy, f"traceback in {kept}" if kept else "") if part)
    return ParamnetError(described.what, expected=described.expected, got=described.got, where=described.where, remedy=remedy)


def _described(error: BaseException) -> ParamnetError:
    text, name = first_line(error), type(error).__name__
    for class_name, words, expected, remedy in _KNOWN:
        if (not class_name or class_name == name) and words.lower() in str(error).lower():
            where = str(getattr(error, "filename", "") or "")
            return ParamnetError(where or "stopped", expected=expected, got=repr(text), remedy=remedy)
    if isinstance(error, MemoryError):
        return ParamnetError("memory", expected="enough of it", got=repr(text or name), remedy=_MEMORY)
    if isinstance(error, ModuleNotFoundError):
        return ParamnetError("installation", expected=f"the package {error.name}", got="none", remedy="install it with pip")
    if isinstance(error, OSError):
        return _of_system(error, text)
    if isinstance(error, UnicodeError):
        return ParamnetError("text", expected="UTF-8", got=repr(text), remedy="save the file in UTF-8")
    if mark := getattr(error, "problem_mark", None):  # of PyYAML
        where = f"{mark.name}, line {mark.line + 1}"
        return ParamnetError("YAML", expected="a valid file", got=repr(str(getattr(error, "problem", "") or text)), where=where)
    return ParamnetError(f"unexpected {name}: {text}" if text else f"unexpected {name}", remedy="please report it")


def _of_system(error: OSError, text: str) -> ParamnetError:
    paths = [str(path) for path in (error.filename, error.filename2) if path is not None]
    what = " → ".join(paths) or "file system"
    expected, remedy = _SYSTEM.get(error.errno or 0, ("", ""))
    if not expected:
        expected, remedy = "a file that can be read and written", "check that it is complete and not damaged" if paths else ""
    return ParamnetError(what, expected=expected, got=repr(error.strerror or text or type(error).__name__), remedy=remedy)


def first_line(error: BaseException) -> str:
    """The error's own words on one line, shortened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if any(line.startswith("Traceback (most recent") for line in lines):  # of another process: its last line is the error
        lines = lines[-1:]
    text = lines[0] if lines else ""
    return text if len(text) <= 300 else text[:297] + "…"


def _keep_traceback(error: BaseException, command: str, folder: Path | None) -> Path | None:
    """Write it below the command's output, where that is there, else into a temporary folder; never into the working directory."""
    text = "".join(traceback.format_exception(error))
    header = f"paramnet {__version__}, {time.strftime('%Y-%m-%d %H:%M:%S %z')}\n{sys.argv}\n\n"
    for candidate in (folder, *_temporary_folder()):
        if candidate is None or not candidate.is_dir() or candidate.samefile("."):
            continue
        path = candidate / f"paramnet-error-{command}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
        try:
            path.write_text(header + text, encoding="utf-8", errors="backslashreplace")
            return path.absolute()
        except OSError:
            with suppress(OSError):
                path.unlink()
    return None


def _temporary_folder() -> list[Path]:
    try:
        return [Path(tempfile.gettempdir())]
    except OSError:
        return []
