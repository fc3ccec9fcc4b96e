"""The process that looks inside one file: `python -m gateway.dossiers.files.child`, started by `sandbox` only.

It reads a job (JSON) on standard input, which its parent keeps open: end of input means that the parent died, and so
does this. It writes one JSON object on standard output and nothing else; page images and texts go into the directory
of the job.
"""

import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from gateway.dossiers.files.confine import confine
from gateway.dossiers.files.limits import Limits

Look = Callable[[], dict[str, Any]]

STARTED: Final = "looking\n"
"""First line of the answer: what comes after it is the file's doing, what fails before it is the machine's."""
OUT_OF_MEMORY: Final = 86
"""Exit code when memory ran out too badly to say so otherwise."""


def main() -> int:
    """Look inside the file of the job on standard input; the exit code is 0 when a verdict was written."""

    def load(job: dict[str, Any], limits: Limits) -> Look:
        from gateway.dossiers.files import looking  # noqa: PLC0415 - within the bounds, see `serve`

        return lambda: looking.look(Path(job["path"]), Path(job["into"]), limits, job["extension"])

    return serve(load)


def serve(load: Callable[[dict[str, Any], Limits], Look], readable: Iterable[Path] = ()) -> int:
    """Run the job on standard input with what `load` gives; the exit code is 0 when an answer was written.

    `load` imports the parsers: within the bounds, and before the walls, for afterwards our own code is out of reach.
    `readable` are directories with data of ours that stay within reach.
    """
    os.umask(0o077)
    job = json.loads(sys.stdin.readline())
    limits = Limits(**job["limits"])
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull, "r+b", buffering=0) as nothing:  # noqa: PTH123 - a device, not a path of ours
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    _bound(limits)
    look = load(job, limits)
    confine(Path(job["work"]), readable)
    threading.Thread(target=_die_with_parent, daemon=True).start()  # Landlock holds for threads that come later
    with answer:
        answer.write(STARTED)
        answer.flush()
        try:
            result = look()
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        json.dump(result, answer)
    return 0


def _bound(limits: Limits) -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.max_written_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 512),
    ):
        _soft, hard = resource.getrlimit(what)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (value, value))


def _die_with_parent() -> None:
    os.read(0, 1)  # blocks until the parent closes its end or dies
    os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
