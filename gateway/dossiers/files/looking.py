"""Check, then render: what the child process does with its one file."""

import errno
from pathlib import Path
from typing import Any

from gateway.dossiers.files.checks import check
from gateway.dossiers.files.errors import RefusedError, SandboxUnavailableError
from gateway.dossiers.files.limits import Limits
from gateway.dossiers.files.renditions import render


def look(path: Path, into: Path, limits: Limits, extension: str | None) -> dict[str, Any]:
    """What the child tells its parent about the file: a code, the kind, and the size of each page.

    Raises MemoryError only; whatever else a hostile file provokes in a parser is an answer too.
    """
    kind: str | None = None
    try:
        verdict = check(path, limits, extension=extension)
        kind = verdict.kind.name if verdict.kind else None
        if not verdict.ok or verdict.kind is None:
            return _answer(verdict.code, kind)
        rendered = render(path, verdict.kind, into, limits)
        for page in rendered.pages:
            (into / f"page-{page.number:04d}.txt").write_text(page.text, encoding="utf-8")
        return _answer(verdict.code, kind, [{"width": p.width, "height": p.height} for p in rendered.pages])
    except RefusedError as refusal:
        return _answer(refusal.code, kind)
    except SandboxUnavailableError:
        return {"unavailable": "converter"}
    except MemoryError:
        raise
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return {"unavailable": "scratch"}
        return _answer("too_heavy" if error.errno == errno.EFBIG else "broken", kind)
    except Exception:  # noqa: BLE001 - parsers of hostile bytes raise what they like
        return _answer("broken", kind)


def _answer(code: str, kind: str | None, pages: list[dict[str, int]] | None = None) -> dict[str, Any]:
    return {"code": code, "kind": kind, "pages": pages or []}
