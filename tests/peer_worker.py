"""The worker of one end of a line, as a process that a test can kill: it applies test messages, slowly when asked.

Each applied message leaves an event with its number, in the transaction that applies it: so a test can count.
"""

from __future__ import annotations

import os
import time

from gateway.config import load
from gateway.disclosure.over_the_line import LineDoor
from gateway.peers import handlers
from gateway.recording import Action, record
from gateway.services import build
from gateway.worker import Worker

SLOW = "DOSSIERPOORT_TEST_SLOW"
"""`apply`: the first application of this run hangs after its work and before its commit. `open`: the door does."""
CONTENT = b"Een verslag over Jip, alleen voor de partner.\n" * 4000


def apply(services, session, context, incoming):
    """Write what was applied, then hang if this is where the test kills."""
    told = {"number": incoming.number, "attachments": [each.sha256 for each in incoming.attachments]}
    record(
        session,
        services.vault,
        context,
        Action.REVIEW,
        tenant_id=incoming.tenant_id,
        object_type="test_applied",
        object_id=incoming.id,
        payload=told,
    )
    if os.environ.get(SLOW) == "apply":
        session.flush()
        time.sleep(600)


HANDLE = "a-verstrekking"


class Door(LineDoor):
    """The portal's own door, and beside it one document of the test's own, which is never held back."""

    def check(self, services, session, context, verstrekking_id, organisation_id):
        """Nothing holds back the test's own."""
        if verstrekking_id != HANDLE:
            super().check(services, session, context, verstrekking_id, organisation_id)

    def open(self, services, context, verstrekking_id, *, first):
        """One document; where the test kills it half-way, its stream hangs."""
        if verstrekking_id != HANDLE:
            return super().open(services, context, verstrekking_id, first=first)
        return [handlers.Leaving(name="01-verslag.txt", size=len(CONTENT), chunks=self.chunks())]

    def chunks(self):
        """The document in pieces."""
        yield CONTENT[:1000]
        if os.environ.get(SLOW) == "open":
            time.sleep(600)
        yield CONTENT[1000:]


def wire():
    """Register both."""
    handlers.register("test.", apply)
    handlers.register_door(Door())


if __name__ == "__main__":
    wire()
    Worker(build(load())).run()
