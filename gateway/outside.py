"""Once a minute the log is signed, copied elsewhere and shown to its witnesses; nobody outside can hold up the work."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from gateway import log_copies
from gateway.context import Context
from gateway.ids import new_id
from gateway.jobs import queue
from gateway.log_copies import ContradictedError
from gateway.logbook import make_checkpoint
from gateway.oversight import log_term
from gateway.recording import Action, Outcome, record
from gateway.storage import StorageError
from gateway.witness import asking

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.services import Services

log = structlog.get_logger("outside")

TELL_AGAIN = timedelta(days=1)
_TOLD = "contradicted"


def keep_up(services: Services, now: datetime) -> None:
    """Sign the log when there is news, unless a separate place contradicts it; then copy it, then ask the witnesses."""
    try:
        log_copies.refuse_contradiction(services)
    except ContradictedError:
        # A fork that this log signs would make liars of us: the events go on, the signatures wait for people.
        log.warning("log_contradicted")
        _tell(services, now)
        return
    make_checkpoint(services, now)
    if services.settings.checkpoint_places:
        try:
            log_copies.copy(services, now, keep_until=log_term.keep_until(services, now))
        except (OSError, StorageError) as error:
            log.warning("copies_wait", trouble=type(error).__name__)
    for asked in asking.ask_due(services, now):
        if asked.trouble:
            log.warning("witness_waits", trouble=asked.trouble)


def _tell(services: Services, now: datetime) -> None:
    """Write it in the log and tell people, once a day."""
    with services.db.writing() as session:
        last = queue.last_beat(session, _TOLD)
        if last is not None and timedelta(0) <= now - last < TELL_AGAIN:
            return
        context = Context(actor=None, now=now, request_id=new_id())
        record(
            session,
            services.vault,
            context,
            Action.CHECK,
            outcome=Outcome.FAILED,
            object_type="log",
            payload={"trouble": "separate place"},
        )
        asking.tell_contradiction(services, session, context)
        queue.beat(session, _TOLD, now)


class Outside:
    """Does it in a thread of its own, one at a time: a slow partner or bucket must not hold up the sequencer."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._thread: threading.Thread | None = None

    def begin(self, now: datetime) -> None:
        """Start a round, unless the one before it still runs."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._thread = threading.Thread(target=self._guarded, args=[now], name="outside", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Let a round end."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _guarded(self, now: datetime) -> None:
        try:
            keep_up(self._services, now)
        except Exception as error:  # noqa: BLE001 - a passing failure (database away) must not end the worker
            log.warning("outside_failed", trouble=type(error).__name__)
