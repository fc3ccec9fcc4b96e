"""Receipts on both databases: entitlement, the witness's signature in it, and what a rewritten log gives (issue 5)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from audit import checkpoint, cosignatures
from audit.log import events
from audit.note import COSIGNATURE, Signer
from audit.receipt import make_receipt
from audit.verify import verify_receipt
from gateway import logbook
from gateway.dossiers import seen
from gateway.errors import ConflictError, NotFoundError
from gateway.receipts import usecases
from gateway.recording import Action
from tests import builders, personas

WITNESS = Signer(name="getuige.example", private=Ed25519PrivateKey.from_private_bytes(b"\7" * 32), kind=COSIGNATURE)


@pytest.fixture
def submitted(services):
    """The event of a submission under a checkpoint, and its dossier."""
    dossier, _ = builders.submitted(services, bsn="100000009")
    builders.work(services)
    with services.db.reading() as session:
        return dossier, events(session.connection(), dossier=dossier, action=Action.SUBMIT).rows[0].event_id


def test_an_entitled_person_gets_a_receipt_that_is_logged_and_paged_lists_show_it(services, submitted):
    dossier, event = submitted
    officer = builders.context(services, personas.OFFICER)
    made = usecases.make(services, officer, event, "json")
    assert made.proven.event.event_id == event
    assert not made.confirmed
    assert usecases.look(services, officer, event).leaf_hash == made.leaf_hash
    shown = seen.for_officer(services, officer, dossier)
    assert "Maakte een bewijs uit het logboek" in [str(line.what) for line in shown.seen.lines]
    for who in (personas.OWNER, personas.SWV, personas.PARTNER, personas.GUARDIAN):
        with pytest.raises(NotFoundError):
            usecases.make(services, builders.context(services, who), event, "json")


def test_a_receipt_carries_the_witness_that_signed_and_is_confirmed_by_it(services, submitted):
    _, event = submitted
    with services.db.writing() as session:
        connection = session.connection()
        stored = checkpoint.latest(connection, logbook.LOG_ID)
        body = stored.note[: stored.note.rindex("\n\n") + 1]
        cosignatures.keep(
            connection, logbook.LOG_ID, stored, key=WITNESS.key, answer=WITNESS.line(body, services.clock())
        )
        receipt = make_receipt(
            connection, logbook.LOG_ID, event, keys=logbook.own_keys(services.vault.keyring), sealer=None,
            witnesses=[WITNESS.key],
        )  # fmt: skip
    proven = verify_receipt(receipt, logbook.own_keys(services.vault.keyring), witnesses=[WITNESS.key])
    assert [each.key for each in proven.witnesses] == [WITNESS.key]


def test_no_receipt_goes_out_of_a_log_that_was_changed(services, submitted):
    _, event = submitted
    with services.db.writing() as session:
        session.execute(
            text("UPDATE audit_event SET canonical = :bytes WHERE event_id = :id"),
            {"bytes": b'{"v":1}', "id": event},
        )
    with pytest.raises(NotFoundError):
        usecases.make(services, builders.context(services, personas.OFFICER), event, "json")


def test_no_receipt_goes_out_under_a_tree_that_was_changed(services, submitted):
    _, event = submitted
    with services.db.writing() as session:
        session.execute(text("UPDATE audit_node SET hashes = :bytes"), {"bytes": b"\0" * 1024})
    with pytest.raises(ConflictError):
        usecases.make(services, builders.context(services, personas.OFFICER), event, "json")
