"""A log is ended only where its own last checkpoint says it stands; who finds it otherwise signs nothing (issue 5)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import closing, tree
from audit.carrier import origin_of
from audit.errors import SequenceError
from audit.events import new_event_id
from audit.findings import Findings
from audit.note import Signer
from audit.sequencer import hold_writer_lock, place_first
from audit.tables import node as node_table
from gateway.context import Context
from gateway.ids import new_id
from gateway.log_succession import LOST, Loss, _event
from gateway.logbook import LOG_ID, own_keys, witness_signer
from gateway.recording import LogSealer
from tests.integration.test_log_elsewhere import act, newest
from tests.integration.test_log_succession import go_on, kept, lose_the_end, two  # noqa: F401 - the fixture too


def signer(number):
    private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return Signer(name=origin_of(private.public_key().public_bytes_raw()), private=private)


def end(services, session, *, old_key=None, seen=0):
    """End the log below the use case, with what it would hand in."""
    now = services.clock()
    context = Context(actor=None, now=now, request_id=new_id())
    old_key = old_key or own_keys(services.vault.keyring)[0]
    loss = Loss(origin=old_key.name, kept=0, seen=seen)
    return closing.close(
        session.connection(),
        LOG_ID,
        old_key=old_key,
        signers=[signer(7)],
        seen=seen,
        event=_event(context, loss, new_event_id(now), why=LOST, reason="Een proef.", people=two(services)),
        sealer=LogSealer(session, services.vault, organisation_id="installation", year=now.year),
        now=now,
    )


def test_a_log_that_never_signed_keeps_no_leaf_and_all_its_events_go_on(services):
    act(services, 3)
    with services.db.writing() as session:
        before = tree.size(session.connection(), LOG_ID)
        session.execute(sa.text("DELETE FROM audit_checkpoint"))
        done = end(services, session)
        waiting = session.scalar(sa.text("SELECT count(*) FROM audit_pending"))
        assert (done.kept, done.seen, list(done.lost)) == (0, 0, [])
        assert tree.size(session.connection(), LOG_ID) == 1
        assert waiting == before


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("signed by another", "not one that this log signed"), ("shorter", "shorter than"), ("other", "not what its own")],
)
def test_a_tree_that_is_not_what_it_signed_is_no_lost_tail(services, wrong, said):
    act(services, 3)
    size = newest(services).size
    with services.db.writing() as session:
        connection = session.connection()
        if wrong == "shorter":
            tree.cut(connection, LOG_ID, size - 1)
        if wrong == "other":
            for row in connection.execute(sa.select(node_table)).all():
                same = [column == row._mapping[column.name] for column in node_table.primary_key.columns]
                connection.execute(sa.update(node_table).where(*same).values(hashes=bytes(len(row.hashes))))
        with pytest.raises(SequenceError, match=said):
            end(services, session, old_key=signer(9).key if wrong == "signed by another" else None)


def test_while_another_writes_the_log_it_is_not_ended(services):
    act(services)
    if services.db.is_sqlite:  # there a transaction that writes is alone by itself
        with services.db.writing() as session:
            assert hold_writer_lock(session.connection(), LOG_ID)
        return
    with services.db.engine.begin() as other:
        assert hold_writer_lock(other, LOG_ID)
        with pytest.raises(SequenceError, match="try again"), services.db.writing() as session:
            end(services, session)


def test_the_first_place_is_given_in_an_empty_log_only(services):
    act(services)
    with pytest.raises(SequenceError, match="not empty"), services.db.writing() as session:
        place_first(session.connection(), LOG_ID, new_id())


def test_a_witness_key_ends_no_log(kept):  # noqa: F811 - the fixture
    lose_the_end(kept)
    go_on(kept)
    findings = Findings()
    with kept.db.reading() as session:
        found = closing.closings(session.connection(), LOG_ID, [witness_signer(kept.vault.keyring).key], findings)
    assert not found
    assert "closing-changed" in {each.code for each in findings.found}


def test_a_log_that_does_not_begin_with_the_end_of_the_one_before_is_found(kept):  # noqa: F811 - the fixture
    lose_the_end(kept)
    go_on(kept)
    findings = Findings()
    with kept.db.writing() as session:
        moved = "UPDATE audit_leaf SET leaf_index = 999 WHERE leaf_index = 0 AND log_id = :log"
        session.execute(sa.text(moved), {"log": LOG_ID})
        closing.closings(session.connection(), LOG_ID, own_keys(kept.vault.keyring), findings)
    assert "closing-changed" in {each.code for each in findings.found}
