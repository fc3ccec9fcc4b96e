"""What the doctor looks at around the log: its checkpoints elsewhere, and its witnesses. Each gives (state, text)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import log_copies
from gateway.services import build
from gateway.storage import LockedBucket
from gateway.witness.standing import standing_of_installation

if TYPE_CHECKING:
    from gateway.config import Settings

Look = tuple[str, str]


def look_at_copies(settings: Settings) -> Look:
    """The separate place: is it there, is it really separate, can nothing be taken from it, does it agree?

    Raises:
        OSError, gateway.storage.StorageError, gateway.errors.GatewayError: bad, in their own words.
    """
    if not settings.checkpoint_places:
        return "warn", (
            "none: whoever rewrites the database can rewrite its checkpoints along. "
            "Set DOSSIERPOORT_CHECKPOINT_DIR (another mount) or DOSSIERPOORT_CHECKPOINT_S3_BUCKET (Object Lock)."
        )
    notes = []
    if settings.checkpoint_s3_bucket:
        LockedBucket(log_copies.open_bucket(settings)).check()
        notes.append("a bucket with Object Lock")
    state = "good"
    if settings.checkpoint_dir:
        state, note = _directory(Path(settings.checkpoint_dir), settings.data_dir)
        notes.append(note)
    if state == "bad":
        return state, notes[-1]
    services = build(settings)
    try:
        log_copies.agree(services)
    finally:
        services.db.dispose()
    return state, "; ".join(notes)


def _directory(path: Path, data: Path) -> Look:
    if not path.is_dir():
        return "bad", f"{path} is not there: is it mounted? The log goes on; copies wait."
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return "bad", f"{path} cannot be written by this user; copies wait."
    if data.exists() and path.stat().st_dev == data.stat().st_dev:
        return "warn", f"{path} lies on the file system of the data: who can change one can change both"
    return "good", f"{path}, on a file system of its own"


def look_at_witnesses(settings: Settings) -> Look:
    """The witnesses: are there any, and do they confirm what stands here?"""
    services = build(settings)
    try:
        found = standing_of_installation(services)
    finally:
        services.db.dispose()
    if found.contradicted:
        names = ", ".join(line.name for line in found.contradicted)
        return "bad", f"{names} confirmed another log than this one: run `dossierpoort audit verify`, repair nothing"
    forked = [line.name for line in found.logs if line.how == "contradicted"]
    if forked:
        return "warn", f"the log of {', '.join(forked)}, which we witness, showed two histories: call them"
    if not found.in_use:
        return "warn", "none: no partner confirms the log. See docs/operations.md, Witnesses."
    if found.unconfirmed:
        said = ", ".join(f"{line.name} ({line.trouble or 'waiting'})" for line in found.unconfirmed)
        return "warn", f"did not confirm the newest checkpoint yet: {said}"
    return "good", f"{len(found.in_use)} confirm the log up to {found.size}"
