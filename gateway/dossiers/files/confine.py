"""Landlock: the child process reads programs and fonts, writes its own scratch directory, and reaches nothing else.

Should a parser be taken over by a hostile file, then keys, database and other people's scratch are still out of its
reach, although it runs as the same user. Kernels without Landlock (before 5.13) go on without it; the doctor says so.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_VERSION_FLAG: Final = 1
_PATH_BENEATH: Final = 1
_NO_NEW_PRIVILEGES: Final = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_SOCKET = 1 << 5, 1 << 9
_TRUNCATE, _DEVICE_CONTROL = 1 << 14, 1 << 15
_ON_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CONTROL
_READ: Final = _EXECUTE | _READ_FILE | _READ_DIR
# What each version of the interface knows of files: rights are numbered in the order in which they were added.
_RIGHTS_BY_VERSION: Final = {1: 13, 2: 14, 3: 15, 4: 15}
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6

_READABLE: Final = (
    *(
        "/usr",
        "/lib",
        "/lib64",
        "/bin",
        "/proc",
        "/var/cache/fontconfig",
        "/var/lib/libreoffice",
        "/var/spool/libreoffice",
    ),
    *(
        "/etc/fonts",
        "/etc/ld.so.cache",
        "/etc/libreoffice",
        "/etc/passwd",
        "/etc/group",
        "/etc/nsswitch.conf",
        "/etc/localtime",
    ),
    *("/dev/urandom", "/dev/random", "/dev/zero"),
)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("directory", ctypes.c_int32))


def landlock_version() -> int:
    """Version of Landlock on this kernel; 0 when there is none (doctor)."""
    return max(0, int(ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)))


def confine(work: Path, readable: Iterable[Path] = ()) -> bool:
    """Confine this thread, its later threads and processes to `work`; False when the kernel has no Landlock.

    `readable` are directories of our own, without secrets, that it may read as well.

    Raises OSError when the kernel has it and it fails: then nothing hostile may be opened.
    """
    version = landlock_version()
    if version == 0:
        return False
    rights = (1 << _RIGHTS_BY_VERSION.get(version, 16)) - 1
    # Network: no TCP at all. Scopes: no abstract sockets and no signals to processes outside.
    wanted = _Ruleset(
        files=rights, network=3 if version >= _NETWORK_SINCE else 0, scopes=3 if version >= _SCOPES_SINCE else 0
    )
    size = 24 if version >= _SCOPES_SINCE else 16 if version >= _NETWORK_SINCE else 8
    ruleset = _call(_CREATE_RULESET, ctypes.byref(wanted), size, 0)
    try:
        _allow(ruleset, (str(work),), rights)
        _allow(ruleset, (*_READABLE, *_python_paths(), *map(str, readable)), _READ & rights)
        _allow(ruleset, ("/dev/null",), (_READ_FILE | _WRITE_FILE | _TRUNCATE) & rights)
        # LibreOffice makes a socket there to find a running one of its own; it holds no content.
        _allow(ruleset, ("/tmp",), (_MAKE_SOCKET | _REMOVE_FILE) & rights)  # noqa: S108 - not ours to choose
        if ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            raise OSError("no_new_privs was refused")
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return True


def _python_paths() -> Iterable[str]:
    return {sys.prefix, sys.base_prefix, *(path for path in sys.path if path.endswith("-packages"))}


def _allow(ruleset: int, paths: Iterable[str], rights: int) -> None:
    for path in paths:
        try:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            allowed = rights if Path(path).is_dir() else rights & _ON_FILES
            rule = _PathBeneath(rights=allowed, directory=handle)
            _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(handle)


def _call(number: int, *arguments: object) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    result = int(library.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "Landlock was refused")
    return result
