"""What a process does for itself before it holds keys: no core dump, no secret that a child inherits."""

from __future__ import annotations

import ctypes
import os
import resource
from dataclasses import fields
from typing import TYPE_CHECKING

from gateway.config import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4


def no_core_dumps() -> None:
    """Keep this process's memory out of core files, also those piped to a program, and out of other users' debuggers.

    The limit outlives `exec`, the mark does not: every process sets it for itself.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def dumpable() -> bool:
    """Whether the kernel would still write this process's memory down."""
    return (
        bool(ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0)) or resource.getrlimit(resource.RLIMIT_CORE)[0] > 0
    )


def forget_secrets(environment: MutableMapping[str, str] | None = None) -> None:
    """Take the secrets out of the environment, once the settings were read."""
    environment = os.environ if environment is None else environment
    for item in fields(Settings):
        if item.metadata["secret"]:
            environment.pop(PREFIX + item.name.upper(), None)
