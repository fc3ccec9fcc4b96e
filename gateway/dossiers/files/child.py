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
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from gateway.dossiers.files.limits import Limits

OUT_OF_MEMORY: Final = 86
"""Exit code when memory ran out too badly to say so otherwise."""


def main() -> int:
    """Run the job on standard input; the exit code is 0 when a verdict was written."""
    os.umask(0o077)
    job = json.loads(sys.stdin.readline())
    limits = Limits(**job["limits"])
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull, "r+b", buffering=0) as nothing:  # noqa: PTH123 - a device, not a path of ours
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _bound(limits)
    try:
        result = _look(Path(job["path"]), Path(job["into"]), limits, job["extension"])
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    with answer:
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


def _look(path: Path, into: Path, limits: Limits, extension: str | None) -> dict[str, Any]:
    # Imported after the bounds are set: the parsers are what the bounds are for.
    from gateway.dossiers.files.checks import check  # noqa: PLC0415
    from gateway.dossiers.files.errors import RefusedError, SandboxUnavailableError  # noqa: PLC0415
    from gateway.dossiers.files.renditions import render  # noqa: PLC0415

    verdict = check(path, limits, extension=extension)
    kind = verdict.kind.name if verdict.kind else None
    if not verdict.ok or verdict.kind is None:
        return {"code": verdict.code, "kind": kind, "pages": []}
    try:
        rendered = render(path, verdict.kind, into, limits)
    except RefusedError as refusal:
        return {"code": refusal.code, "kind": kind, "pages": []}
    except SandboxUnavailableError:
        return {"unavailable": "converter"}
    pages = []
    for page in rendered.pages:
        details = asdict(page)
        (into / f"page-{page.number:04d}.txt").write_text(details.pop("text"), encoding="utf-8")
        pages.append({"width": page.width, "height": page.height})
    return {"code": verdict.code, "kind": kind, "pages": pages}


if __name__ == "__main__":
    sys.exit(main())
